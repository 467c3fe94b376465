"""What one process has to execute runs with: threads, a committer, a loop.

Three ways lead in. Async callers execute on their own event loop. Sync callers hand
over to the process's loop thread and wait. A caller with a transaction open (a test
case, say) executes over its own connection and thread, inside that transaction; what
executes no step needs no event loop there.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from asgiref.sync import AsyncToSync, async_to_sync, sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection, connections

from workflows import conf
from workflows.committer import CallerConnection, CallerItself, Committer
from workflows.kept_connections import OneThread
from workflows.runner import Engine
from workflows.steps import CallerThread, PoolThreads
from workflows.watcher import Watcher

T = TypeVar("T")

_CALLER = Engine(CallerConnection(), CallerThread())
_CALLER_ITSELF = Engine(CallerItself(), CallerThread())
_of_caller: ContextVar[Engine | None] = ContextVar("engine_of_caller", default=None)


class Process:
    """The committer, the step threads and the loop thread; each made when needed."""

    def __init__(self) -> None:
        self.committer = Committer()
        self.watcher = Watcher()
        self._pool: ThreadPoolExecutor | None = None
        self._orm: OneThread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def engine(self) -> Engine:
        with self._lock:
            if self._pool is None or self._orm is None:
                self._pool = ThreadPoolExecutor(
                    conf.get("STEP_THREADS"), thread_name_prefix="workflows-step"
                )
                self._orm = OneThread("workflows-orm")
                self.watcher.start()
            return Engine(self.committer, PoolThreads(self._pool, self._orm))

    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of the process's own thread."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._loop_thread = threading.Thread(
                    target=self._loop.run_forever, name="workflows-loop", daemon=True
                )
                self._loop_thread.start()
            return self._loop

    def stop(self) -> None:
        """End the threads and close their connections."""
        with self._lock:
            loop, self._loop = self._loop, None
            thread, self._loop_thread = self._loop_thread, None
            pool, self._pool = self._pool, None
            orm, self._orm = self._orm, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
        if pool is not None:
            self.watcher.stop()
            pool.shutdown()
        if orm is not None:
            orm.submit(connections.close_all)
            orm.shutdown()
        self.committer.stop()


process = Process()


def _forget_after_fork() -> None:
    """A forked child has none of the parent's threads."""
    global process
    process = Process()


os.register_at_fork(after_in_child=_forget_after_fork)


async def engine() -> Engine:
    """What the current caller's runs are executed with."""
    within = _of_caller.get()
    if within is not None:
        return within
    if asyncio.get_running_loop() in AsyncToSync.loop_thread_executors:
        in_transaction = sync_to_async(_in_transaction, thread_sensitive=True)
        if await in_transaction():
            return _CALLER
    return process.engine


def _in_transaction() -> bool:
    return connection.in_atomic_block


def run_sync(coroutine: Coroutine[Any, Any, T], *, executes: bool = True) -> T:
    """Run one of the engine's coroutines from sync code and wait for it.

    ``executes=False`` promises that it awaits nothing but the journal. Raises
    ``SynchronousOnlyOperation`` on a thread that runs an event loop: there, await the
    method with ``a`` in front of its name.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        coroutine.close()
        raise SynchronousOnlyOperation(
            "an event loop runs on this thread: await the async twin of this method"
        )
    if not connection.in_atomic_block:
        return asyncio.run_coroutine_threadsafe(coroutine, process.loop()).result()
    if executes:
        return async_to_sync(_within_caller)(coroutine)
    return _without_loop(coroutine)


async def _within_caller(coroutine: Coroutine[Any, Any, T]) -> T:
    with _engine_of_caller(_CALLER):
        return await coroutine


def _without_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits. On the server's loop it would, behind every
    other request, with the caller's transaction holding its locks."""
    with _engine_of_caller(_CALLER_ITSELF):
        try:
            coroutine.send(None)
        except StopIteration as done:
            value: T = done.value
            return value
        coroutine.close()
        raise RuntimeError("this waits for more than the journal")


@contextmanager
def _engine_of_caller(engine: Engine) -> Iterator[None]:
    token = _of_caller.set(engine)
    try:
        yield
    finally:
        _of_caller.reset(token)


async def in_database(function: Callable[..., T], *args: Any) -> T:
    """Run a sync function where this async caller may use the database."""
    return await (await engine()).journal.call(function, *args)
