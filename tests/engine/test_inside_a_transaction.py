"""A caller with a transaction open: everything runs over that caller's connection.

This is how a ``TestCase`` meets the engine; the other tests of this folder meet it
over connections of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import connection, transaction

from tests.engine.making import Calls, Context, again, asks, raises, started, stored
from tests.engine.test_crashes import FLOWS, Build, every_flow, outline
from workflows import (
    Run,
    RunAlreadyStarted,
    RunNotFound,
    RunNotSuspended,
    RunResult,
    SchemaMismatch,
    Workflow,
    get_run,
    models,
)
from workflows.process import run_sync
from workflows.testing import run_until_idle

pytestmark = pytest.mark.django_db


def to_its_end(run: Run, result: RunResult) -> RunResult:
    while result.suspended:
        result = run.resume({"ok": True}, step=result.suspended[0])
    return run.refresh(include_state=True)


@every_flow
def test_a_run_inside_a_transaction_comes_to_an_end(build: Build, calls: Calls) -> None:
    assert connection.in_atomic_block
    run, result = started(build(calls))
    end = to_its_end(run, result)
    assert end.status == ("failed" if build.__name__ == "failing" else "success")
    assert set(outline(end)) == set(end.steps)
    numbers = [event.seq for event in run.events()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_there_are_flows_of_every_kind() -> None:
    assert len({build.__name__ for build in FLOWS}) == len(FLOWS) > 10


class Undone(Exception):
    """Rolls the caller's transaction back."""


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is rolled back at the end."""
    with suppress(Undone), transaction.atomic():
        yield
        raise Undone


def asking(calls: Calls) -> Workflow:
    return Workflow("flow").then(calls.step("a", asks({"q": 1}))).commit()


def test_a_start_is_undone_with_the_callers_transaction(calls: Calls) -> None:
    flow = asking(calls)
    with undone():
        run, result = started(flow)
        assert result.status == "suspended"
    with pytest.raises(RunNotFound):
        get_run(run.id)
    assert not models.Event.objects.filter(run_id=run.id).exists()


def test_what_executes_nothing_needs_no_event_loop(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's loop would keep the transaction waiting behind other requests."""
    run, result = started(asking(calls))

    def loop(*_: object, **__: object) -> None:
        raise AssertionError("an event loop was asked for")

    monkeypatch.setattr("asgiref.sync.AsyncToSync.__call__", loop)
    assert run.state().status == "suspended"
    assert run.events()
    answered = run.resume({"ok": True}, step=result.suspended[0], wait=False)
    assert answered.status == "running"
    assert run.cancel() == "canceled"
    assert run.refresh().status == "canceled"


def test_what_waits_for_more_than_the_journal_is_refused_without_a_loop() -> None:
    with pytest.raises(RuntimeError, match="waits for more than the journal"):
        run_sync(asyncio.sleep(0), executes=False)


def test_an_answer_is_undone_with_the_callers_transaction(calls: Calls) -> None:
    run, _ = started(asking(calls))
    head = stored(run).head
    for wait in (False, True):
        with undone():
            again(run).resume({"ok": True}, wait=wait)
        assert (stored(run).status, stored(run).head) == ("suspended", head)
    assert run.resume({"ok": True}).result == {"ok": True}


def test_a_cancel_is_undone_with_the_callers_transaction(calls: Calls) -> None:
    run, _ = started(asking(calls))
    with undone():
        assert again(run).cancel() == "canceled"
    assert again(run).refresh().status == "suspended"


def test_a_start_that_does_not_wait_is_due_after_the_commit(calls: Calls) -> None:
    run = asking(calls).create_run()
    with transaction.atomic():
        assert run.start({}, wait=False).status == "pending"
    assert calls == {}
    run_until_idle()
    assert run.refresh().status == "suspended"


def test_a_sync_step_writes_in_the_callers_transaction(calls: Calls) -> None:
    def body(_: Context) -> bool:
        return bool(connection.in_atomic_block)

    flow = Workflow("flow").then(calls.sync_step("a", body)).commit()
    assert started(flow)[1].result is True


def test_an_error_of_a_step_leaves_the_transaction_usable(calls: Calls) -> None:
    run, result = started(Workflow("f").then(calls.step("a", raises("no"))).commit())
    assert result.status == "failed"
    assert stored(run).status == "failed"


def test_wrong_calls_raise_as_they_do_elsewhere(calls: Calls) -> None:
    flow = Workflow("flow", input_schema=int).then(calls.step("a", asks())).commit()
    run = flow.create_run()
    with pytest.raises(SchemaMismatch):
        run.start("no number")
    run.start(1)
    with pytest.raises(RunAlreadyStarted):
        again(run).start(1)
    assert run.resume("done").status == "success"
    with pytest.raises(RunNotSuspended):
        run.resume("again")


async def test_async_code_outside_a_transaction_commits(
    calls: Calls, transactional_db: None
) -> None:
    run = await asking(calls).acreate_run()
    assert (await run.astart({})).status == "suspended"
    assert (await run.aresume({"ok": True})).result == {"ok": True}
    assert [event.type async for event in run.observe()][-1] == "workflow-finish"
