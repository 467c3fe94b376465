"""core-cancel, abort."""

import asyncio
import time
from typing import Any

import pytest
from django.db import OperationalError

from tests.conformance.marking import case
from tests.engine.journals import Failing, Overtaken, ends, execute, first, over
from tests.engine.making import (
    Calls,
    Context,
    Gate,
    again,
    asks,
    background,
    eventually,
    expire_lease,
    on_engine,
    raises,
    settled,
    started,
    stored,
)
from workflows import Workflow, control
from workflows.process import process
from workflows.testing import run_until_idle


@case("core-cancel/cancel-after-success")
def test_cancel_leaves_a_success_alone(calls: Calls) -> None:
    run, _ = started(Workflow("flow").then(calls.step("step1")).commit())
    head = stored(run).head
    assert run.cancel() == run.status == "success"
    assert (stored(run).status, stored(run).head) == ("success", head)


@case("core-cancel/cancel-after-failure")
def test_cancel_leaves_a_failure_alone(calls: Calls) -> None:
    step = calls.step("step1", raises("no"))
    run, _ = started(Workflow("flow").then(step).commit())
    assert run.cancel() == "failed"
    assert stored(run).status == "failed"


@case("core-cancel/late-cancel-on-recreated-run-object")
def test_a_late_cancel_by_another_handle_changes_nothing(calls: Calls) -> None:
    signals: list[Any] = []
    step = calls.step("step1", lambda ctx: signals.append(ctx.abort_signal))
    run, _ = started(Workflow("flow").then(step).commit())
    assert again(run).cancel() == "success"
    assert [signal.aborted for signal in signals] == [False]
    assert stored(run).status == "success"


@case("core-cancel/completion-races-cancel-from-other-instance")
def test_a_cancel_that_loses_to_the_end_says_so(calls: Calls) -> None:
    gate = Gate()
    flow = Workflow("flow").then(calls.step("step1", gate.body())).commit()
    run = flow.create_run()
    executing = background(run.astart({}))
    gate.reached()

    async def finish() -> None:
        gate.open()
        await asyncio.wrap_future(executing)

    stale = over(lambda inner: Overtaken(inner, first, finish)).journal
    assert on_engine(control.cancel(stale, run.id)) == "success"
    assert settled(executing).status == "success"
    assert stored(run).status == "success"


@case("core-cancel/storage-failure-while-cancelling")
def test_a_cancel_that_cannot_be_stored_raises(calls: Calls) -> None:
    run, _ = started(Workflow("flow").then(calls.step("step1", asks())).commit())
    failing = Failing(process.engine.journal, first, OperationalError("disk is full"))
    with pytest.raises(OperationalError, match="disk is full"):
        on_engine(control.cancel(failing, run.id))
    assert failing.failures == 1
    assert stored(run).status == "suspended"
    assert run.resume({}).status == "success"


@case("core-cancel/nested-cascade-after-process-restart")
def test_cancel_reaches_every_level(calls: Calls) -> None:
    gate = calls.step("wait-for-approval", asks())
    grandchild = Workflow("grandchild").then(gate).commit()
    child = Workflow("child").then(grandchild).commit()
    run, result = started(Workflow("parent").then(child).commit())
    assert result.status == "suspended"
    assert again(run).cancel() == "canceled"
    result = again(run).refresh()
    assert result.status == "canceled"
    assert {path: entry.status for path, entry in result.steps.items()} == {
        "child": "canceled",
        "child.grandchild": "canceled",
        "child.grandchild.wait-for-approval": "canceled",
    }


def children(calls: Calls) -> Workflow:
    """A child for each item; those of even items ask."""

    def body(ctx: Context) -> Any:
        asking = ctx.input_data % 2 == 0 and not ctx.resumed
        return ctx.suspend() if asking else ctx.input_data

    child = Workflow("child").then(calls.step("gate", body)).commit()
    return Workflow("parent").foreach(child, concurrency=2).commit()


@case("core-cancel/cascade-leaves-finished-and-unrelated-runs")
def test_cancel_leaves_the_finished_and_other_runs_alone(calls: Calls) -> None:
    flow = children(calls)
    run, _ = started(flow, [0, 1])
    other, _ = started(flow, [0, 1])
    assert run.cancel() == "canceled"
    steps = run.refresh().steps
    assert steps["child[0]"].status == "canceled"
    assert steps["child[1]"].status == "success"
    assert steps["child[1]"].output == 1
    assert other.refresh().status == "suspended"
    assert other.refresh().suspended == [["child", "gate"]]


@case("core-cancel/cascade-descendant-turns-success")
def test_a_child_that_ends_before_the_cancel_stays_ended(calls: Calls) -> None:
    run, _ = started(children(calls), [0, 2])

    rival = again(run)

    async def answer() -> None:
        await rival.aresume({}, foreach_index=0)

    stale = over(lambda inner: Overtaken(inner, first, answer)).journal
    assert on_engine(control.cancel(stale, run.id)) == "canceled"
    steps = run.refresh().steps
    assert steps["child[0]"].status == "success"
    assert steps["child[1]"].status == "canceled"


