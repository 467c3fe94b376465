"""Workflows whose steps do what the test tells them, when it tells them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from tests.engine.making import Context
from tests.unit.random_definitions import Builder, Shape
from workflows import Workflow, map_variable
from workflows.graph import SleepEntry, SleepUntilEntry

HOUR = timedelta(hours=1)


@dataclass
class Held:
    """One execution of a step that waits to be told what to do."""

    context: Context
    loop: asyncio.AbstractEventLoop
    told: asyncio.Future[tuple[str, Any]]


@dataclass
class Strings:
    """The steps that are held now, by idempotency key; each is told by ``pull``."""

    held: dict[str, Held] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def wait(self, ctx: Context) -> tuple[str, Any]:
        with self._hold(ctx) as held:
            aborted = asyncio.ensure_future(ctx.abort_signal.wait())
            try:
                await asyncio.wait(
                    {held.told, aborted}, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                aborted.cancel()
            return held.told.result() if held.told.done() else ("succeed", "too late")

    @contextmanager
    def _hold(self, ctx: Context) -> Iterator[Held]:
        loop = asyncio.get_running_loop()
        key, held = ctx.idempotency_key, Held(ctx, loop, loop.create_future())
        with self._lock:
            if key in self.held:
                self.doubled.append(key)
            self.held[key] = held
        try:
            yield held
        finally:
            with self._lock:
                if self.held.get(key) is held:
                    del self.held[key]

    def pull(self, key: str, outcome: str, value: Any) -> None:
        held = self.held[key]
        held.loop.call_soon_threadsafe(held.told.set_result, (outcome, value))


class Puppets(Builder):
    """Builds workflows on strings; what conditions say is fixed by the shape.

    ``slow`` names the workflows that try a failed step again only after an hour.
    """

    def __init__(self) -> None:
        super().__init__()
        self.strings = Strings()
        self.truths: dict[str, bool] = {}
        self.turns: dict[str, int] = {}
        self.slow: set[str] = set()

    def execute(self, id: str) -> Callable[..., Any]:
        async def body(_: Any, ctx: Context) -> Any:
            outcome, value = await self.strings.wait(ctx)
            match outcome:
                case "raise":
                    raise RuntimeError(value)
                case "suspend":
                    return ctx.suspend({"question": value})
                case "bail":
                    return ctx.bail(value)
                case "abort":
                    return ctx.abort()
                case _:
                    ctx.set_state({id: value})
                    return value

        return body

    def transact(self, id: str) -> Callable[..., Any]:
        """Leaves a row for each visit, whose name may exist once; nobody holds it."""

        def body(given: Any, ctx: Context) -> Any:
            Group.objects.create(name=ctx.idempotency_key)
            if fails_at_first(id) and not ctx.retry_count:
                raise RuntimeError("what it wrote is undone")
            return given

        return body

    def mapping(self, option: int, before: Sequence[str]) -> Any:
        if option == 0:
            return lambda ctx: {"mapped": ctx.input_data}
        forms: Mapping[str, Any] = {
            "mapped": map_variable(fn=lambda ctx: ctx.input_data),
            "fixed": map_variable(value=option),
        }
        if option == 1:
            return forms
        if option == 2 or not before:
            return {**forms, "init": map_variable(init_data=True, path=".")}
        return {**forms, "step": map_variable(step=before[-1])}

    def condition(self, member: str, option: int) -> Callable[..., Any]:
        self.truths[member] = option % 2 == 0
        turns = self.turns[member] = 1 + option % 3

        def holds(ctx: Context) -> bool:
            if not ctx.iteration_count:
                return self.truths[member]
            more: bool = ctx.iteration_count < turns
            return more if option % 2 else not more

        return holds

    def sleep(self, option: int) -> Any:
        hour = HOUR.total_seconds()
        return (0, lambda _: 0, hour, lambda _: hour)[option]

    def moment(self, option: int) -> Any:
        past = datetime(2020, 1, 1, tzinfo=UTC)
        return (past, lambda _: past, lambda _: timezone.now() + HOUR)[option % 3]

    def lasts(self, entry: SleepEntry | SleepUntilEntry) -> bool:
        """Whether the sleep, begun now, takes its time."""
        given: Any = entry.duration if isinstance(entry, SleepEntry) else entry.at
        found = given(None) if callable(given) else given
        return bool(found > (0 if isinstance(entry, SleepEntry) else timezone.now()))

    def named(self, id: str) -> Workflow:
        if id == "flow" or int(id.removeprefix("n")) % 3:
            return Workflow(id, retries=1)
        self.slow.add(id)
        return Workflow(id, retries=1, retry_delay=HOUR)

    def root(self, entries: list[Shape]) -> Workflow:
        return self.workflow("flow", entries)


def fails_at_first(id: str) -> bool:
    """Whether the first attempt of a transactional step raises."""
    return int(id.removeprefix("t")) % 2 == 1
