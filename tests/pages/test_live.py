"""Sockets: who may listen, what they hear, and that no frame breaks one."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.layers import channel_layers
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from approvals import live, pokes
from approvals.models import Approval
from tests.pages.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)

application = AuthMiddlewareStack(URLRouter(live.websocket_urlpatterns))
PATIENCE = 20  # seconds


@pytest.fixture(autouse=True)
def layer() -> None:
    """A layer of this test's own event loop, and nobody's sockets counted."""
    channel_layers.backends.clear()
    live.LiveConsumer.open_sockets.clear()


def cookie(user: User | None) -> bytes:
    client = Client()
    if user is None:
        return b""
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}".encode()


class Socket(WebsocketCommunicator):
    """One that waits as long as a busy machine needs, not only for a second."""

    async def receive_output(self, timeout: float = PATIENCE) -> dict[str, Any]:
        said: dict[str, Any] = await super().receive_output(max(timeout, PATIENCE))
        return said


async def opened(path: str, cookies: bytes) -> tuple[Socket, bool, Any]:
    socket = Socket(application, path, headers=[(b"cookie", cookies)])
    connected, code = await socket.connect(PATIENCE)
    return socket, connected, code


@asynccontextmanager
async def listening(path: str, user: User) -> AsyncIterator[Socket]:
    socket, connected, code = await opened(path, await sync_to_async(cookie)(user))
    assert connected, code
    yield socket
    await socket.disconnect(timeout=PATIENCE)


async def asked(desk: Desk, **options: Any) -> Approval:
    return await sync_to_async(desk.ask)(**options)


@pytest.mark.parametrize("path", ["/ws/inbox/", "/ws/runs/anything/"])
async def test_a_stranger_is_closed_before_the_socket_opens(path: str) -> None:
    _socket, connected, code = await opened(path, b"")
    assert not connected
    assert code == live.NOT_SIGNED_IN


async def test_an_ended_session_opens_nothing(desk: Desk) -> None:
    cookies = await sync_to_async(cookie)(desk.alice)
    await sync_to_async(_end_sessions)()
    _socket, connected, _code = await opened("/ws/inbox/", cookies)
    assert not connected


async def test_a_change_is_heard_by_candidates_and_by_nobody_else(desk: Desk) -> None:
    approval = await asked(desk)
    async with (
        listening("/ws/inbox/", desk.alice) as alice,
        listening("/ws/inbox/", desk.ines) as ines,
        listening("/ws/inbox/", desk.carol) as carol,
    ):
        await pokes.poke_inboxes(approval.pk, approval.run_id)
        for socket in (alice, ines):
            assert json.loads(await socket.receive_from()) == {
                "type": "approval",
                "approval_id": approval.pk,
                "run_id": approval.run_id,
            }
        assert await carol.receive_nothing()


async def test_who_left_the_group_hears_no_more(desk: Desk) -> None:
    approval = await asked(desk)
    async with listening("/ws/inbox/", desk.alice) as alice:
        await desk.alice.groups.aclear()
        await pokes.poke_inboxes(approval.pk, approval.run_id)
        assert await alice.receive_nothing()


async def test_a_run_tells_how_far_it_has_come(desk: Desk) -> None:
    approval = await asked(desk)
    async with listening(f"/ws/runs/{approval.run_id}/", desk.ines) as ines:
        await pokes.poke_run(approval.run_id, 9)
        heard = json.loads(await ines.receive_from())
    assert heard == {"type": "run", "run_id": approval.run_id, "seq": 9}


async def test_a_run_of_others_can_not_be_followed(desk: Desk) -> None:
    approval = await asked(desk)
    cookies = await sync_to_async(cookie)(desk.carol)
    for path in (f"/ws/runs/{approval.run_id}/", "/ws/runs/none/"):
        _socket, connected, code = await opened(path, cookies)
        assert not connected
        assert code == live.NOT_ALLOWED


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (" ", "malformed"),
        ("{", "malformed"),
        ("[]", "malformed"),
        ('"ping"', "malformed"),
        ("null", "malformed"),
        ("[" * 15_000, "malformed"),
        ('{"type": NaN}', "malformed"),
        ('{"type": "\\ud800"}', "malformed"),
        ('{"type": "decide", "approval_id": "x"}', "unknown_type"),
        ('{"type": ["ping"]}', "unknown_type"),
        ('{"type": "ping", "type": "ping"}', "malformed"),
        ('{"type": "ping", "id": 1e400}', "malformed"),
        ('{"type": "ping", "id": ' + "9" * 4301 + "}", "malformed"),
        (r'{"type": "a\u0000b"}', "malformed"),
        ('{"type": "subscribe", "approval_id": "of somebody else"}', "unknown_type"),
        ('{"id": "' + "x" * 15_000 + '"}', "unknown_type"),
        ("{}", "unknown_type"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_socket_stays(
    desk: Desk, frame: str, code: str
) -> None:
    async with listening("/ws/inbox/", desk.alice) as alice:
        await alice.send_to(text_data=frame)
        answer = json.loads(await alice.receive_from())
        assert (answer["type"], answer["code"]) == ("error", code)
        await alice.send_to(text_data='{"type": "ping"}')
        assert json.loads(await alice.receive_from()) == {"type": "pong"}


@pytest.mark.parametrize(
    ("id", "repeated"),
    [("a1", "a1"), (7, 7), ("x" * 101, None), ([], None), ({}, None), (None, None)],
    ids=lambda value: str(value)[:9],
)
async def test_an_error_names_the_frame_that_it_is_about(
    desk: Desk, id: Any, repeated: Any
) -> None:
    async with listening("/ws/inbox/", desk.alice) as alice:
        await alice.send_json_to({"type": "decide", "id": id})
        assert (await alice.receive_json_from())["id"] == repeated


async def test_bytes_are_answered_as_a_bad_frame(desk: Desk) -> None:
    async with listening("/ws/inbox/", desk.alice) as alice:
        await alice.send_to(bytes_data=b"\x00\xff")
        assert json.loads(await alice.receive_from())["code"] == "malformed"


async def test_a_flood_is_closed(desk: Desk) -> None:
    async with listening("/ws/inbox/", desk.alice) as alice:
        for _message in range(live.MESSAGES_A_SECOND + 1):
            await alice.send_to(text_data='{"type": "ping"}')
        assert await closed(alice) == live.TOO_MANY


async def test_one_person_has_a_few_sockets_and_gets_them_back(desk: Desk) -> None:
    cookies = await sync_to_async(cookie)(desk.alice)
    sockets = [await opened("/ws/inbox/", cookies) for _ in range(live.SOCKETS_EACH)]
    assert all(connected for _socket, connected, _code in sockets)
    _socket, connected, code = await opened("/ws/inbox/", cookies)
    assert (connected, code) == (False, live.TOO_MANY)
    await sockets[0][0].disconnect()
    again, connected, _code = await opened("/ws/inbox/", cookies)
    assert connected
    for socket in (again, *(socket for socket, _, _ in sockets[1:])):
        await socket.disconnect(timeout=PATIENCE)


def _end_sessions() -> None:
    import_module(
        settings.SESSION_ENGINE
    ).SessionStore.get_model_class().objects.all().delete()


def _deactivate(desk: Desk) -> None:
    User.objects.filter(pk=desk.alice.pk).update(is_active=False)


def _change_password(desk: Desk) -> None:
    desk.alice.set_password("another one entirely")
    desk.alice.save()


REVOKED: dict[str, Callable[[Desk], None]] = {
    "signed out": lambda desk: _end_sessions(),
    "deactivated": _deactivate,
    "password changed": _change_password,
}


@pytest.mark.parametrize("how", REVOKED)
async def test_who_is_shut_out_is_closed_at_the_next_message(
    desk: Desk, how: str
) -> None:
    async with listening("/ws/inbox/", desk.alice) as alice:
        await sync_to_async(REVOKED[how])(desk)
        await alice.send_to(text_data='{"type": "ping"}')
        assert await closed(alice) == live.NOT_SIGNED_IN


async def test_who_is_shut_out_is_closed_without_a_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK", 0.05)
    async with listening("/ws/inbox/", desk.alice) as alice:
        await sync_to_async(_deactivate)(desk)
        assert await closed(alice) == live.NOT_SIGNED_IN


async def test_a_socket_does_not_live_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK", 0.05)
    monkeypatch.setattr(live, "LIFETIME", 0.1)
    async with listening("/ws/inbox/", desk.alice) as alice:
        assert await closed(alice) == live.TOO_OLD


async def closed(socket: Socket) -> int:
    """The code a socket is closed with, after whatever it still says."""
    while True:
        said: dict[str, Any] = await awaited(socket.receive_output())
        if said["type"] == "websocket.close":
            return int(said["code"])


async def awaited(said: Awaitable[Any]) -> Any:
    return await said
