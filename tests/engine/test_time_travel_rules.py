"""SEMANTICS 34, 35: where a time travel may lead, and what it leaves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.engine.making import Calls, Context, asks, raises, started, stored
from workflows import SchemaMismatch, StepNotFound, Workflow

pytestmark = pytest.mark.django_db(transaction=True)


def echo(ctx: Context) -> Any:
    return ctx.input_data


def test_a_lenient_block_before_the_target_may_hold_a_failure(calls: Calls) -> None:
    members = [calls.step("a", 1), calls.step("b", raises("no"))]
    flow = Workflow("flow").parallel(members, allow_failure=True)
    run, result = started(flow.then(calls.step("c", echo)).commit())
    assert result.result == {"a": 1, "b": None}
    result = run.time_travel("c")
    assert (result.status, result.result) == ("success", {"a": 1, "b": None})
    assert calls == {"a": 1, "b": 1, "c": 2}


def test_a_fork_knows_of_the_failures_it_passed(calls: Calls) -> None:
    members = [calls.step("a", 1), calls.step("b", raises("no"))]
    flow = Workflow("flow").parallel(members, allow_failure=True)
    flow.then(calls.step("c", echo)).then(calls.step("d", echo))
    run, _ = started(flow.commit())
    fork = run.time_travel("d", fork=True)
    assert fork.steps["b"].status == "failed"
    assert "no" in str(fork.steps["b"].error)
    result = flow.get_run(fork.run_id).time_travel("c")
    assert (result.status, result.result) == ("success", {"a": 1, "b": None})


def test_a_step_whose_output_is_none_is_known(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a")).then(calls.step("b", echo)).commit()
    run, _ = started(flow)
    assert run.time_travel("b").status == "success"
    assert calls == {"a": 1, "b": 2}


def test_later_questions_are_withdrawn(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).then(calls.step("b", asks()))
    run, _ = started(flow.commit())
    result = run.time_travel("a")
    assert result.status == "suspended"
    assert [s.status for s in stored(run).suspensions.all()] == ["withdrawn", "open"]
    assert run.resume("done").result == "done"


def test_nothing_recorded_is_overwritten(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).then(calls.step("b", 2)).commit()
    run, _ = started(flow)
    before = [event.as_json() for event in run.events()]
    run.time_travel("b")
    after = [event.as_json() for event in run.events()]
    assert after[: len(before)] == before
    assert stored(run).generation == 1
    assert after[len(before)]["type"] == "workflow-time-travel"


def test_who_travelled_is_recorded(calls: Calls) -> None:
    run, _ = started(Workflow("flow").then(calls.step("a", 1)).commit())
    run.time_travel("a", by={"user": "alice"})
    (travel,) = [e for e in run.events() if e.type == "workflow-time-travel"]
    assert travel.payload["by"] == {"user": "alice"}


def test_a_fork_leaves_the_run_alone(calls: Calls) -> None:
    flow = Workflow("flow")
    for name in "abc":
        flow.then(calls.step(name, lambda ctx: (ctx.input_data or 0) + 1))
    run, before = started(flow.commit(), 0)
    head = stored(run).head
    fork = run.time_travel("c", fork=True, context={"b": {"output": 40}})
    assert fork.run_id != run.id
    assert (fork.status, fork.result) == ("success", 41)
    assert stored(run).head == head
    assert run.refresh() == before
    assert calls == {"a": 1, "b": 1, "c": 2}
    row = stored(run).forks.get()
    assert row.pk == fork.run_id


@pytest.mark.parametrize("target", ["c", "nowhere"])
def test_a_fork_that_cannot_be_leaves_no_run_behind(calls: Calls, target: str) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).then(calls.step("b", asks()))
    flow.then(calls.step("c", echo)).commit()
    run, _ = started(flow)
    with pytest.raises((SchemaMismatch, StepNotFound)):
        run.time_travel(target, fork=True)
    assert [one.run_id for one in flow.list_runs().runs] == [run.id]


def test_a_canceled_run_may_be_travelled_in(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", asks())).then(calls.step("b", echo))
    run, _ = started(flow.commit())
    run.cancel()
    assert run.time_travel("a").status == "suspended"
    assert run.resume("on").result == "on"


def test_an_answer_may_be_brought_along(calls: Calls) -> None:
    step = calls.step("a", asks({"q": 1}))
    run, _ = started(Workflow("flow").then(step).commit())
    result = run.time_travel("a", resume_data={"ok": True})
    assert (result.status, result.result) == ("success", {"ok": True})


def test_input_may_be_brought_along(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).then(calls.step("b", echo))
    run, _ = started(flow.commit())
    result = run.time_travel("b", input_data="given")
    assert result.result == "given"
    assert result.steps["b"].payload == "given"


def test_a_target_inside_a_nested_workflow_is_reached(calls: Calls) -> None:
    nested = Workflow("n").then(calls.step("x", 1))
    nested.then(calls.step("y", lambda ctx: ctx.input_data + 1)).commit()
    last = calls.step("z", lambda ctx: ctx.input_data * 10)
    run, result = started(Workflow("flow").then(nested).then(last).commit())
    assert result.result == 20
    result = run.time_travel(["n", "y"], nested_context={"n": {"x": {"output": 4}}})
    assert result.result == 50
    assert calls == {"x": 1, "y": 2, "z": 2}


def test_a_bailed_run_may_be_travelled_in(calls: Calls) -> None:
    first = [True]

    def body(ctx: Context) -> Any:
        if first.pop():
            first.append(False)
            return ctx.bail("early")
        return "late"

    flow = Workflow("flow").then(calls.step("a", body)).then(calls.step("b", echo))
    run, result = started(flow.commit())
    assert result.result == "early"
    result = run.time_travel("a")
    assert (result.status, result.result) == ("success", "late")
    assert calls == {"a": 2, "b": 1}


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_item_that_bailed_begins_anew(calls: Calls, at: int) -> None:
    def body(ctx: Context) -> Any:
        if ctx.input_data == at and calls["item"] == at:
            return ctx.bail("enough")
        return ctx.input_data * 10

    flow = Workflow("flow").foreach(calls.step("item", body))
    run, result = started(flow.then(calls.step("after", echo)).commit(), [1, 2, 3])
    assert (result.result, calls) == ("enough", {"item": at})
    assert run.time_travel("item").result == [10, 20, 30]
    assert calls == {"item": 4, "after": 1}


def test_a_loop_travelled_to_begins_with_its_first_turn(calls: Calls) -> None:
    turns: list[int] = []

    def body(ctx: Context) -> Any:
        turns.append(ctx.iteration_count)
        return ctx.input_data + 1

    flow = Workflow("flow").then(calls.step("a", 0))
    flow.dountil(calls.step("b", body), lambda ctx: ctx.iteration_count >= 2)
    run, _ = started(flow.commit())
    assert run.time_travel("b").result == 2
    assert turns == [1, 2, 1, 2]


def test_an_arm_that_asks_before_the_target_is_passed_over(calls: Calls) -> None:
    """One recorded arm is enough; the question of the other is withdrawn."""

    def yes(_: Context) -> bool:
        return True

    arms = [(yes, calls.step("a", "A")), (yes, calls.step("b", asks()))]
    flow = Workflow("flow").branch(arms).then(calls.step("c", echo)).commit()
    run, result = started(flow)
    assert result.suspended == [["b"]]
    result = run.time_travel("c")
    assert (result.status, result.result) == ("success", {"a": "A"})
    assert result.suspended == []
    assert [s.status for s in stored(run).suspensions.all()] == ["withdrawn"]
    assert result.steps["b"].status in ("canceled", "skipped")


def test_a_question_before_the_target_that_is_answered_by_context(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", asks())).then(calls.step("b", echo))
    run, _ = started(flow.commit())
    result = run.time_travel("b", context={"a": {"output": "given"}})
    assert (result.status, result.result) == ("success", "given")
    assert result.steps["a"].status == "success"
    assert [s.status for s in stored(run).suspensions.all()] == ["withdrawn"]


def test_a_loop_whose_condition_has_not_said_stop_has_no_output_yet(
    calls: Calls,
) -> None:
    def twice(ctx: Context) -> bool:
        return bool(ctx.iteration_count < 2)

    flow = Workflow("flow").dowhile(calls.step("a", 1), twice)
    run, result = started(flow.then(calls.step("b", echo)).commit(), per_step=True)
    assert result.status == "paused"
    with pytest.raises(SchemaMismatch, match="the run never reached a"):
        run.time_travel("b")
    assert run.time_travel("b", context={"a": {"output": 5}}).result == 5
    assert run.time_travel("b").result == 5


def test_a_foreach_goes_on_in_the_batches_it_began_with(calls: Calls) -> None:
    active: set[int] = set()
    seen: list[set[int]] = []

    async def item(ctx: Context) -> int:
        active.add(ctx.foreach_index)
        await asyncio.sleep(0.05)
        seen.append(set(active))
        active.discard(ctx.foreach_index)
        if ctx.foreach_index == 0 and calls["item"] == 2:
            raise RuntimeError("not yet")
        return int(ctx.input_data)

    flow = Workflow("flow").foreach(calls.step("item", item), concurrency=2).commit()
    run, result = started(flow, [1, 2, 3, 4])
    assert (result.status, seen[0]) == ("failed", {0, 1})
    assert run.time_travel("item").result == [1, 2, 3, 4]
    assert (seen[2], seen[3]) == ({0}, {2, 3})
