"""Journals that fail, dawdle, or let others in between, put round the real one.

An executor over such a journal stands for another process: it dies at a chosen
append, as a process would between two statements, or is overtaken there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from tests.engine.making import expire_lease, on_engine
from workflows import Run, Workflow, control, executing, selectors
from workflows.committer import Journal
from workflows.control import Beginning
from workflows.events import EventType
from workflows.loading import Loaded
from workflows.process import process
from workflows.runner import Engine
from workflows.store import Append

T = TypeVar("T")
Moment = Callable[[Append], bool]


class Died(Exception):
    """The process is gone."""


class Around:
    """Passes everything on to the journal inside it."""

    def __init__(self, inner: Journal) -> None:
        self.inner = inner

    async def append(self, change: Append) -> bool:
        return await self.inner.append(change)

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        return await self.inner.call(function, *args)

    async def load(self, run_id: str) -> Loaded:
        return await self.inner.load(run_id)


class Dying(Around):
    """The process dies before or after the append that ``at`` picks."""

    def __init__(self, inner: Journal, at: Moment, *, after: bool) -> None:
        super().__init__(inner)
        self._at = at
        self._after = after
        self._dead = False

    async def append(self, change: Append) -> bool:
        self._live()
        if self._at(change):
            self._dead = True
            if self._after:
                await self.inner.append(change)
            raise Died
        return await self.inner.append(change)

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        self._live()
        return await self.inner.call(function, *args)

    async def load(self, run_id: str) -> Loaded:
        self._live()
        return await self.inner.load(run_id)

    def _live(self) -> None:
        if self._dead:
            raise Died


class Mortal(Around):
    """The process dies ``before`` or ``after`` its next append, once told to."""

    def __init__(self, inner: Journal) -> None:
        super().__init__(inner)
        self.dies = ""

    async def append(self, change: Append) -> bool:
        if self.dies == "before":
            raise Died
        won = await self.inner.append(change)
        if self.dies and won:
            raise Died
        return won


class Failing(Around):
    """The append that ``at`` picks meets an error of the database, once."""

    def __init__(self, inner: Journal, at: Moment, error: Exception) -> None:
        super().__init__(inner)
        self._at = at
        self._error: Exception | None = error
        self.failures = 0

    async def append(self, change: Append) -> bool:
        if self._error and self._at(change):
            error, self._error = self._error, None
            self.failures += 1
            raise error
        return await self.inner.append(change)


class Overtaken(Around):
    """Somebody else comes in between, right before the append that ``at`` picks."""

    def __init__(
        self, inner: Journal, at: Moment, rival: Callable[[], Awaitable[Any]]
    ) -> None:
        super().__init__(inner)
        self._at = at
        self._rival: Callable[[], Awaitable[Any]] | None = rival

    async def append(self, change: Append) -> bool:
        if self._rival and self._at(change):
            rival, self._rival = self._rival, None
            await rival()
        return await self.inner.append(change)


class Slow(Around):
    """Every append takes a while."""

    async def append(self, change: Append) -> bool:
        await asyncio.sleep(0.02)
        return await self.inner.append(change)


def first(_: Append) -> bool:
    """Whichever append comes first."""
    return True


def numbered(number: int) -> Moment:
    """The append with this number, the first being 1."""
    seen = 0

    def moment(_: Append) -> bool:
        nonlocal seen
        seen += 1
        return seen == number

    return moment


def begins(address: str) -> Moment:
    """The append that records the start of a visit."""
    return recorded(EventType.STEP_START, address)


def ends(address: str) -> Moment:
    """The append that records the result of a visit."""
    return recorded(EventType.STEP_RESULT, address)


def recorded(kind: EventType, address: str = "") -> Moment:
    """The append that has such an event."""

    def moment(change: Append) -> bool:
        return any(e.type == kind and e.address == address for e in change.events)

    return moment


def over(journal: Callable[[Journal], Journal]) -> Engine:
    """This process's engine, over another journal."""
    engine = process.engine
    return Engine(journal(engine.journal), engine.threads)


def dying(at: Moment, *, after: bool = True) -> Engine:
    """The engine of a process that dies."""
    return over(lambda inner: Dying(inner, at, after=after))


async def execute(
    run: Run,
    flow: Workflow,
    engine: Engine,
    given: Any = None,
    state: dict[str, Any] | None = None,
    *,
    per_step: bool = False,
) -> Loaded:
    """Start a pending run and execute it with another engine."""
    beginning = Beginning(
        input={} if given is None else given,
        state=state or {},
        context={},
        per_step=per_step,
    )
    row = await engine.journal.call(selectors.find_run, run.id)
    loaded = await control.start(engine.journal, flow, row, beginning, take=True)
    return await executing.execute(loaded, flow, engine)


def die_in(
    flow: Workflow,
    at: Moment,
    given: Any = None,
    *,
    after: bool = True,
    state: dict[str, Any] | None = None,
) -> tuple[Run, bool]:
    """Start a run whose executor dies; says whether it did before the run stopped."""
    run = flow.create_run()
    engine = dying(at, after=after)
    died = on_engine(_outlive(execute(run, flow, engine, given, state)))
    expire_lease(run)
    return run, died


def die_taking_up(run: Run, flow: Workflow, at: Moment, *, after: bool = True) -> bool:
    """Have another process claim a due run and die; says whether it did."""
    engine = dying(at, after=after)
    died = on_engine(_outlive(executing.claim_and_execute(run.id, engine, flow)))
    expire_lease(run)
    return died


async def _outlive(execution: Coroutine[Any, Any, Any]) -> bool:
    try:
        await execution
    except Died:
        return True
    return False
