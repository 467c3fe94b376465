"""More workflows that several processes execute, and what each is told to do."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Group
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from approvals import ApprovalPolicy, Escalation
from tests.acceptance.shared_runs import Context, ask, here, quick
from workflows import Step, Workflow, aget_run, get_run, registry, worker
from workflows.errors import RunAlreadyStarted
from workflows.testing import stop_engine


def _pay(given: Any, ctx: Context) -> Any:
    here().note("pay", ctx.idempotency_key)
    Group.objects.create(name=f"paid for {ctx.run_id}")
    return "paid"


EVERYTHING = (
    Workflow("everything")
    .then(quick("first"))
    .then(ask("ask"))
    .then(Step("pay", _pay, transaction=True))
    .parallel([quick("left"), quick("right")])
    .then(quick("last"))
    .commit(register=False)
)


def nap(name: str, seconds: float) -> Step:
    async def execute(given: Any, ctx: Context) -> Any:
        here().note(name, ctx.idempotency_key)
        await asyncio.sleep(seconds)
        return name

    return Step(name, execute)


NAP = 0.1
NAPPING = (
    Workflow("napping").then(nap("nap", NAP)).then(quick("last")).commit(register=False)
)
LONG_WAY = Workflow("long-way")
for number in range(6):
    LONG_WAY.then(nap(f"step-{number}", 0.05))
LONG_WAY.commit(register=False)
SLEEPING = (
    Workflow("sleeping", schedule={"cron": "0 0 1 1 *"})
    .then(quick("before"))
    .sleep(0.5)
    .then(quick("after"))
    .commit(register=False)
)


OVERDUE = (
    Workflow("overdue")
    .then(
        ApprovalPolicy(
            groups=["clerks"],
            due_in=1.5,
            on_due="escalate",
            remind_before=[0.7],
            escalate_to=["chiefs", Escalation(groups=["board"], after=0.7)],
        )(ask("ask"))
    )
    .commit(register=False)
)


def install() -> None:
    for workflow in (EVERYTHING, NAPPING, LONG_WAY, SLEEPING, OVERDUE):
        registry.register(workflow)


class Reaper:
    """Counts statements and commits of this process; at one of them it dies."""

    def __init__(self, nth: int, after: bool) -> None:
        self.count, self._nth, self._after = 0, nth, after

    def around(self, do: Callable[[], Any]) -> Any:
        self.count += 1
        fatal = self.count == self._nth
        if fatal and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = do()
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    def execute(self, execute: Any, sql: Any, params: Any, many: Any, ctx: Any) -> Any:
        return self.around(lambda: execute(sql, params, many, ctx))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]

        def counted(wrapper: BaseDatabaseWrapper) -> Any:
            return self.around(lambda: commit(wrapper))

        def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
            connection.execute_wrappers.append(self.execute)

        stop_engine()  # so that every connection is a new one
        connection_created.connect(watch)
        BaseDatabaseWrapper._commit = counted  # type: ignore[attr-defined]
        yield
        BaseDatabaseWrapper._commit = commit  # type: ignore[attr-defined]
        connection_created.disconnect(watch)


def run_and_die(run_id: str, nth: int, after: bool) -> int:
    """Start a run, answer it, and see it through unless death comes first.

    What was acknowledged is noted. Gives the number of statements there were.
    """
    install()
    reaper = Reaper(nth, after)
    with reaper.at_work():
        run = get_run(run_id)
        run.start({})
        here().note(f"{run_id} started", "")
        run.resume("yes")
        here().note(f"{run_id} answered", "")
    return reaper.count


def work() -> None:
    """Be a worker until the end of the process."""
    install()
    worker.start_in_background().ended.result()


def take_jobs(run_ids: list[str]) -> int:
    """Take these jobs as a Celery worker would, in a hurry, and finish the work."""
    install()
    background = worker.start_in_background(poll=worker.SWEEP)
    for run_id in run_ids:
        background.worker.offer(run_id)
        if random.random() < 0.1:
            time.sleep(0.01)
    background.stop()
    return len(run_ids)


def start_one_by_one(run_ids: list[str], pause: float) -> list[str]:
    """Start a run at each pause; what became of each."""
    install()

    async def begin(number: int, run_id: str) -> str:
        await asyncio.sleep(number * pause)
        run = await aget_run(run_id)
        try:
            return str((await run.astart({})).status)
        except RunAlreadyStarted:  # canceled before this process got so far
            return str((await run.arefresh()).status)

    async def begin_all() -> list[str]:
        runs = [begin(number, run_id) for number, run_id in enumerate(run_ids)]
        return list(await asyncio.gather(*runs))

    return asyncio.run(begin_all())
