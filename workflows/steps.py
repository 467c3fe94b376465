"""Run user code once and say what came of it; the journal is not touched here.

A step may return, raise, suspend, bail or abort. Whatever it does ends as one
``Outcome``; no exception of user code leaves this module.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connections
from django.utils import timezone

from workflows import failures
from workflows.context import StepContext
from workflows.definition import Step
from workflows.errors import SchemaMismatch, WorkflowError
from workflows.json_gate import JSONObject, JSONValue
from workflows.outcomes import Aborted, Bailed, Suspended
from workflows.schema import Schema

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a visit did to the run's state and request context."""

    state: JSONObject = field(default_factory=dict)
    context: JSONObject = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)

    def as_data(self) -> JSONObject:
        data: JSONObject = {}
        if self.state:
            data["state"] = self.state
        if self.context:
            data["context"] = self.context
        if self.removed:
            data["context_removed"] = list(self.removed)
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded:
    output: JSONValue
    ends: str = ""  # "bail": the workflow it is in ends with it
    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errored:
    error: JSONObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    payload: JSONValue
    labels: tuple[str, ...]
    metadata: JSONObject
    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """``abort`` was called: the workflow it is in ends as canceled."""

    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True)
class Slept:
    """How long a sleep lasts: until ``until``, aware."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Chose:
    """Which arms of a branch are taken, or whether a loop goes round again."""

    taken: tuple[str, ...] = ()
    again: bool = False
    aborted: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome is in the journal already, with the step's own writes."""


Outcome: TypeAlias = "Succeeded | Errored | Asked | Stopped | Slept | Chose"


class Threads(Protocol):
    """Where sync user code runs: never on the event loop."""

    async def call(self, function: Callable[..., Any], *args: Any) -> Any: ...

    def apart(self) -> AbstractAsyncContextManager[None]:
        """Where the ORM runs for async user code, as long as this is open."""


class PoolThreads:
    """A pool; a thread's database connections are closed after each call.

    ``orm`` is one thread, on which async user code uses the ORM. All runs share it and
    its connection: a run may wait for long between two questions to the database.
    """

    def __init__(self, pool: Executor, orm: Executor | None = None) -> None:
        self._pool, self._orm = pool, orm

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._pool, context.run, _closing, function, *args
        )

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """The engine's own thread for it: the one that a run's starter came on may be
        waiting for the run, or gone before it ends.
        """
        async with ThreadSensitiveContext(executor=self._orm):
            yield


class CallerThread:
    """The thread of whoever called the engine, inside its open transaction."""

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        return await sync_to_async(function, thread_sensitive=True)(*args)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """The caller's own thread: what is not committed is seen there only."""
        yield


def _closing(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    finally:
        connections.close_all()


async def call(
    function: Callable[..., Any],
    context: StepContext[Any, Any],
    threads: Threads,
    *,
    arity: int | None = None,
) -> Any:
    """Call user code, sync or async; conditions and mappings take the context."""
    if arity is None:
        args: tuple[Any, ...] = (context,)
    else:
        args = (context.input_data, context)[:arity]
    if _is_async(function):
        return await function(*args)
    value = await threads.call(function, *args)
    return await value if inspect.isawaitable(value) else value


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    )


async def execute(
    step: Step, context: StepContext[Any, Any], threads: Threads
) -> Outcome:
    """One attempt of a step. Never raises, except when the task is cancelled."""
    try:
        returned = await _within_time(step, context, threads)
        return outcome_of(step, context, context.ended or returned)
    except asyncio.CancelledError:
        raise
    except (Exception, SystemExit) as error:
        if not isinstance(error, WorkflowError):
            context.logger.info("step raised %s", type(error).__name__)
        return raised(context, error)


def raised(context: StepContext[Any, Any], error: BaseException) -> Outcome:
    """What an exception of user code means: a failure, unless it called ``abort``."""
    if isinstance(context.ended, Aborted):
        return Stopped()
    return Errored(error=failures.describe(error))


async def _within_time(
    step: Step, context: StepContext[Any, Any], threads: Threads
) -> Any:
    running: Awaitable[Any] = call(step.execute, context, threads, arity=step.arity)
    if step.timeout is None:
        return await running
    deadline = asyncio.timeout(step.timeout)
    try:
        async with deadline:
            return await running
    except TimeoutError:
        if not deadline.expired():
            raise
        context.abort_signal.fire()
        message = f"step {step.id!r} took longer than {step.timeout:g} s"
        raise TimeoutError(message) from None


def outcome_of(step: Step, context: StepContext[Any, Any], value: Any) -> Outcome:
    """What a returned value means. Raises ``SchemaMismatch`` when it doesn't fit."""
    changes = changes_of(context)
    match value:
        case Aborted():
            return Stopped(changes=changes)
        case Suspended():
            return _asked(step, value, changes)
        case Bailed():
            return bailed(value, changes)
        case _:
            return Succeeded(output=_output(step, value), changes=changes)


def bailed(value: Bailed, changes: Changes) -> Succeeded:
    """What ``bail`` was given is the result as it is."""
    output = Schema.of(None).accept(value.payload)
    return Succeeded(output=output, ends="bail", changes=changes)


def changes_of(context: StepContext[Any, Any]) -> Changes:
    """What user code did to the state and the request context."""
    changed, removed = context.context_changes()
    return Changes(context.state_changes(), changed, removed)


def _output(step: Step, value: Any) -> JSONValue:
    try:
        return step.schemas.output.dump(value)
    except SchemaMismatch as error:
        title = f"Step output validation failed for step {step.id!r}"
        raise failures.mismatch(title, error) from None


def _asked(step: Step, suspended: Suspended, changes: Changes) -> Asked:
    metadata = Schema.of(None).accept(suspended.metadata)
    assert isinstance(metadata, dict)
    try:
        payload = (
            None
            if suspended.payload is None
            else step.schemas.suspend.dump(suspended.payload)
        )
    except SchemaMismatch as error:
        title = f"Suspend payload validation failed for step {step.id!r}"
        raise failures.mismatch(title, error) from None
    return Asked(
        payload=payload, labels=suspended.labels, metadata=metadata, changes=changes
    )


async def length_of_sleep(
    duration: Any, context: StepContext[Any, Any], threads: Threads
) -> Outcome:
    """When a sleep ends. A function that raises, or gives no length, sleeps not at
    all."""
    now = timezone.now()
    try:
        until = until_of(await call(duration, context, threads), now)
    except Exception:
        context.logger.exception("the length of a sleep could not be computed")
        until = now
    if isinstance(context.ended, Aborted):
        return Stopped()
    return Slept(until)


def until_of(value: Any, now: datetime) -> datetime:
    """The end of a sleep given as seconds, ``timedelta`` or aware ``datetime``."""
    if isinstance(value, datetime):
        return value if timezone.is_aware(value) else timezone.make_aware(value)
    if isinstance(value, timedelta):
        return now + value
    return now + timedelta(seconds=float(value or 0))


async def holds(
    condition: Callable[[Any], Any], context: StepContext[Any, Any], threads: Threads
) -> bool:
    """What a condition says, as a truth value."""
    return bool(await call(condition, context, threads))
