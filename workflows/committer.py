"""The way from the event loop to the database, and back.

``Committer`` is one thread with one connection: whatever appends wait at the same
moment go down in one transaction (group commit), each acknowledged after its commit.
``CallerConnection`` and ``CallerItself`` serve a caller who has a transaction open:
everything runs on the caller's own thread and connection, and joins that transaction.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection, transaction

from workflows import loading, run_rows, store
from workflows.kept_connections import KeptConnections
from workflows.loading import Loaded
from workflows.store import Append, Conflict
from workflows.values import EventData

T = TypeVar("T")
MAX_GROUP = 128

logger = logging.getLogger(__name__)


class Journal(Protocol):
    """How an execution reaches the store without blocking its loop."""

    async def append(self, change: Append) -> bool:
        """``store.append``, durable once it returns; ``False`` when lost."""
        ...

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a sync function where the database may be used."""
        ...

    async def load(self, run_id: str) -> Loaded:
        """``store.load``; its values can then be asked for on the loop."""
        ...


def append_alone(change: Append) -> bool:
    """One append in a transaction of its own, or in the caller's if one is open."""
    if store.is_plain(change) and not connection.in_atomic_block:
        return store.append_plain(change)
    try:
        with transaction.atomic():
            return store.append(change)
    except Conflict:
        return False


class CallerConnection:
    """Inside the caller's open transaction, on the caller's thread."""

    async def append(self, change: Append) -> bool:
        return await self.call(append_alone, change)

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        return await sync_to_async(function, thread_sensitive=True)(*args)

    async def load(self, run_id: str) -> Loaded:
        """Everything at once: the caller's thread can't be asked later."""
        return await self.call(partial(loading.load, run_id, whole=True))


class CallerItself:
    """The same where nothing is executed: no event loop, so nothing to wait behind."""

    async def append(self, change: Append) -> bool:
        return append_alone(change)

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        return function(*args)

    async def load(self, run_id: str) -> Loaded:
        return loading.load(run_id)


JOINABLE = (append_alone, run_rows.insert_run)  # they share a transaction


@dataclass(slots=True)
class _Job:
    """A function for the committer's thread, and who waits for what it gives."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    future: asyncio.Future[Any] | Future[Any]
    result: Any = None
    error: BaseException | None = None

    @property
    def joins(self) -> bool:
        """Whether it may share a transaction with others."""
        return self.function in JOINABLE

    def run(self) -> None:
        try:
            self.result = self.function(*self.args)
        except BaseException as error:
            self.error = error


class Committer:
    """One thread that owns one connection; started when first used."""

    def __init__(self) -> None:
        self._kept = KeptConnections()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    async def append(self, change: Append) -> bool:
        return await self.call(append_alone, change)

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._submit(_Job(function, args, future))
        return await future

    async def load(self, run_id: str) -> Loaded:
        return self.lend(await self.call(loading.load, run_id))

    def lend(self, loaded: Loaded) -> Loaded:
        """Make the values of a run loaded on this thread usable on another."""

        def fetch(numbers: Collection[int]) -> Mapping[int, EventData]:
            found: Future[Mapping[int, EventData]] = Future()
            self._submit(_Job(loading.event_data, (loaded.run.pk, numbers), found))
            return found.result()

        loaded.values.fetch_by(fetch)
        return loaded

    def _submit(self, job: _Job) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="workflows-committer", daemon=True
                )
                self._thread.start()
            self._jobs.put(job)

    def stop(self) -> None:
        """Finish what is queued, close the connection, end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._jobs.put(None)
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                self._serve([job, *self._waiting()])
        finally:
            connection.close()

    def _waiting(self) -> list[_Job]:
        jobs: list[_Job] = []
        while len(jobs) < MAX_GROUP:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            jobs.append(job)
        return jobs

    def _serve(self, jobs: list[_Job]) -> None:
        jobs = [job for job in jobs if not job.future.cancelled()]
        joint = [job for job in jobs if job.joins]
        if len(joint) > 1 and self._commit_together(joint):
            _answer(joint)
            jobs = [job for job in jobs if not job.joins]
        for job in jobs:
            self._kept.revive()
            job.run()
            _answer([job])

    def _commit_together(self, jobs: list[_Job]) -> bool:
        """All in one transaction; when that fails each is tried by itself."""
        appends = [job for job in jobs if job.function is append_alone]
        others = [job for job in jobs if job.function is not append_alone]
        self._kept.revive()
        try:
            with transaction.atomic():
                won = store.append_all([job.args[0] for job in appends])
                made = run_rows.insert_runs([job.args[0] for job in others])
        except Exception as error:  # a hook may raise anything; the others go on
            logger.info(
                "a group of %d appends is retried one by one: %s", len(jobs), error
            )
            return False
        for job, result in zip([*appends, *others], [*won, *made], strict=True):
            job.result = result
        return True


def _answer(jobs: Sequence[_Job]) -> None:
    """Tell whoever waits; one call per event loop, as each is a system call."""
    by_loop: defaultdict[asyncio.AbstractEventLoop | None, list[_Job]]
    by_loop = defaultdict(list)
    for job in jobs:
        future = job.future
        by_loop[
            future.get_loop() if isinstance(future, asyncio.Future) else None
        ].append(job)
    for loop, answered in by_loop.items():
        if loop is None:
            _settle(answered)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_settle, answered)


def _settle(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
