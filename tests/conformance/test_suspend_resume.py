"""suspend-resume: one step at a time, in blocks and in nested workflows."""

from typing import Any

import pytest
from pydantic import BaseModel

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, asks, started
from workflows import AmbiguousResume, SchemaMismatch, Workflow


def asking_second(calls: Calls, body: Any, **options: Any) -> Workflow:
    return (
        Workflow("flow")
        .then(calls.step("step1", {"value": "step1-done"}))
        .then(calls.step("step2", body, **options))
        .then(calls.step("step3"))
        .commit()
    )


@case("suspend-resume/run-with-given-run-id-completes")
def test_a_run_with_a_given_id_completes(calls: Calls) -> None:
    flow = Workflow("w").then(calls.step("step1", {"result": "success"})).commit()
    assert flow.create_run(run_id="given").start({}).status == "success"
    assert calls == {"step1": 1}


@case("suspend-resume/steps-after-suspend-not-run")
def test_steps_behind_a_suspended_one_do_not_run(calls: Calls) -> None:
    flow = asking_second(calls, lambda ctx: ctx.suspend({"reason": "approval needed"}))
    _, result = started(flow)
    assert result.status == "suspended"
    assert calls == {"step1": 1, "step2": 1}
    assert set(result.steps) == {"step1", "step2"}
    assert result.steps["step1"].status == "success"
    assert result.steps["step2"].status == "suspended"
    assert result.steps["step2"].suspend_payload == {"reason": "approval needed"}


@case("suspend-resume/set-state-then-suspend")
def test_state_may_be_set_before_suspending(calls: Calls) -> None:
    def body(ctx: Context) -> Any:
        if not ctx.resumed:
            ctx.set_state({"value": ctx.state["value"] + "-modified"})
            return ctx.suspend({"reason": "waiting"})
        return None

    flow = asking_second(calls, body)
    _, result = started(flow, initial_state={"value": "initial"}, include_state=True)
    assert result.status == "suspended"
    assert calls == {"step1": 1, "step2": 1}
    assert result.steps["step2"].suspend_payload == {"reason": "waiting"}
    assert result.state == {"value": "initial-modified"}


@case("suspend-resume/nested-suspend-propagates")
def test_a_nested_suspension_suspends_the_root(calls: Calls) -> None:
    inner = calls.step("inner-step", asks({"nestedReason": "inner-waiting"}))
    flow = (
        Workflow("flow")
        .then(calls.step("outer-step", {"value": "outer-done"}))
        .then(Workflow("nested").then(inner).commit())
        .commit()
    )
    _, result = started(flow)
    assert result.status == "suspended"
    assert result.steps["outer-step"].output == {"value": "outer-done"}
    assert result.steps["nested"].status == "suspended"
    assert calls == {"outer-step": 1, "inner-step": 1}
    assert result.suspended == [["nested", "inner-step"]]


class UserInput(BaseModel):
    userInput: str


@case("suspend-resume/basic-resume-by-step-id")
def test_a_step_is_resumed_by_its_id(calls: Calls) -> None:
    def done(ctx: Context) -> Any:
        return {"result": "completed", "userInput": ctx.resume_data.userInput}

    body = asks({"reason": "waiting for user input"}, done)
    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"value": "step1-done"}))
        .then(calls.step("step2", body, resume_schema=UserInput))
        .commit()
    )
    result = flow.create_run(run_id="chosen").start({})
    assert result.status == "suspended"
    payload = result.steps["step2"].suspend_payload
    assert payload == {"reason": "waiting for user input"}
    result = flow.get_run("chosen").resume(
        {"userInput": "hello from resume"}, step="step2"
    )
    assert result.status == "success"
    output = {"result": "completed", "userInput": "hello from resume"}
    assert result.steps["step2"].output == output
    assert calls == {"step1": 1, "step2": 2}


def times(ctx: Context) -> Any:
    return {"result": ctx.input_data["value"] * ctx.resume_data["multiplier"]}


