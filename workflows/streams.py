"""``RunStream``: follow a run while it is executed, here or elsewhere.

Events are the journal: a stream reads it, so it sees the same events with the same
numbers as everybody else, from any point, without gap or double.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from workflows.published import RunEvent
from workflows.signals import run_changed
from workflows.statuses import TERMINAL_RUN, RunStatus

if TYPE_CHECKING:
    from workflows.results import RunResult
    from workflows.run import Run

POLL = 0.5  # seconds between two looks for what other processes appended
STREAM_ENDS = TERMINAL_RUN | {RunStatus.SUSPENDED, RunStatus.PAUSED}


class RunStream:
    """A run's events, as they are appended; ``result()`` for what came of it.

    Execution begins when the stream is iterated or its result awaited. It ends when
    the run ends, suspends or pauses, or the call behind it returns. Leaving the
    iteration early stops nothing.
    """

    def __init__(
        self,
        run: Run,
        execute: Callable[[], Awaitable[RunResult]] | None = None,
        after: int | None = None,
    ) -> None:
        self._run = run
        self._execute = execute
        self._after = after
        self._task: asyncio.Future[RunResult] | None = None

    async def result(self) -> RunResult:
        """What the run came to; raises what starting or resuming it raised."""
        await self._begin()
        if self._task is not None:
            return await asyncio.shield(self._task)
        async for _ in self:
            pass
        return await self._run.arefresh()

    async def _begin(self) -> None:
        if self._after is None:
            self._after = (await self._run.arow()).head
        if self._execute is not None and self._task is None:
            self._task = asyncio.ensure_future(self._execute())

    async def __aiter__(self) -> AsyncIterator[RunEvent]:
        await self._begin()
        assert self._after is not None
        seen = self._after
        with _Ear(self._run.id) as ear:
            while True:
                executed = self._task is not None and self._task.done()
                ear.forget()
                events = await self._run.aevents(after=seen)
                for event in events:
                    seen = event.seq
                    yield event
                if executed and self._task is not None:
                    self._task.result()
                    if not events:
                        return
                elif not events and self._task is None and await self._is_over(seen):
                    return
                elif not events:
                    await ear.listen(self._task)

    async def _is_over(self, seen: int) -> bool:
        run = await self._run.arow()
        return run.head == seen and run.status in STREAM_ENDS


class _Ear:
    """Hears of appends to one run in this process; else it looks now and then."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> _Ear:
        run_changed.connect(self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        run_changed.disconnect(self._hear)

    def _hear(self, *, run_id: str, **_: Any) -> None:
        if run_id == self._run_id and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def forget(self) -> None:
        self._news.clear()

    async def listen(self, task: asyncio.Future[Any] | None) -> None:
        """Return on news, when ``task`` is done, or after ``POLL`` seconds."""
        heard = asyncio.ensure_future(self._news.wait())
        awaited = {heard} if task is None else {heard, task}
        await asyncio.wait(awaited, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
        heard.cancel()
