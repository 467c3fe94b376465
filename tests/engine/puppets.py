"""Workflows whose steps do what the test tells them, when it tells them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.engine.making import Context
from tests.unit.random_definitions import Builder, Shape
from workflows import Workflow

TURN = 0.002


@dataclass
class Held:
    """One execution of a step that waits to be told what to do."""

    context: Context
    told: tuple[str, Any] | None = None


@dataclass
class Strings:
    """The steps that are held now, by idempotency key; each is told by ``pull``."""

    held: dict[str, Held] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def wait(self, ctx: Context) -> tuple[str, Any]:
        with self._hold(ctx) as held:
            while held.told is None:
                if ctx.abort_signal.aborted:
                    return "succeed", "too late"
                await asyncio.sleep(TURN)
            return held.told

    @contextmanager
    def _hold(self, ctx: Context) -> Iterator[Held]:
        key, held = ctx.idempotency_key, Held(ctx)
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
        self.held[key].told = (outcome, value)


class Puppets(Builder):
    """Builds workflows on strings; what conditions say is fixed by the shape."""

    def __init__(self) -> None:
        super().__init__()
        self.strings = Strings()
        self.truths: dict[str, bool] = {}
        self.turns: dict[str, int] = {}

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

    def mapping(self) -> Callable[..., Any]:
        return lambda ctx: {"mapped": ctx.input_data}

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
        return 0 if option else lambda _: 0

    def moment(self, option: int) -> Any:
        past = datetime(2020, 1, 1, tzinfo=UTC)
        return past if option else lambda _: past

    def named(self, id: str) -> Workflow:
        return Workflow(id, retries=1)

    def root(self, entries: list[Shape]) -> Workflow:
        return self.workflow("flow", entries)
