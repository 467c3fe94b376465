"""SEMANTICS 13 to 23 and 36, where the conformance cases are silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pydantic import BaseModel
from pytest_django import Settings

from tests.engine.making import (
    Calls,
    Context,
    Gate,
    asks,
    background,
    eventually,
    raises,
    settled,
    started,
    stored,
)
from workflows import Run, Step, Workflow
from workflows.testing import run_until_idle

pytestmark = pytest.mark.django_db(transaction=True)


def yes(_: Context) -> bool:
    return True


def no(_: Context) -> bool:
    return False


# Blocks.


def test_a_lenient_block_waits_for_its_questions(calls: Calls) -> None:
    members = [calls.step("a", asks()), calls.step("b", raises("no"))]
    flow = Workflow("flow").parallel(members, allow_failure=True).commit()
    run, result = started(flow)
    assert (result.status, result.suspended) == ("suspended", [["a"]])
    assert run.resume("A").result == {"a": "A", "b": None}


def test_a_branch_nobody_takes_gives_an_empty_object(calls: Calls) -> None:
    flow = Workflow("flow").branch([(no, calls.step("a"))])
    _, result = started(flow.then(calls.step("b", lambda c: c.input_data)).commit())
    assert (result.status, result.result) == ("success", {})
    assert "a" not in result.steps


def test_a_branchs_condition_that_raises_counts_as_false(calls: Calls) -> None:
    arms = [(raises("no"), calls.step("a")), (yes, calls.step("b", "B"))]
    assert started(Workflow("flow").branch(arms).commit())[1].result == {"b": "B"}


def test_conditions_are_asked_once_however_often_the_run_stops(calls: Calls) -> None:
    asked: list[str] = []

    def condition(_: Context) -> bool:
        asked.append("asked")
        return True

    flow = Workflow("flow").branch([(condition, calls.step("a", asks()))]).commit()
    run, _ = started(flow)
    run.restart()
    assert run.resume("A").result == {"a": "A"}
    assert asked == ["asked"]


def test_a_loops_body_runs_at_least_once(calls: Calls) -> None:
    until = Workflow("u").dountil(calls.step("a", 1), yes).commit()
    during = Workflow("w").dowhile(calls.step("b", 2), no).commit()
    assert started(until)[1].result == 1
    assert started(during)[1].result == 2
    assert calls == {"a": 1, "b": 1}


def test_a_foreach_over_nothing_gives_an_empty_list(calls: Calls) -> None:
    flow = Workflow("flow").foreach(calls.step("a")).commit()
    assert started(flow, [])[1].result == []
    assert calls == {}


@pytest.mark.parametrize("given", [{}, "text", 5, None])
def test_a_foreach_over_no_list_fails(calls: Calls, given: Any) -> None:
    flow = Workflow("flow").foreach(calls.step("a")).commit()
    result = flow.create_run().start(given)
    assert result.status == "failed"
    assert result.error
    assert "list" in result.error.message


def test_a_failed_item_loses_no_finished_one(calls: Calls) -> None:
    def body(ctx: Context) -> Any:
        if ctx.input_data == 2:
            raise RuntimeError("no 2")
        return ctx.input_data

    flow = Workflow("flow").foreach(calls.step("x", body), concurrency=2).commit()
    _, result = started(flow, [1, 2, 3, 4])
    assert result.status == "failed"
    assert result.steps["x"].output == [1, None]
    assert calls == {"x": 2}


def test_a_batch_begins_when_the_one_before_is_done(calls: Calls) -> None:
    flow = Workflow("flow").foreach(calls.step("x", asks()), concurrency=2).commit()
    run, _ = started(flow, list("abc"))
    assert set(run.refresh().suspend_payload) == {"x[0]", "x[1]"}
    run.resume("A", foreach_index=0)
    assert set(run.refresh().suspend_payload) == {"x[1]"}
    run.resume("B", foreach_index=1)
    assert set(run.refresh().suspend_payload) == {"x[2]"}
    assert run.resume("C").result == ["A", "B", "C"]


def test_paths_through_a_nested_foreach_carry_the_index(calls: Calls) -> None:
    child = Workflow("child").then(calls.step("step", asks())).commit()
    run, result = started(
        Workflow("flow").foreach(child, concurrency=2).commit(), [1, 2]
    )
    assert result.suspended == [["child", "step"]]
    assert set(result.suspend_payload) == {"child[0].step", "child[1].step"}
    assert {"child", "child[0]", "child[0].step"} <= set(result.steps)
    result = run.resume("second", step="child[1].step")
    assert set(result.suspend_payload) == {"child[0].step"}
    assert run.resume("first").result == ["first", "second"]


# Bail and abort.


def test_bail_in_a_member_ends_the_run_and_its_siblings(calls: Calls) -> None:
    gate = Gate()
    heard: list[bool] = []

    async def held(ctx: Context) -> str:
        await gate.hold(ctx)
        heard.append(ctx.abort_signal.aborted)
        return "late"

    async def bails(ctx: Context) -> Any:
        if ctx.resumed:
            return ctx.bail({"early": True})
        return ctx.suspend()

    members = [
        calls.step("asks", asks()),
        calls.step("held", held),
        calls.step("bails", bails),
    ]
    flow = Workflow("flow").parallel(members).then(calls.step("after")).commit()
    run = flow.create_run()
    executing = background(run.astart({}))
    gate.reached()
    eventually(lambda: stored(run).suspensions.count() == 2)
    flow.get_run(run.id).resume({}, step="bails", wait=False)
    result = settled(executing)
    assert (result.status, result.result) == ("success", {"early": True})
    assert result.steps["bails"].status == "success"
    assert result.steps["asks"].status == "canceled"
    assert result.steps["held"].status == "canceled"
    assert eventually(lambda: heard) == [True]
    assert calls["after"] == 0


def test_abort_withdraws_what_its_siblings_ask(calls: Calls) -> None:
    asking = Workflow("n").then(calls.step("a", asks())).commit()
    aborting = calls.step("b", asks(then=lambda ctx: ctx.abort()))
    run, _ = started(Workflow("flow").parallel([asking, aborting]).commit())
    result = run.resume({}, step="b")
    assert result.status == "canceled"
    closed = stored(run).suspensions.values_list("step_path", "status")
    assert dict(closed) == {"n.a": "withdrawn", "b": "consumed"}


def test_an_append_that_can_never_be_made_ends_the_execution(calls: Calls) -> None:
    gate = Gate()

    async def held(ctx: Context) -> None:
        await gate.hold(ctx)
        ctx.abort()

    members = [calls.step("asks", asks()), calls.step("held", held)]
    run = Workflow("flow").parallel(members).commit().create_run()
    executing = background(run.astart({}))
    gate.reached()
    eventually(stored(run).suspensions.count)
    closed = {"status": "withdrawn", "closed_seq": 1, "closed_at": timezone.now()}
    stored(run).suspensions.update(**closed)  # behind the journal's back
    gate.open()
    with pytest.raises(RuntimeError, match="can't be recorded"):
        settled(executing)


def test_bail_in_a_nested_workflow_ends_only_that(calls: Calls) -> None:
    nested = Workflow("n").then(calls.step("a", lambda ctx: ctx.bail("early")))
    nested.then(calls.step("b")).commit()
    flow = Workflow("flow").then(nested).then(calls.step("c", lambda c: c.input_data))
    _, result = started(flow.commit())
    assert (result.status, result.result) == ("success", "early")
    assert result.steps["n"].status == "success"
    assert calls == {"a": 1, "c": 1}


def test_bail_in_an_item_ends_the_run(calls: Calls) -> None:
    def body(ctx: Context) -> Any:
        return ctx.bail("early") if ctx.input_data == 2 else ctx.input_data

    flow = Workflow("flow").foreach(calls.step("x", body)).then(calls.step("y"))
    _, result = started(flow.commit(), [1, 2, 3])
    assert (result.status, result.result) == ("success", "early")
    assert calls == {"x": 2}


# Sleeps.


def test_a_long_sleep_holds_nobody(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).sleep(3600)
    run, result = started(flow.then(calls.step("b")).commit())
    assert (result.status, run.status) == ("waiting", "waiting")
    row = stored(run)
    assert row.lease_owner == ""
    assert row.due_at
    assert timedelta(minutes=59) < row.due_at - timezone.now() < timedelta(hours=1)
    run_until_idle()
    assert calls == {"a": 1}
    assert run.cancel() == "canceled"


def test_a_timer_fires_once(calls: Calls, settings: Settings) -> None:
    settings.WORKFLOWS = {**settings.WORKFLOWS, "INLINE_SLEEP": 0}
    flow = Workflow("flow").sleep(0.1).then(calls.step("a", 1)).commit()
    run, result = started(flow)
    assert result.status == "waiting"
    run_until_idle()
    assert calls == {}
    eventually(lambda: woken(run))
    run_until_idle()
    assert calls == {"a": 1}


def woken(run: Run) -> bool:
    run_until_idle()
    return stored(run).status == "success"


def test_a_date_in_the_past_goes_straight_on(calls: Calls) -> None:
    past = timezone.now() - timedelta(days=1)
    flow = Workflow("flow").sleep_until(past).sleep_until(lambda _: past)
    assert started(flow.then(calls.step("a", 1)).commit())[1].result == 1


def test_a_question_beside_a_sleep_can_be_answered(calls: Calls) -> None:
    sleeper = Workflow("s").sleep(3600).then(calls.step("after")).commit()
    members: list[Step | Workflow] = [calls.step("a", asks()), sleeper]
    run, result = started(Workflow("flow").parallel(members).commit())
    assert (result.status, result.suspended) == ("suspended", [["a"]])
    assert stored(run).due_at
    result = run.resume("A")
    assert result.status == "waiting"
    assert result.steps["a"].output == "A"
    assert stored(run).due_at
    run.cancel()


# State.


class Totals(BaseModel):
    total: int = 0
    names: list[str] = []


def test_state_with_a_schema_is_a_model_with_its_defaults(calls: Calls) -> None:
    def add(ctx: Context) -> None:
        assert isinstance(ctx.state, Totals)
        ctx.set_state(Totals(total=ctx.state.total + 1))
        assert ctx.state.total == 1

    flow = Workflow("flow", state_schema=Totals).then(calls.step("a", add)).commit()
    _, result = started(flow, include_state=True)
    assert result.state == {"total": 1, "names": []}


def test_state_against_the_schema_fails_the_step(calls: Calls) -> None:
    step = calls.step("a", lambda ctx: ctx.set_state({"total": "many"}))
    flow = Workflow("flow", state_schema=Totals).then(step).commit()
    _, result = started(flow, include_state=True)
    assert result.status == "failed"
    assert result.state == {"total": 0, "names": []}


def test_a_step_sees_the_state_of_its_start(calls: Calls) -> None:
    gate = Gate()

    async def late(ctx: Context) -> Any:
        await gate.hold(ctx)
        return ctx.state

    def early(ctx: Context) -> None:
        ctx.set_state({"n": 2})

    members = [calls.step("late", late), calls.step("early", early)]
    run = Workflow("flow").parallel(members).commit().create_run()
    executing = background(run.astart({}, initial_state={"n": 1}))
    gate.reached()
    eventually(lambda: run.state().state == {"n": 2})
    gate.open()
    assert settled(executing).steps["late"].output == {"n": 1}


# Per step.


def test_step_by_step_to_the_end(calls: Calls) -> None:
    members = [calls.step("b", 1), calls.step("c", 2)]
    flow = Workflow("flow").then(calls.step("a", 0)).parallel(members)
    run, result = started(flow.then(calls.step("d", 3)).commit(), per_step=True)
    done = [sorted(calls)]
    while result.status == "paused":
        result = run.resume(per_step=True)
        done.append(sorted(calls))
    assert result.result == 3
    assert done == [["a"], ["a", "b"], ["a", "b", "c"], list("abcd"), list("abcd")]


def test_a_paused_run_goes_on_to_its_end(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a")).then(calls.step("b", 2)).commit()
    run, result = started(flow, per_step=True)
    assert result.status == "paused"
    run_until_idle()
    assert calls == {"a": 1}
    assert run.resume().result == 2


def test_a_paused_run_can_be_canceled(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a")).then(calls.step("b")).commit()
    run, _ = started(flow, per_step=True)
    assert run.cancel() == "canceled"
    assert calls == {"a": 1}
