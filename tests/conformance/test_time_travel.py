"""time-travel, core-foreach (time travel)."""

import time
from typing import Any

import pytest

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, started
from workflows import Run, StepNotFound, Workflow


def three(calls: Calls) -> Workflow:
    """1 and 1 is 2, and 1 is 3, and 1 is 4."""

    def plus_one(source: str, target: str) -> Any:
        return lambda ctx: {target: ctx.input_data[source] + 1}

    return (
        Workflow("flow")
        .then(calls.step("step1", plus_one("value", "step1Result")))
        .then(calls.step("step2", plus_one("step1Result", "step2Result")))
        .then(calls.step("step3", plus_one("step2Result", "final")))
        .commit()
    )


def fresh(flow: Workflow) -> Run:
    return flow.create_run()


TWO = {"step1": {"status": "success", "output": {"step1Result": 2}, "payload": {}}}


@case("time-travel/sleep-fixed-duration")
def test_a_sleep_passes_on_what_it_was_given(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"result": "success"}))
        .sleep(0.1)
        .then(
            calls.step(
                "step2",
                lambda ctx: {
                    "result": "slept successfully: " + ctx.input_data["result"]
                },
            )
        )
        .commit()
    )
    begun = time.monotonic()
    _, result = started(flow)
    assert time.monotonic() - begun >= 0.09
    step1, step2 = result.steps["step1"], result.steps["step2"]
    assert (step1.status, step1.payload, step1.output) == (
        "success",
        {},
        {"result": "success"},
    )
    assert (step2.status, step2.payload) == ("success", {"result": "success"})
    assert step2.output == {"result": "slept successfully: success"}


@case("time-travel/sleep-inside-branch")
def test_an_arm_may_sleep(calls: Calls) -> None:
    sleeper = (
        Workflow("nested")
        .sleep(0.05)
        .then(calls.step("afterSleep", {"result": "completed after sleep"}))
        .commit()
    )
    flow = (
        Workflow("flow")
        .then(calls.step("check", {"shouldSleep": True}))
        .branch(
            [
                (lambda ctx: ctx.input_data["shouldSleep"], sleeper),
                (lambda ctx: not ctx.input_data["shouldSleep"], calls.step("noSleep")),
            ]
        )
        .commit()
    )
    begun = time.monotonic()
    _, result = started(flow)
    assert time.monotonic() - begun >= 0.04
    assert calls == {"check": 1, "afterSleep": 1}
    assert result.steps["nested"].output == {"result": "completed after sleep"}


@case("time-travel/results-kept-over-sleep")
def test_results_are_there_after_a_sleep(calls: Calls) -> None:
    def combined(ctx: Context) -> Any:
        return {"combined": ctx.get_step_result("step1")["value"] + " + after-sleep"}

    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"value": "before-sleep"}))
        .sleep(0.05)
        .then(calls.step("step2", combined))
        .commit()
    )
    _, result = started(flow)
    assert calls == {"step1": 1, "step2": 1}
    assert result.result == {"combined": "before-sleep + after-sleep"}


@case("time-travel/per-step-runs-one-step")
def test_a_travel_may_run_one_step_only(calls: Calls) -> None:
    run = fresh(three(calls))
    result = run.time_travel("step2", context=TWO, per_step=True)
    assert result.status == "paused"
    assert calls == {"step2": 1}
    assert result.steps["step2"].status == "success"
    assert result.steps["step2"].output == {"step2Result": 3}


@case("time-travel/over-a-finished-run-with-new-context")
def test_a_given_context_wins_over_what_is_recorded(calls: Calls) -> None:
    run, result = started(three(calls), {"value": 1})
    assert (result.status, result.result) == ("success", {"final": 4})
    context = {"step1": {"output": {"step1Result": 10}}}
    result = run.time_travel("step2", context=context)
    assert (result.status, result.result) == ("success", {"final": 12})
    assert calls == {"step1": 1, "step2": 2, "step3": 2}


