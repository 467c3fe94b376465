"""Steps that count their calls, runs that are started, executors that die.

The engine's tests run over its own threads and connections (a run is executed on the
process's loop thread), so that what they see is committed.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

from django.utils import timezone

from workflows import Run, RunResult, Step, Workflow, models, runner
from workflows.process import process, run_sync

Context: TypeAlias = Any  # a StepContext; a step of a test knows what it is given
Body: TypeAlias = Callable[[Context], Any]
T = TypeVar("T")
PATIENCE = 10.0  # seconds after which a test gives up


class Calls(Counter[str]):
    """How often each step was executed, by id; makes the steps that count."""

    def step(self, id: str, body: object = None, **options: Any) -> Step:
        """An async step. ``body`` is what it returns, or a function of the context."""

        async def execute(_: Any, ctx: Context) -> Any:
            self[id] += 1
            returned = body(ctx) if callable(body) else body
            return await returned if inspect.isawaitable(returned) else returned

        return Step(id, execute, **options)

    def sync_step(self, id: str, body: object = None, **options: Any) -> Step:
        """The same as a sync step, executed in a thread."""

        def execute(_: Any, ctx: Context) -> Any:
            self[id] += 1
            return body(ctx) if callable(body) else body

        return Step(id, execute, **options)


def asks(payload: object = None, then: object = None, **options: Any) -> Body:
    """A body that suspends until resumed; ``then`` is its output, or makes it.

    Without ``then`` it returns the answer it was given.
    """

    def body(ctx: Context) -> Any:
        if not ctx.resumed:
            shown = payload(ctx) if callable(payload) else payload
            return ctx.suspend(shown, **options)
        if then is None:
            return ctx.resume_data
        return then(ctx) if callable(then) else then

    return body


def raises(message: str, error: type[Exception] = RuntimeError) -> Body:
    """A body that raises."""

    def body(_: Context) -> Any:
        raise error(message)

    return body


def started(flow: Workflow, given: Any = None, **options: Any) -> tuple[Run, RunResult]:
    """A new run of the workflow, executed here until it ends or stops."""
    run = flow.create_run()
    return run, run.start({} if given is None else given, **options)


def again(run: Run) -> Run:
    """Another handle on the same run, as another caller would have it."""
    handle = Run(models.Run.objects.get(pk=run.id), run._workflow)
    assert handle is not run
    return handle


def stored(run: Run) -> models.Run:
    """The run's row as it is now."""
    return models.Run.objects.get(pk=run.id)


def journal(run: Run) -> list[tuple[str, str]]:
    """Type and path of every event of the run, in order."""
    return [(event.type, ".".join(event.path)) for event in run.events()]


class Gate:
    """Holds a step open until the test lets it go on."""

    def __init__(self) -> None:
        self._entered = threading.Semaphore(0)
        self._released = threading.Event()

    async def hold(self, ctx: Context) -> None:
        """Called by the step: say that it is here, wait until released."""
        self._entered.release()
        deadline = time.monotonic() + PATIENCE
        while not self._released.is_set() and not ctx.abort_signal.aborted:
            assert time.monotonic() < deadline, "nobody opened the gate"
            await asyncio.sleep(0.002)

    def hold_thread(self) -> None:
        """The same for a sync step, which does not listen for a cancel."""
        self._entered.release()
        assert self._released.wait(PATIENCE), "nobody opened the gate"

    def reached(self) -> None:
        """Called by the test: wait until a step is held (each call waits for one)."""
        assert self._entered.acquire(timeout=PATIENCE), "no step came to the gate"

    def open(self) -> None:
        self._released.set()

    def body(self, output: object = None) -> Body:
        """A body that is held, then returns ``output``."""

        async def held(ctx: Context) -> Any:
            await self.hold(ctx)
            return output(ctx) if callable(output) else output

        return held


def background(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Execute on the engine's own loop while the test goes on."""
    return asyncio.run_coroutine_threadsafe(coroutine, process.loop())


def settled(future: Future[T]) -> T:
    """What a background call gave, within the test's patience."""
    return future.result(PATIENCE)


def eventually(question: Callable[[], T], pause: float = 0.005) -> T:
    """The first true answer to a question asked again and again."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := question()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(pause)
    return answer


def crash(executing: Future[Any], run: Run) -> None:
    """The process that executes the run dies, and its lease runs out."""
    executing.cancel()
    with suppress(CancelledError):
        executing.result(PATIENCE)
    eventually(lambda: not runner.is_active(run.id))
    expire_lease(run)


def expire_lease(run: Run) -> None:
    """Let the lease of the run's holder be over, and the holder be another process.

    Under its own name this process might renew it once more, having looked before.
    """
    past = timezone.now() - timedelta(seconds=1)
    held = models.Run.objects.filter(pk=run.id).exclude(lease_owner="")
    held.update(lease_expires_at=past, lease_owner="a process that died")


def crash_in(gate: Gate, flow: Workflow, given: Any = None, **options: Any) -> Run:
    """Start a run and let its executor die while a step is held at the gate."""
    run = flow.create_run()
    executing = background(run.astart({} if given is None else given, **options))
    gate.reached()
    crash(executing, run)
    gate.open()
    return run


def on_engine(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one of the engine's own coroutines and wait for it."""
    return run_sync(coroutine)