def divided(ctx: Context) -> Any:
    return {"result": ctx.input_data["value"] // ctx.resume_data["divisor"]}


def two_arms(calls: Calls, second: Any = times) -> Workflow:
    return (
        Workflow("flow")
        .branch(
            [
                (lambda _: True, calls.step("branch-step-1", asks({}, times))),
                (lambda _: True, calls.step("branch-step-2", asks({}, second))),
            ]
        )
        .commit()
    )


@case("suspend-resume/ambiguous-resume-without-step-is-an-error")
def test_with_two_suspended_steps_one_must_be_named(calls: Calls) -> None:
    run, result = started(two_arms(calls, divided), {"value": 100})
    assert len(result.suspended) == 2
    with pytest.raises(AmbiguousResume, match="several steps are suspended") as raised:
        run.resume({"multiplier": 2})
    assert raised.value.suspended == [["branch-step-1"], ["branch-step-2"]]
    result = run.resume({"multiplier": 2}, step="branch-step-1")
    assert result.status == "suspended"
    assert result.suspended == [["branch-step-2"]]


@case("suspend-resume/branch-two-true-both-suspend-resume-one-by-one")
def test_two_suspended_arms_are_resumed_one_by_one(calls: Calls) -> None:
    run, result = started(two_arms(calls), {"value": 10})
    assert result.status == "suspended"
    assert result.suspended == [["branch-step-1"], ["branch-step-2"]]
    result = run.resume({"multiplier": 2}, step="branch-step-1")
    assert result.status == "suspended"
    assert result.steps["branch-step-1"].status == "success"
    assert result.steps["branch-step-2"].status == "suspended"
    assert result.suspended == [["branch-step-2"]]
    result = run.resume({"multiplier": 3}, step="branch-step-2")
    assert result.status == "success"
    assert result.result == {
        "branch-step-1": {"result": 20},
        "branch-step-2": {"result": 30},
    }


@case("suspend-resume/parallel-both-suspended-resume-only-one")
def test_resuming_one_parallel_member_leaves_the_other(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .parallel(
            [
                calls.step("parallel-step-1", asks({}, times)),
                calls.step("parallel-step-2", asks({}, divided)),
            ]
        )
        .commit()
    )
    run, result = started(flow, {"value": 100})
    assert len(result.suspended) == 2
    result = run.resume({"multiplier": 2}, step="parallel-step-1")
    assert result.status == "suspended"
    assert result.suspended == [["parallel-step-2"]]
    result = run.resume({"divisor": 5}, step="parallel-step-2")
    assert result.status == "success"
    assert result.result == {
        "parallel-step-1": {"result": 200},
        "parallel-step-2": {"result": 20},
    }


@case("suspend-resume/request-context-survives-suspend")
def test_the_request_context_survives_a_suspension(calls: Calls) -> None:
    def prompt(ctx: Context) -> Any:
        said = ctx.request_context.setdefault("responses", [])
        if not ctx.resumed:
            said.append("first message")
            return ctx.suspend({"testPayload": "hello"})
        said.append("promptAgentAction")
        return None

    flow = (
        Workflow("flow", validate_inputs=False)
        .then(calls.step("getUserInput", {"userInput": "test input"}))
        .then(calls.step("promptAgent", prompt))
        .then(
            calls.step(
                "requestContextAction", lambda ctx: ctx.request_context["responses"]
            )
        )
        .commit()
    )
    run, result = started(flow, {"input": "test"})
    assert result.steps["promptAgent"].status == "suspended"
    assert calls["promptAgent"] == 1
    result = run.resume({"userInput": "test input for resumption"}, step="promptAgent")
    assert calls["promptAgent"] == 2
    output = result.steps["requestContextAction"].output
    assert output == ["first message", "promptAgentAction"]


@case("suspend-resume/auto-resume-single-step")
def test_the_only_suspended_step_need_not_be_named(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1", asks({}, times))).commit()
    run, result = started(flow, {"value": 10})
    assert result.status == "suspended"
    result = run.resume({"multiplier": 5})
    assert (result.status, result.result) == ("success", {"result": 50})


class Default(BaseModel):
    value: int = 21


class Number(BaseModel):
    value: int


def counting(calls: Calls, schema: type[BaseModel]) -> Workflow:
    def resume(ctx: Context) -> Any:
        return {"value": ctx.resume_data.value + ctx.input_data["value"]}

    return (
        Workflow("flow")
        .then(
            calls.step("increment", lambda ctx: {"value": ctx.input_data["value"] + 1})
        )
        .then(calls.step("resume", asks({}, resume), resume_schema=schema))
        .then(calls.step("final", lambda ctx: ctx.input_data))
        .commit()
    )


@case("suspend-resume/resume-schema-defaults-applied")
def test_an_empty_answer_gets_the_schemas_defaults(calls: Calls) -> None:
    run, result = started(counting(calls, Default), {"value": 0})
    assert result.status == "suspended"
    result = run.resume({}, step="resume")
    assert (result.status, result.result) == ("success", {"value": 22})


@case("suspend-resume/invalid-resume-data-then-valid")
def test_an_invalid_answer_does_not_use_up_the_suspension(calls: Calls) -> None:
    run, result = started(counting(calls, Number), {"value": 0})
    assert result.status == "suspended"
    with pytest.raises(SchemaMismatch) as raised:
        run.resume({"number": 2}, step="resume")
    assert [error["loc"] for error in raised.value.errors] == [["value"]]
    result = run.resume({"value": 21}, step="resume")
    assert (result.status, result.result) == ("success", {"value": 22})


def suspect(ctx: Context) -> Any:
    if not (ctx.resumed and ctx.resume_data.get("suspect")):
        return ctx.suspend({"message": "What is the suspect?"})
    return {"suspect": ctx.resume_data["suspect"]}


@case("suspend-resume/consecutive-nested-workflows")
def test_a_list_and_a_dotted_path_are_equivalent(calls: Calls) -> None:
    one = Workflow("sub-workflow-1").then(calls.step("step-1", suspect)).commit()
    two = Workflow("sub-workflow-2").then(calls.step("step-2", suspect)).commit()
    run, result = started(
        Workflow("flow").then(one).then(two).commit(), {"suspect": "initial-suspect"}
    )
    assert result.status == "suspended"
    assert calls == {"step-1": 1}
    assert result.steps["sub-workflow-1"].status == "suspended"
    result = run.resume({"suspect": "first-suspect"}, step=["sub-workflow-1", "step-1"])
    assert result.status == "suspended"
    assert calls == {"step-1": 2, "step-2": 1}
    assert result.steps["sub-workflow-1"].status == "success"
    assert result.steps["sub-workflow-2"].status == "suspended"
    result = run.resume({"suspect": "second-suspect"}, step="sub-workflow-2.step-2")
    assert result.status == "success"
    assert calls == {"step-1": 2, "step-2": 2}
    assert result.steps["sub-workflow-1"].status == "success"
    assert result.steps["sub-workflow-2"].status == "success"
    assert result.result == {"suspect": "second-suspect"}


@case("suspend-resume/nested-resume-by-nested-id-string")
def test_a_nested_workflows_id_reaches_the_step_in_it(calls: Calls) -> None:
    def final(ctx: Context) -> Any:
        start = ctx.get_step_result("start")["newValue"]
        return {"finalValue": start + ctx.get_step_result("other")["other"]}

    nested = (
        Workflow("nested")
        .then(
            calls.step(
                "start", lambda ctx: {"newValue": ctx.input_data["startValue"] + 1}
            )
        )
        .then(calls.step("other", asks(then={"other": 26})))
        .then(calls.step("final", final))
        .commit()
    )
    flow = (
        Workflow("flow")
        .then(calls.step("begin-step", lambda ctx: ctx.input_data))
        .then(nested)
        .then(calls.step("last-step", {"success": True}))
        .commit()
    )
    run, result = started(flow, {"startValue": 0})
    assert result.suspended == [["nested", "other"]]
    result = run.resume({"newValue": 0}, step="nested")
    assert result.status == "success"
    assert result.steps["nested"].output == {"finalValue": 27}
    assert result.steps["last-step"].payload == {"finalValue": 27}
    assert calls == {
        "begin-step": 1,
        "start": 1,
        "other": 2,
        "final": 1,
        "last-step": 1,
    }
