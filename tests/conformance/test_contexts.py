"""dependency-injection: the request context."""

from typing import Any

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, asks, started
from workflows import Workflow


@case("dependency-injection/context-always-provided")
def test_there_is_always_a_request_context(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", lambda ctx: ctx.request_context))
        .commit()
    )
    assert started(flow)[1].result == {}


def remember(value: str) -> Any:
    def body(ctx: Context) -> Any:
        ctx.request_context["testKey"] = value
        return {"value": ctx.input_data.get("value", 0) + 1}

    return body


def recall(ctx: Context) -> Any:
    return ctx.request_context.get("testKey")


@case("dependency-injection/values-flow-to-later-steps")
def test_what_a_step_sets_reaches_later_steps(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", remember("test-value")))
        .then(calls.step("step2", recall))
        .commit()
    )
    assert started(flow)[1].result == "test-value"


@case("dependency-injection/removed-values-stay-removed")
def test_what_a_step_removes_stays_away(calls: Calls) -> None:
    def forget(ctx: Context) -> Any:
        del ctx.request_context["testKey"]
        return {}

    flow = (
        Workflow("flow")
        .then(calls.step("increment", remember("test-dependency")))
        .then(calls.step("resume", asks({}, forget)))
        .then(calls.step("final", recall))
        .commit()
    )
    run, result = started(flow, {"value": 0})
    assert result.status == "suspended"
    result = run.resume({"value": 21}, step="resume")
    assert result.status == "success"
    assert result.result is None


@case("dependency-injection/context-given-at-start-kept-at-resume")
def test_the_context_given_at_start_is_there_after_a_resume(calls: Calls) -> None:
    def prompt(ctx: Context) -> Any:
        if not ctx.resumed:
            ctx.request_context["responses"].append("first message")
            return ctx.suspend()
        ctx.request_context["responses"].append("promptAgentAction")
        return {}

    flow = (
        Workflow("flow")
        .then(calls.step("getUserInput"))
        .then(calls.step("promptAgent", prompt))
        .then(
            calls.step(
                "requestContextAction", lambda ctx: ctx.request_context["responses"]
            )
        )
        .commit()
    )
    run, result = started(flow, {"input": "test"}, request_context={"responses": []})
    assert result.status == "suspended"
    result = run.resume({"userInput": "x"}, step="promptAgent")
    assert result.status == "success"
    output = result.steps["requestContextAction"].output
    assert output == ["first message", "promptAgentAction"]


@case("dependency-injection/value-set-before-suspension-kept")
def test_a_value_set_before_a_suspension_is_kept(calls: Calls) -> None:
    seen = []

    def resume(ctx: Context) -> Any:
        return {"value": ctx.resume_data["value"] + ctx.input_data["value"]}

    def final(ctx: Context) -> Any:
        seen.append(recall(ctx))
        return ctx.input_data

    flow = (
        Workflow("flow")
        .then(calls.step("increment", remember("test-value")))
        .then(calls.step("resume", asks({}, resume)))
        .then(calls.step("final", final))
        .commit()
    )
    run, _ = started(flow, {"value": 0})
    result = run.resume({"value": 21}, step="resume")
    assert (result.status, result.result) == ("success", {"value": 22})
    assert seen == ["test-value"]
