"""A run's events as server-sent events, as they happen.

Nothing waits in a thread: once the answer has begun, the request's own thread and
connection are given back, and the stream lives on the server's loop.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import TypeAlias, cast

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import connections
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from workflows import get_run, json_gate, process
from workflows.errors import RunNotFound
from workflows.models import Run
from workflows.published import RunEvent
from workflows.rest import access
from workflows.rest.access import caller
from workflows.rest.authentication import still_signed_in
from workflows.rest.problems import Refused
from workflows.run import Run as Handle
from workflows.run_masking import RunMask, mask_of
from workflows.statuses import TERMINAL_RUN
from workflows.streams import RunStream

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = 15.0  # s without an event after which a comment shows that we are here
RECHECK = 8.0  # s for which the word that somebody may read on holds
LIFETIME = 60 * 60.0  # s after which a client has to come anew
STREAMS_EACH = 20  # one person's in this process
Texts: TypeAlias = AsyncGenerator[str, None]
SEQ = re.compile(r"[0-9]{1,9}")

LAST_EVENT_ID = OpenApiParameter(
    name="Last-Event-ID",
    type={"type": "string", "pattern": "^[0-9]{1,9}$"},
    location=OpenApiParameter.HEADER,
    description="For a stream: the last `seq` already seen; goes before `after`.",
)

open_streams: Counter[int] = Counter()


class EventStreamRenderer(JSONRenderer):
    """Lets a client ask for a stream; what is no stream, such as a problem, is JSON."""

    media_type = MEDIA_TYPE
    format = "event-stream"


def is_asked_for(request: Request) -> bool:
    """Whether the client prefers a stream; the answer to HEAD has no body anyway."""
    return request.method == "GET" and request.accepted_renderer.format == (
        EventStreamRenderer.format
    )


def response(request: Request, run: Run, after: int) -> HttpResponseBase:
    """The run's events behind `Last-Event-ID`, else behind `after`, while they come.

    A run that has ended and has no more of them is answered with 204: a browser's
    `EventSource` comes back after any other end.
    """
    after = _last_seen(request, after)
    if after > run.head:
        raise Refused(400, f"The run has no event {after} yet.", code="bad-query")
    if after == run.head and run.status in TERMINAL_RUN:
        return Response(status=204)
    user_id = caller(request).pk
    if open_streams[user_id] >= STREAMS_EACH:
        raise Refused(429, "Too many of your streams are open.", code="too-many")
    may_read = partial(_may_read, request, run.pk)
    return StreamingHttpResponse(
        _counted(user_id, _frames(get_run(run.pk), after, may_read, mask_of(run))),
        content_type=MEDIA_TYPE,
        headers={"X-Accel-Buffering": "no"},
    )


def _last_seen(request: Request, after: int) -> int:
    seen = request.headers.get("Last-Event-ID")
    if seen is None:
        return after
    if not SEQ.fullmatch(seen):
        raise Refused(
            400, "Last-Event-ID must be an event's number.", code="bad-last-event-id"
        )
    return int(seen)


def _may_read(request: Request, run_id: str) -> bool:
    """Whether who asked is still signed in and may still see the run, as of now."""
    user = still_signed_in(request)
    if user is None:
        return False
    try:
        access.visible_run(user, run_id)
    except RunNotFound:
        return False
    return True


async def _counted(user_id: int, frames: Texts) -> Texts:
    open_streams[user_id] += 1
    try:
        await _give_back_thread()
        async with aclosing(frames):
            async for frame in frames:
                yield frame
    finally:
        open_streams[user_id] -= 1


async def _give_back_thread() -> None:
    """End the thread that Django keeps for this request, and its connection.

    It would stay for as long as the stream; what still needs one gets a new one.
    """
    await sync_to_async(_close_connections)()
    context = SyncToAsync.thread_sensitive_context.get(None)
    if context is not None:
        executor = SyncToAsync.context_to_thread_executor.pop(context, None)
        if executor is not None:
            executor.shutdown(wait=False)


def _close_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


async def _frames(
    run: Handle, after: int, may_read: Callable[[], bool], mask: RunMask
) -> Texts:
    """The stream's text, until the run stands still or the client may not go on."""
    yield _comment(f"the run {run.id} after event {after}")
    began = checked = time.monotonic()
    async with aclosing(_with_heartbeats(run.observe(after))) as events:
        async for event in events:
            now = time.monotonic()
            if now - checked > RECHECK:
                if not await process.in_database(may_read):
                    yield _comment("you may not read this any more")
                    return
                checked = now
            yield _frame(mask.event(event)) if event else _comment("still here")
            if now - began > LIFETIME:
                yield _comment("come again for more")
                return
    try:
        yield _comment(f"the run is {(await run.arow()).status}")
    except RunNotFound:
        yield _comment("the run is gone")


async def _with_heartbeats(stream: RunStream) -> AsyncGenerator[RunEvent | None, None]:
    """The events, and `None` whenever none came for `HEARTBEAT` seconds."""
    events = cast("AsyncGenerator[RunEvent, None]", aiter(stream))
    async with aclosing(events):
        upcoming = asyncio.ensure_future(anext(events, None))
        try:
            while True:
                await asyncio.wait({upcoming}, timeout=HEARTBEAT)
                if not upcoming.done():
                    yield None
                    continue
                if (event := upcoming.result()) is None:
                    return
                yield event
                upcoming = asyncio.ensure_future(anext(events, None))
        finally:
            upcoming.cancel()
            await asyncio.wait({upcoming})


def _frame(event: RunEvent) -> str:
    data = json_gate.dumps(event.as_json())
    return f"id: {event.seq}\nevent: {event.type}\ndata: {data}\n\n"


def _comment(words: str) -> str:
    return f": {words}\n\n"
