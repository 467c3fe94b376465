"""An async step uses the ORM, wherever its run was started from."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.contrib.auth.models import Group, User
from django.db import connections, transaction

from tests.engine.making import (
    PATIENCE,
    Calls,
    Context,
    background,
    eventually,
    settled,
)
from workflows import Run, Workflow

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")


def as_a_request(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What Django's ASGI handler does: a thread of its own for one request."""

    async def answered() -> T:
        async with ThreadSensitiveContext(), asyncio.timeout(PATIENCE):
            answer = await make()
            await sync_to_async(connections.close_all)()
            return answer

    return asyncio.run(answered())


@pytest.fixture
def counting(calls: Calls) -> Workflow:
    async def count(_: Context) -> int:
        return await Group.objects.acount()

    return Workflow("flow").then(calls.step("count", count)).commit()


def test_a_page_that_starts_a_run_does_not_hold_up_its_steps(
    counting: Workflow,
) -> None:
    """The page's thread waits for the run, whose step must not wait for that thread."""

    def page() -> Any:
        return counting.create_run().start({}).result

    assert as_a_request(lambda: sync_to_async(page)()) == 0


def test_a_run_goes_on_when_the_request_it_came_by_is_over(
    calls: Calls, counting: Workflow
) -> None:
    begun = asyncio.Event()
    goes_on = asyncio.Event()

    async def wait_and_count(_: Context) -> int:
        begun.set()
        await goes_on.wait()
        return await Group.objects.acount()

    flow = Workflow("slow").then(calls.step("wait", wait_and_count)).commit()

    async def request(run: Run) -> "asyncio.Task[Any]":
        async with ThreadSensitiveContext():
            executing = asyncio.create_task(run.astart({}))
            await begun.wait()
            return executing

    async def both() -> Any:
        run = await sync_to_async(flow.create_run)()
        executing = await request(run)
        goes_on.set()
        async with asyncio.timeout(PATIENCE):
            return (await executing).result

    assert asyncio.run(both()) == 0


@pytest.mark.parametrize("how", ["canceled", "success"])
def test_a_step_that_outlives_its_run_tidies_up_by_the_orm(
    how: str, calls: Calls, settings: Any
) -> None:
    """However late: here it has done nothing yet when the run has ended."""
    settings.WORKFLOWS = {**settings.WORKFLOWS, "CANCEL_GRACE": 0.05}
    begun, run_ended = asyncio.Event(), asyncio.Event()
    tidied: list[int] = []

    async def hold(_: Context) -> None:
        begun.set()
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            await run_ended.wait()
            tidied.append(await Group.objects.acount())

    async def beside(ctx: Context) -> Any:
        await begun.wait()
        return ctx.bail() if how == "success" else None

    both = [calls.step("hold", hold), calls.step("beside", beside)]
    flow = Workflow("held").parallel(both).commit()

    async def ended() -> None:
        run = await sync_to_async(flow.create_run)()
        executing = asyncio.create_task(run.astart({}))
        await begun.wait()
        if how == "canceled":
            await run.acancel()
        assert (await executing).status == how
        run_ended.set()
        async with asyncio.timeout(PATIENCE):
            while not tidied:
                await asyncio.sleep(0.005)

    asyncio.run(ended())
    assert tidied == [0]


def test_a_run_in_an_open_transaction_sees_what_is_not_committed(
    counting: Workflow,
) -> None:
    with transaction.atomic():
        Group.objects.create(name="new")
        User.objects.create_user("new")
        assert counting.create_run().start({}).result == 1
        transaction.set_rollback(True)
    assert not Group.objects.exists()


def test_runs_that_wait_hold_no_connection_each(calls: Calls) -> None:
    """All their steps ask the database on one thread; a pool would be empty soon."""
    goes_on = threading.Event()
    threads: list[int] = []

    async def count_and_wait(_: Context) -> None:
        await Group.objects.acount()
        threads.append(await sync_to_async(threading.get_ident)())
        while not goes_on.is_set():
            await asyncio.sleep(0.005)

    flow = Workflow("held").then(calls.step("hold", count_and_wait)).commit()
    runs = [background(flow.create_run().astart({})) for _ in range(20)]
    eventually(lambda: len(threads) == 20)
    goes_on.set()
    assert {settled(run).status for run in runs} == {"success"}
    assert len(set(threads)) == 1
