"""Find due runs and execute them, many at once on one event loop.

The database alone says what is due; a bell in this process, or a job that offers a
run, only makes it sooner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.utils import timezone

from workflows import conf, dispatch, process, queues, runner, schedules, selectors
from workflows.chores import Rounds
from workflows.executing import claim_and_execute
from workflows.runner import Engine
from workflows.selectors import Due

T = TypeVar("T")

logger = logging.getLogger(__name__)

SWEEP = 5.0  # seconds between two looks for leases of dead neighbours


class Worker:
    """Executes due runs until it is stopped.

    ``served`` names the queues whose runs it takes (all by default), ``poll`` the
    seconds between two looks when nothing happens (``IDLE_POLL`` by default).
    """

    def __init__(
        self,
        engine: Engine,
        *,
        served: Collection[str] | None = None,
        poll: float | None = None,
    ) -> None:
        self._engine = engine
        self._eligible = queues.runs_of(served)
        self._poll = conf.get("IDLE_POLL") if poll is None else poll
        self._loop = asyncio.get_running_loop()
        self._bell = asyncio.Event()
        self._stopping = False
        self._rounds = Rounds(engine)
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._offered: list[str] = []
        self._swept_at = float("-inf")
        self._next_at: datetime | None = None
        self._synced = False

    def wake(self) -> None:
        """Look for work now. Safe from any thread."""
        self._loop.call_soon_threadsafe(self._bell.set)

    def offer(self, run_id: str) -> None:
        """Look at this run soon. Safe from any thread; harmless if nothing is due."""
        self._loop.call_soon_threadsafe(self._offered.append, run_id)
        self.wake()

    def stop(self) -> None:
        """Take nothing new and end ``run`` once what is executed has stopped."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Execute due runs, and do the chores, until ``stop``."""
        dispatch.add_waker(self.wake)
        rounds = self._loop.create_task(self._rounds.run())
        try:
            while not self._stopping:
                self._bell.clear()
                if not self._synced:
                    await self._ask(self._sync)
                await self._take()
                await self._rest()
        finally:
            dispatch.remove_waker(self.wake)
            self._rounds.stop()
        await asyncio.wait([rounds, *self._runs.values()])

    async def run_until_idle(self, *, slow_chores: bool = False) -> None:
        """Execute what is due, and what becomes due by it, then return."""
        while await self._rounds.look() or await self._take() or self._runs:
            if self._runs:
                await asyncio.wait(
                    self._runs.values(), return_when=asyncio.FIRST_COMPLETED
                )
                await asyncio.sleep(0)
        if slow_chores:
            await self._rounds.look_at_slow()

    async def _take(self) -> int:
        """Begin to execute what is due; how many runs that are."""
        offered, self._offered = self._offered, []
        self._next_at = None
        free = conf.get("CONCURRENCY") - len(self._runs)
        if free <= 0:
            return 0
        due = await self._ask(self._due, free + len(self._runs)) or Due([], None)
        self._next_at = due.next_at
        ids = list(dict.fromkeys(offered + due.ids))
        new = [i for i in ids if i not in self._runs and not runner.is_active(i)]
        for run_id in new[:free]:
            task = self._loop.create_task(self._execute(run_id))
            self._runs[run_id] = task
        return len(new[:free])

    async def _ask(self, function: Callable[..., T], *args: Any) -> T | None:
        """What the database says, or ``None`` when it can't be asked now.

        Whatever went wrong, the worker looks again: without it no run goes on.
        """
        try:
            return await self._engine.journal.call(function, *args)
        except Exception:
            logger.warning("the database could not be asked", exc_info=True)
            return None

    def _sync(self) -> None:
        schedules.sync()
        self._synced = True

    def _due(self, limit: int) -> Due:
        tick = self._next_tick()
        due = selectors.due(timezone.now(), limit, self._eligible)
        if self._loop.time() - self._swept_at >= SWEEP:
            self._swept_at = self._loop.time()
            due.ids.extend(selectors.held_by_the_dead(limit, self._eligible))
        moments = [moment for moment in (tick, due.next_at) if moment]
        return Due(due.ids, min(moments, default=None))

    def _next_tick(self) -> datetime | None:
        """When the next schedule fires, once those have whose time has come."""
        tick = schedules.next_due()
        if tick is None or tick > timezone.now():
            return tick
        schedules.fire_due()
        return schedules.next_due()

    async def _execute(self, run_id: str) -> None:
        try:
            await claim_and_execute(run_id, self._engine)
        except Exception:
            # The lease brings the run back; one bad run never stops the others.
            logger.exception("run could not be executed", extra={"run_id": run_id})
            await asyncio.sleep(conf.get("IDLE_POLL"))
        finally:
            del self._runs[run_id]
            self._bell.set()

    async def _rest(self) -> None:
        """Sleep until the bell, the next timer, or the next look."""
        try:
            async with asyncio.timeout(_pause(self._next_at, self._poll)):
                await self._bell.wait()
        except TimeoutError:
            pass


def _pause(due_at: datetime | None, poll: float) -> float:
    if due_at is None:
        return poll
    return min(poll, max(0.01, (due_at - timezone.now()).total_seconds()))


@dataclass(frozen=True, slots=True)
class Background:
    """A worker on the process's own loop thread."""

    worker: Worker
    ended: Future[None]

    def stop(self) -> None:
        """Take nothing new and wait until what is executed has stopped."""
        self.worker.stop()
        self.ended.result()


_background: list[Background] = []


def start_in_background(
    *, served: Collection[str] | None = None, poll: float | None = None
) -> Background:
    """Run a worker on this process's own loop thread; once per process."""
    if not _background:
        loop = process.process.loop()

        async def make() -> Worker:
            return Worker(process.process.engine, served=served, poll=poll)

        worker = asyncio.run_coroutine_threadsafe(make(), loop).result()
        ended = asyncio.run_coroutine_threadsafe(worker.run(), loop)
        _background.append(Background(worker, ended))
    return _background[0]


def in_background() -> Worker | None:
    """The worker that ``start_in_background`` made in this process, if it did."""
    return _background[0].worker if _background else None
