"""ASGI wrappers that bound what a client may send before Django sees it."""

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    HTTPScope,
    Scope,
    WebSocketReceiveEvent,
)
from django.conf import settings


class KnownLength:
    """Give a chunked body its length; of one that is too long, keep nothing else.

    Frameworks read a body without Content-Length as an empty one: the size limit
    would not hold for it, and a decision could be made of nothing but defaults.
    `RequestLimits` refuses what is too long, chunked or not.
    """

    def __init__(self, app: ASGI3Application) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "http" and _is_chunked(scope):
            length, body = await _read(receive)
            scope["headers"] = [
                *((k, v) for k, v in scope["headers"] if k != b"transfer-encoding"),
                (b"content-length", str(length).encode()),
            ]
            receive = _replayed(body, receive)
        await self.app(scope, receive, send)


# The protocol's own code for this, 1009, may not be sent by an application.
FRAME_TOO_LONG = 4009


class ShortFrames:
    """Close a socket that sends a message longer than the limit, with code 4009."""

    def __init__(self, app: ASGI3Application) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        async def receive_short() -> ASGIReceiveEvent:
            event = await receive()
            if event["type"] == "websocket.receive" and _is_long(event):
                code = FRAME_TOO_LONG
                await send({"type": "websocket.close", "code": code, "reason": None})
                return {"type": "websocket.disconnect", "code": code, "reason": None}
            return event

        await self.app(scope, receive_short, send)


def _is_chunked(scope: HTTPScope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return b"transfer-encoding" in names and b"content-length" not in names


async def _read(receive: ASGIReceiveCallable) -> tuple[int, bytes]:
    body = bytearray()
    length = 0
    more = True
    while more:
        event = await receive()
        if event["type"] != "http.request":  # the client went away
            break
        chunk = event.get("body", b"")
        length += len(chunk)
        if length <= settings.MAX_REQUEST_BYTES:
            body += chunk
        more = event.get("more_body", False)
    return length, bytes(body) if length == len(body) else b""


def _replayed(body: bytes, receive: ASGIReceiveCallable) -> ASGIReceiveCallable:
    fresh = True

    async def replay() -> ASGIReceiveEvent:
        nonlocal fresh
        if not fresh:
            return await receive()
        fresh = False
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _is_long(event: WebSocketReceiveEvent) -> bool:
    sent = event.get("bytes") or (event.get("text") or "").encode()
    return len(sent) > settings.MAX_FRAME_BYTES