@case("time-travel/to-nested-workflow")
def test_a_nested_workflow_is_a_target(calls: Calls) -> None:
    nested = (
        Workflow("nested")
        .then(calls.step("step2", {"step2Result": 3}))
        .then(
            calls.step(
                "step3", lambda ctx: {"nestedFinal": ctx.input_data["step2Result"] + 1}
            )
        )
        .commit()
    )
    flow = (
        Workflow("flow")
        .then(calls.step("step1"))
        .then(nested)
        .then(
            calls.step(
                "step4", lambda ctx: {"final": ctx.input_data["nestedFinal"] + 1}
            )
        )
        .commit()
    )
    result = fresh(flow).time_travel(nested, context=TWO)
    assert (result.status, result.result) == ("success", {"final": 5})
    assert calls == {"step2": 1, "step3": 1, "step4": 1}


@case("time-travel/to-step-that-suspends")
def test_a_step_travelled_to_may_suspend(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1"))
        .then(calls.step("suspendStep", lambda ctx: ctx.suspend()))
        .then(calls.step("step3"))
        .commit()
    )
    result = fresh(flow).time_travel("suspendStep", context=TWO)
    assert result.status == "suspended"
    assert calls == {"suspendStep": 1}


@case("time-travel/behind-a-loop")
def test_a_loop_before_the_target_is_over(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .dountil(
            calls.step(
                "loopStep", lambda ctx: {"counter": ctx.input_data["counter"] + 1}
            ),
            lambda ctx: ctx.input_data["counter"] >= 3,
        )
        .then(calls.step("finalStep", lambda ctx: {"final": ctx.input_data["counter"]}))
        .commit()
    )
    looped = {"status": "success", "payload": {"counter": 2}, "output": {"counter": 3}}
    result = fresh(flow).time_travel("finalStep", context={"loopStep": looped})
    assert (result.status, result.result) == ("success", {"final": 3})
    assert calls == {"finalStep": 1}


@case("time-travel/branch-member-per-step")
def test_an_arm_is_a_target(calls: Calls) -> None:
    def chosen(name: str) -> Any:
        return lambda ctx: ctx.input_data["branch"] == name

    arms = [
        (chosen(name), calls.step(f"branch{name}", {"result": f"from {name}"}))
        for name in "AB"
    ]
    flow = Workflow("flow").then(calls.step("check")).branch(arms).commit()
    result = fresh(flow).time_travel(
        "branchA", context={"check": {"output": {"branch": "A"}}}, per_step=True
    )
    assert result.status == "paused"
    assert calls == {"branchA": 1}
    assert result.steps["branchA"].status == "success"
    assert result.steps["branchA"].output == {"result": "from A"}


@case("time-travel/unknown-step-is-an-error")
def test_an_unknown_target_is_named(calls: Calls) -> None:
    with pytest.raises(StepNotFound, match="nonExistent"):
        fresh(three(calls)).time_travel("nonExistent", context=TWO)
    assert calls == {}


@pytest.mark.parametrize("concurrency", [1, 2])
@case("core-foreach/time-travel-to-failed-foreach")
def test_only_the_failed_item_is_executed_again(calls: Calls, concurrency: int) -> None:
    counts = [0, 0]

    def body(ctx: Context) -> Any:
        counts[ctx.input_data] += 1
        if ctx.input_data == 1 and counts[1] == 1:
            raise RuntimeError("transient failure")
        return ctx.input_data

    flow = (
        Workflow("flow")
        .then(calls.step("seed", [0, 1]))
        .foreach(calls.step("process-item", body), concurrency=concurrency)
        .commit()
    )
    run, result = started(flow)
    assert result.status == "failed"
    result = run.time_travel("process-item")
    assert (result.status, result.result) == ("success", [0, 1])
    assert counts == [1, 2]
    assert calls["seed"] == 1
