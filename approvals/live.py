"""Live pages: sockets that say what changed, never what it says.

A message carries a type, ids and a sequence number; the browser then asks over HTTP,
where permission is checked. A lost message only means a later look: pages poll too.
Sockets take no command but "ping".
"""

import asyncio
import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from channels.db import database_sync_to_async as in_thread
from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path

from approvals import audience, echo, polling
from approvals.audience import Listener
from workflows import json_gate
from workflows.errors import PayloadRejected
from workflows.json_gate import JSONObject, JSONValue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LIFETIME = 60 * 60  # s a socket may live; the page then opens another
RECHECK = 8  # s between two looks whether the person may still listen
MESSAGES_A_SECOND = 20
LONGEST_ID = 100  # characters of a frame's id that an error repeats
SOCKETS_EACH = 5  # one person's in this process; a hidden page gives its own back
NOT_SIGNED_IN, NOT_ALLOWED, TOO_OLD, TOO_MANY = 4401, 4403, 4408, 4429
OPEN_ANEW = 4503


class LiveConsumer(AsyncWebsocketConsumer):
    """A socket of one signed-in person; subclasses say what it listens to."""

    open_sockets: ClassVar[Counter[int]] = Counter()
    listening: ClassVar["set[LiveConsumer]"] = set()
    listener: Listener | None = None
    watch: "asyncio.Task[None] | None" = None

    async def connect(self) -> None:
        listener = audience.listener(self.scope)
        if listener is None:
            await self.close(code=NOT_SIGNED_IN)
        elif self.open_sockets[listener.user_id] >= SOCKETS_EACH:
            await self.close(code=TOO_MANY)
        elif (groups := await in_thread(self._subscriptions)(listener)) is None:
            await self.close(code=NOT_ALLOWED)
        else:
            await self._open(listener, groups)

    async def disconnect(self, code: int) -> None:
        if self.listener is None:
            return
        if self.watch is not None:
            self.watch.cancel()
        self.open_sockets[self.listener.user_id] -= 1
        self.listening.discard(self)
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        """Answer "ping"; anything else is the sender's mistake and told so."""
        if self._too_fast():
            await self.close(code=TOO_MANY)
        elif not await self._may_still_listen():
            await self.close(code=NOT_SIGNED_IN)
        else:
            await self._tell(_answer(text_data))

    async def changed(self, event: dict[str, Any]) -> None:
        """Pass on one change, if this person may know of it at this moment."""
        hears = await in_thread(self._hears)(event["message"])
        if hears is None:
            await self.close(code=NOT_SIGNED_IN)
        elif hears:
            await self._tell(event["message"])

    def groups_of(self, user: "User") -> list[str] | None:
        """What to listen to; `None` for who may not."""
        raise NotImplementedError

    def may_know(self, user: "User", message: JSONObject) -> bool:
        """Whether this person may hear of this, asked anew for each message."""
        raise NotImplementedError

    async def _open(self, listener: Listener, groups: list[str]) -> None:
        self.listener, self.joined = listener, groups
        self.open_sockets[listener.user_id] += 1
        self.sent_at: list[float] = []
        for group in groups:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        self.listening.add(self)
        self.watch = asyncio.create_task(self._keep_watch())
        polling.begin(_anybody)
        echo.begin(_anybody, _give_up)

    async def _keep_watch(self) -> None:
        """Close when the person is signed out or shut out, or the socket is old."""
        until = time.monotonic() + LIFETIME
        while time.monotonic() < until:
            await asyncio.sleep(RECHECK)
            if not await self._may_still_listen():
                await self.close(code=NOT_SIGNED_IN)
                return
        await self.close(code=TOO_OLD)

    def _subscriptions(self, listener: Listener) -> list[str] | None:
        user = audience.present(listener)
        return None if user is None else self.groups_of(user)

    def _hears(self, message: JSONObject) -> bool | None:
        """Whether the person may know; `None` once they may listen no more."""
        user = audience.present(self.listener) if self.listener else None
        return None if user is None else self.may_know(user, message)

    async def _may_still_listen(self) -> bool:
        if self.listener is None:
            return False
        return await in_thread(audience.present)(self.listener) is not None

    def _too_fast(self) -> bool:
        now = time.monotonic()
        self.sent_at = [at for at in self.sent_at if at > now - 1] + [now]
        return len(self.sent_at) > MESSAGES_A_SECOND

    async def _tell(self, message: JSONObject) -> None:
        await self.send(text_data=json.dumps(message))


def _anybody() -> bool:
    return LiveConsumer.open_sockets.total() > 0


async def _give_up() -> None:
    """Close all sockets: nobody calls to them any more, and their pages open others."""
    for consumer in list(LiveConsumer.listening):
        await consumer.close(code=OPEN_ANEW)


class InboxConsumer(LiveConsumer):
    """Tell one person's open pages which approvals changed."""

    def groups_of(self, user: "User") -> list[str] | None:
        return audience.inbox_groups(user)

    def may_know(self, user: "User", message: JSONObject) -> bool:
        return audience.may_see_approval(user, str(message["approval_id"]))


class RunConsumer(LiveConsumer):
    """Tell an open run page how far the journal has come."""

    def groups_of(self, user: "User") -> list[str] | None:
        run_id = self.scope["url_route"]["kwargs"]["run_id"]
        allowed = audience.may_see_run(user, run_id)
        return [audience.run_group(run_id)] if allowed else None

    def may_know(self, user: "User", message: JSONObject) -> bool:
        return audience.may_see_run(user, str(message["run_id"]))


def _answer(text: str | None) -> JSONObject:
    """What to say to one frame; a bad one never ends the socket."""
    try:
        frame = json_gate.parse(text or "")
    except PayloadRejected as rejected:
        return _error("malformed", str(rejected))
    if not isinstance(frame, dict):
        return _error("malformed", "Send a JSON object.")
    if frame.get("type") != "ping":
        words = 'The only type is "ping".'
        return _error("unknown_type", words, _id_of(frame))
    return {"type": "pong"}


def _error(code: str, detail: str, id: JSONValue = None) -> JSONObject:
    return {"type": "error", "id": id, "code": code, "detail": detail}


def _id_of(frame: JSONObject) -> JSONValue:
    """What the sender calls the frame, where it is short enough to be said again."""
    called = frame.get("id")
    is_name = isinstance(called, int) or (
        isinstance(called, str) and len(called) <= LONGEST_ID
    )
    return called if is_name else None


# Django's types know views only.
_inbox: Any = InboxConsumer.as_asgi()
_run: Any = RunConsumer.as_asgi()
websocket_urlpatterns = [
    path("ws/inbox/", _inbox),
    path("ws/runs/<str:run_id>/", _run),
]
