"""core-restart, restart: nested workflows and blocks go on inside."""

from typing import Any

from tests.conformance.marking import case
from tests.engine.journals import (
    begins,
    die_in,
)
from tests.engine.making import (
    Calls,
    Gate,
    asks,
    background,
    crash,
    crash_in,
    eventually,
    journal,
    stored,
)
from workflows import Workflow


@case("core-restart/parallel-of-nested-one-unfinished")
def test_only_the_unfinished_nested_workflow_goes_on(calls: Calls) -> None:
    gate = Gate()

    def chain(id: str, step: str, body: Any) -> Workflow:
        return Workflow(id).then(calls.step(step, body)).commit()

    flow = (
        Workflow("parent")
        .parallel(
            [
                chain("f1", "fastA", "A"),
                chain("s", "slow", gate.body("B")),
                chain("f2", "fastC", "C"),
            ]
        )
        .commit()
    )
    run = flow.create_run()
    executing = background(run.astart({}))
    gate.reached()
    eventually(lambda: journal(run).count(("workflow-step-result", "f1")) == 1)
    eventually(lambda: journal(run).count(("workflow-step-result", "f2")) == 1)
    crash(executing, run)
    gate.open()
    result = run.restart()
    assert (result.status, result.result) == (
        "success",
        {"f1": "A", "s": "B", "f2": "C"},
    )
    assert stored(run).status == "success"
    assert calls == {"fastA": 1, "slow": 2, "fastC": 1}


@case("core-restart/kill-mid-nested")
def test_a_nested_workflow_goes_on_inside(calls: Calls) -> None:
    gate = Gate()
    nested = Workflow("n").then(calls.step("inner", gate.body("done"))).commit()
    run = crash_in(
        gate, Workflow("parent").then(calls.step("first")).then(nested).commit()
    )
    assert run.restart().result == "done"
    assert calls == {"first": 1, "inner": 2}


@case("restart/nested-workflow-continues-inside")
def test_a_nested_workflow_goes_on_at_its_own_step(calls: Calls) -> None:
    def plus_one(key: str, target: str) -> Any:
        return lambda ctx: {target: ctx.input_data[key] + 1}

    nested = (
        Workflow("n")
        .then(calls.step("step2", {"step2Result": 3}))
        .then(calls.step("step3", plus_one("step2Result", "nestedFinal")))
        .commit()
    )
    flow = (
        Workflow("outer")
        .then(calls.step("step1", {"step1Result": 2}))
        .then(nested)
        .then(calls.step("step4", plus_one("nestedFinal", "final")))
        .commit()
    )
    run, died = die_in(flow, begins("n.step3"), {"value": 0})
    assert died
    calls.clear()
    result = run.restart()
    assert result.input == {"value": 0}
    assert result.steps["step1"].output == {"step1Result": 2}
    assert result.steps["n"].output == {"nestedFinal": 4}
    assert result.steps["step4"].output == {"final": 5}
    assert all(entry.started_at and entry.ended_at for entry in result.steps.values())
    assert calls == {"step3": 1, "step4": 1}


@case("restart/both-parallel-members-interrupted")
def test_both_interrupted_members_are_executed(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .parallel(
            [
                calls.step(
                    "step1", lambda ctx: {"result": ctx.input_data["value"] * 2}
                ),
                calls.step(
                    "step2", lambda ctx: {"result": ctx.input_data["value"] + 10}
                ),
            ]
        )
        .commit()
    )
    run, died = die_in(flow, begins("step2"), {"value": 5})
    assert died
    result = run.restart()
    assert result.result == {"step1": {"result": 10}, "step2": {"result": 15}}
    assert calls == {"step1": 1, "step2": 1}


@case("restart/restarted-run-can-suspend-and-resume")
def test_a_restarted_run_suspends_and_resumes(calls: Calls) -> None:
    scores = {"toneScore": 0.8, "completenessScore": 0.7}
    flow = (
        Workflow("flow")
        .then(calls.step("getUserInput", {"userInput": "test input"}))
        .then(
            calls.step(
                "promptAgent",
                asks({"testPayload": "hello"}, {"modelOutput": "test output"}),
            )
        )
        .then(calls.step("evaluateToneConsistency", scores))
        .then(calls.step("improveResponse", asks(then={"improvedOutput": "better"})))
        .then(calls.step("evaluateImprovedResponse", scores))
        .commit()
    )
    run, died = die_in(flow, begins("promptAgent"))
    assert died
    calls.clear()
    result = run.restart()
    prompt = result.steps["promptAgent"]
    assert prompt.status == "suspended"
    assert prompt.suspend_payload == {"testPayload": "hello"}
    assert prompt.started_at
    assert prompt.suspended_at
    assert result.steps["getUserInput"].output == {"userInput": "test input"}
    assert calls == {"promptAgent": 1}
    result = run.resume({"userInput": "more"}, step="promptAgent")
    assert result.steps["evaluateToneConsistency"].status == "success"
    assert result.steps["improveResponse"].status == "suspended"
    result = run.resume(scores, step="improveResponse")
    assert result.status == "success"
    assert result.steps["evaluateImprovedResponse"].status == "success"
    assert calls["promptAgent"] == 2
    assert calls["getUserInput"] == 0
