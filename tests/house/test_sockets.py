"""Who may open a WebSocket, and what a body or frame may weigh under ASGI."""

from typing import Any, cast

import pytest
from asgiref.typing import ASGI3Application, WebSocketScope
from channels.testing import HttpCommunicator, WebsocketCommunicator
from pytest_django import Settings

from config import limits, origin
from config.asgi import application


def scope(*, host: str, asking: str | None, **extra: str) -> WebSocketScope:
    headers = [(b"host", host.encode())]
    if asking is not None:
        headers.append((b"origin", asking.encode()))
    for name, value in extra.items():
        headers.append((name.replace("_", "-").encode(), value.encode()))
    return cast(WebSocketScope, {"type": "websocket", "headers": headers})


def test_a_page_of_this_site_may_open_a_socket() -> None:
    assert origin.is_allowed(
        scope(host="localhost:8000", asking="http://localhost:8000")
    )
    assert origin.is_allowed(scope(host="localhost", asking="http://LOCALHOST:80"))


@pytest.mark.parametrize(
    "asking",
    [
        None,
        "",
        "null",
        "http://localhost:9999",
        "https://localhost:8000",
        "http://localhost",
        "http://evil.example",
        "http://localhost:8000.evil.example",
        "localhost:8000",
    ],
)
def test_any_other_origin_is_kept_out(asking: str | None) -> None:
    assert not origin.is_allowed(scope(host="localhost:8000", asking=asking))


def test_a_host_that_is_not_allowed_vouches_for_nobody() -> None:
    own = scope(host="evil.example", asking="http://evil.example")
    assert not origin.is_allowed(own)


def test_a_trusted_origin_is_allowed_exactly(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://desk.example:8443"]
    assert origin.is_allowed(
        scope(host="localhost", asking="https://desk.example:8443")
    )
    assert not origin.is_allowed(scope(host="localhost", asking="https://desk.example"))


def test_behind_tls_the_proxy_says_which_scheme_was_used(
    settings: Settings,
) -> None:
    settings.BEHIND_TLS = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    asking = "https://localhost"
    forwarded = scope(host="localhost", asking=asking, x_forwarded_proto="https")
    assert origin.is_allowed(forwarded)
    assert not origin.is_allowed(scope(host="localhost", asking=asking))


async def test_an_unknown_socket_address_is_refused_at_the_handshake() -> None:
    communicator = WebsocketCommunicator(
        application,
        "/ws/no-such-thing/",
        headers=[(b"host", b"localhost"), (b"origin", b"http://localhost")],
    )
    connected, code = await communicator.connect()
    assert (connected, code) == (False, 4403)


async def test_a_frame_over_the_limit_closes_the_socket(
    settings: Settings,
) -> None:
    heard: list[Any] = []

    async def listener(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            heard.append(await receive())
            if heard[-1]["type"] == "websocket.disconnect":
                return

    communicator = WebsocketCommunicator(
        limits.ShortFrames(cast(ASGI3Application, listener)), "/"
    )
    await communicator.connect()
    await communicator.send_to(text_data="x" * settings.MAX_FRAME_BYTES)
    await communicator.send_to(text_data="x" * (settings.MAX_FRAME_BYTES + 1))
    closed = await communicator.receive_output()
    # Daphne refuses to send what is not an application's to send.
    assert 3000 <= closed["code"] == limits.FRAME_TOO_LONG <= 4999
    await communicator.wait()
    assert [event["type"] for event in heard] == [
        "websocket.receive",
        "websocket.disconnect",
    ]


@pytest.mark.parametrize("size", [0, 5, 70_000])
async def test_a_chunked_body_arrives_with_its_length(size: int) -> None:
    seen = await _sent_in_chunks(b"x" * size)
    assert seen == {"length": str(size), "body": b"x" * size}


async def test_of_a_chunked_body_over_the_limit_only_the_length_remains(
    settings: Settings,
) -> None:
    size = settings.MAX_REQUEST_BYTES + 1
    assert await _sent_in_chunks(b"x" * size) == {"length": str(size), "body": b""}


async def _sent_in_chunks(body: bytes) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    async def view(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        assert b"transfer-encoding" not in headers
        seen["length"] = headers[b"content-length"].decode()
        seen["body"] = (await receive())["body"]
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    communicator = HttpCommunicator(
        limits.KnownLength(cast(ASGI3Application, view)),
        "POST",
        "/",
        body=body,
        headers=[(b"transfer-encoding", b"chunked")],
    )
    await communicator.get_response()
    return seen