@case("core-cancel/cancel-between-steps")
def test_cancel_cuts_a_sleep_short(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", "done"))
        .sleep(5)
        .then(calls.step("step2"))
        .commit()
    )
    run = flow.create_run()
    executing = background(run.astart({}))
    eventually(lambda: stored(run).status == "waiting")
    begun = time.monotonic()
    assert again(run).cancel() == "canceled"
    result = settled(executing)
    assert time.monotonic() - begun < 3
    assert result.status == "canceled"
    assert result.steps["step1"].status == "success"
    assert result.steps["step1"].output == "done"
    assert "step2" not in result.steps
    assert calls == {"step1": 1}


@case("core-cancel/step-listens-and-aborts-itself")
def test_a_step_may_listen_for_the_cancel(calls: Calls) -> None:
    gate = Gate()

    async def listen(ctx: Context) -> Any:
        await gate.hold(ctx)
        assert ctx.abort_signal.aborted
        return ctx.abort()

    flow = (
        Workflow("flow")
        .then(calls.step("step1", 1))
        .then(calls.step("step2", listen))
        .commit()
    )
    run = flow.create_run()
    executing = background(run.astart({}))
    gate.reached()
    assert again(run).cancel() == "canceled"
    result = settled(executing)
    assert result.status == "canceled"
    assert result.steps["step1"].status == "success"
    assert result.steps["step2"].status == "canceled"


@case("core-cancel/step-that-ignores-the-signal")
def test_nothing_follows_a_step_that_ignores_the_cancel(calls: Calls) -> None:
    gate = Gate()
    done: list[bool] = []

    def stubborn(_: Context) -> Any:
        gate.hold_thread()
        done.append(True)
        return "late"

    flow = (
        Workflow("flow")
        .then(calls.sync_step("step1", stubborn))
        .then(calls.step("step2"))
        .commit()
    )
    run = flow.create_run()
    executing = background(run.astart({}))
    gate.reached()
    assert again(run).cancel() == "canceled"
    gate.open()
    result = settled(executing)
    assert result.status == "canceled"
    assert result.steps["step1"].status == "canceled"
    assert result.steps["step1"].output is None
    assert eventually(lambda: done)
    assert stored(run).status == "canceled"
    assert calls == {"step1": 1}


@case("core-cancel/abort-inside-loop-condition")
def test_abort_in_a_condition_wins_over_its_error(calls: Calls) -> None:
    def condition(ctx: Context) -> bool:
        ctx.abort()
        raise RuntimeError("boom")

    flow = Workflow("flow").dowhile(calls.step("body"), condition).commit()
    assert started(flow)[1].status == "canceled"


@case("abort/step-gets-abort-function")
def test_a_step_can_call_abort(calls: Calls) -> None:
    found: list[bool] = []
    step = calls.step("step1", lambda ctx: found.append(callable(ctx.abort)))
    _, result = started(Workflow("flow").then(step).commit())
    assert result.status == "success"
    assert found == [True]


@case("abort/abort-called-inside-step")
def test_abort_ends_the_run_as_canceled(calls: Calls) -> None:
    def quit_then_return(ctx: Context) -> Any:
        ctx.abort()
        return "ignored"

    flow = (
        Workflow("flow")
        .then(calls.step("step1"))
        .then(calls.step("step2", quit_then_return))
        .then(calls.step("step3"))
        .commit()
    )
    _, result = started(flow)
    assert result.status == "canceled"
    assert calls == {"step1": 1, "step2": 1}


@pytest.mark.parametrize("canceled", [False, True])
@case("abort/nested-step-gets-parent-signal")
def test_a_nested_step_hears_of_the_cancel(calls: Calls, canceled: bool) -> None:
    gate = Gate()
    heard: list[bool] = []

    async def long(ctx: Context) -> None:
        await gate.hold(ctx)
        heard.append(ctx.abort_signal.aborted)

    nested = Workflow("nested").then(calls.step("nested-long-step", long)).commit()
    flow = (
        Workflow("flow")
        .then(
            calls.step(
                "parent-step", lambda ctx: {"doubled": ctx.input_data["value"] * 2}
            )
        )
        .then(nested)
        .commit()
    )
    run = flow.create_run()
    executing = background(run.astart({"value": 5}))
    gate.reached()
    if canceled:
        again(run).cancel()
    else:
        gate.open()
    result = settled(executing)
    assert result.status == ("canceled" if canceled else "success")
    assert result.steps["parent-step"].output == {"doubled": 10}
    assert heard == [canceled]


@case("core-redelivery/storage-error-while-recording-result")
def test_a_result_that_cannot_be_stored_leaves_no_run_hanging(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", "kept")).commit()
    run = flow.create_run()
    failing = over(lambda inner: Failing(inner, ends("a"), OperationalError("gone")))
    with pytest.raises(OperationalError):
        on_engine(execute(run, flow, failing))
    assert stored(run).status == "running"
    expire_lease(run)
    run_until_idle()
    assert (run.refresh().status, run.refresh().result) == ("success", "kept")
    assert calls == {"a": 2}
