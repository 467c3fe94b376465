"""branching, simple-conditions, loops."""

from typing import Any

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, raises, started
from workflows import Workflow, map_variable


def plus_one(ctx: Context) -> Any:
    return {"newValue": ctx.input_data["startValue"] + 1}


def forked(calls: Calls) -> Workflow:
    """Two ways to go: a plain step, or a nested workflow."""

    def final_if(ctx: Context) -> Any:
        other = ctx.get_step_result("other") or {"other": 0}
        start = ctx.get_step_result("start")
        return {"finalValue": start["newValue"] + other["other"]}

    def final_else(ctx: Context) -> Any:
        return {"finalValue": ctx.input_data["newValue"] + ctx.input_data["other"]}

    def other(ctx: Context) -> Any:
        return {"newValue": ctx.input_data["newValue"], "other": 26}

    nested = (
        Workflow("nested")
        .then(calls.step("other", other))
        .then(calls.step("final-else", final_else))
        .commit()
    )
    return (
        Workflow("flow")
        .then(calls.step("start", plus_one))
        .branch(
            [
                (
                    lambda ctx: ctx.input_data["newValue"] < 5,
                    calls.step("final-if", final_if),
                ),
                (lambda ctx: ctx.input_data["newValue"] >= 5, nested),
            ]
        )
        .commit()
    )


@case("branching/first-branch-plain-step")
def test_the_first_arm_is_taken(calls: Calls) -> None:
    _, result = started(forked(calls), {"startValue": 1})
    assert calls == {"start": 1, "final-if": 1}
    assert result.steps["final-if"].output == {"finalValue": 2}
    assert result.steps["start"].output == {"newValue": 2}
    assert "nested" not in result.steps


@case("branching/second-branch-nested-workflow")
def test_the_second_arm_is_a_workflow(calls: Calls) -> None:
    _, result = started(forked(calls), {"startValue": 6})
    assert calls == {"start": 1, "other": 1, "final-else": 1}
    assert result.steps["nested"].output == {"finalValue": 33}
    assert result.steps["start"].output == {"newValue": 7}


def three_ways(calls: Calls) -> Workflow:
    def value(ctx: Context) -> int:
        return int(ctx.input_data["category"])

    return (
        Workflow("flow")
        .then(calls.step("check", lambda ctx: {"category": ctx.input_data["value"]}))
        .branch(
            [
                (lambda ctx: value(ctx) < 33, calls.step("low", {"result": "low"})),
                (
                    lambda ctx: 33 <= value(ctx) < 66,
                    calls.step("medium", {"result": "medium"}),
                ),
                (lambda ctx: value(ctx) >= 66, calls.step("high", {"result": "high"})),
            ]
        )
        .commit()
    )


@case("branching/three-way-medium")
def test_of_three_arms_the_middle_one_is_taken(calls: Calls) -> None:
    _, result = started(three_ways(calls), {"value": 50})
    assert calls == {"check": 1, "medium": 1}
    assert result.steps["medium"].output == {"result": "medium"}


@case("branching/three-way-high")
def test_of_three_arms_the_last_one_is_taken(calls: Calls) -> None:
    _, result = started(three_ways(calls), {"value": 80})
    assert calls == {"check": 1, "high": 1}
    assert result.steps["high"].output == {"result": "high"}


@case("simple-conditions/with-state")
def test_every_step_of_a_conditional_flow_sees_the_state(calls: Calls) -> None:
    def with_state(**output: Any) -> Any:
        return lambda ctx: {**output, "value": ctx.state["value"]}

    step2 = calls.step("step2", with_state(result="step2"))
    step3 = calls.step("step3", with_state(result="step3"))
    flow = (
        Workflow("flow")
        .then(calls.step("step1", with_state(status="success")))
        .branch(
            [
                (lambda ctx: ctx.input_data["status"] == "success", step2),
                (lambda ctx: ctx.input_data["status"] == "failed", step3),
            ]
        )
        .map({"result": map_variable(step=[step3, step2], path="result")})
        .then(
            calls.step(
                "step4",
                lambda ctx: {
                    "result": ctx.input_data["result"],
                    "value": ctx.state["value"],
                },
            )
        )
        .commit()
    )
    _, result = started(
        flow, {"status": "success"}, initial_state={"value": "test-state"}
    )
    assert result.steps["step1"].output == {"status": "success", "value": "test-state"}
    assert result.steps["step2"].output == {"result": "step2", "value": "test-state"}
    assert result.steps["step4"].output == {"result": "step2", "value": "test-state"}
    assert "step3" not in result.steps


@case("simple-conditions/failure-stops-run")
def test_nothing_runs_behind_a_failure(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", raises("Failed")))
        .then(calls.step("step2"))
        .commit()
    )
    _, result = started(flow)
    entry = result.steps["step1"]
    assert calls == {"step1": 1}
    assert result.input == {}
    assert (entry.status, entry.payload) == ("failed", {})
    assert entry.started_at
    assert entry.ended_at
    assert entry.error
    assert entry.error.message == "Failed"


@case("loops/dountil")
def test_a_loop_passes_each_output_on(calls: Calls) -> None:
    flow = (
        Workflow("flow", validate_inputs=False)
        .dountil(
            calls.step("increment", lambda ctx: {"value": ctx.input_data["value"] + 1}),
            lambda ctx: ctx.input_data["value"] >= 12,
        )
        .then(calls.step("final", lambda ctx: {"finalValue": ctx.input_data["value"]}))
        .commit()
    )
    _, result = started(flow, {"target": 10, "value": 0})
    assert result.result == {"finalValue": 12}
    assert result.steps["increment"].output == {"value": 12}
    assert result.steps["increment"].payload == {"value": 11}
    assert result.steps["increment"].iterations == 12


@case("loops/accumulates-data")
def test_a_loop_accumulates(calls: Calls) -> None:
    def accumulate(ctx: Context) -> Any:
        count = ctx.input_data.get("count", 0) + 1
        return {
            "items": [*ctx.input_data.get("items", []), f"item-{count}"],
            "count": count,
        }

    flow = (
        Workflow("flow", validate_inputs=False)
        .dountil(
            calls.step("accumulate", accumulate),
            lambda ctx: ctx.input_data["count"] >= 3,
        )
        .commit()
    )
    _, result = started(flow)
    assert result.result == {"items": ["item-1", "item-2", "item-3"], "count": 3}
