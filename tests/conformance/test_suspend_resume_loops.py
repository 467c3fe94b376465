"""suspend-resume: in loops and foreach; core-foreach."""

import asyncio
from typing import Any

import pytest

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, asks, started
from workflows import Workflow


@case("suspend-resume/dountil-over-nested-that-suspends")
def test_a_nested_loop_body_may_suspend_again_in_one_iteration(calls: Calls) -> None:
    def resume(ctx: Context) -> Any:
        given = (ctx.resume_data or {}).get("value")
        total = (given or 0) + ctx.input_data["value"]
        if not given or total < 10:
            now = ctx.input_data["value"]
            message = f"Please provide additional information. now value is {now}"
            return ctx.suspend({"message": message})
        return {"value": total}

    nested = (
        Workflow("nested")
        .then(
            calls.step("increment", lambda ctx: {"value": ctx.input_data["value"] + 1})
        )
        .then(calls.step("resume", resume))
        .commit()
    )
    flow = (
        Workflow("flow")
        .dountil(nested, lambda ctx: ctx.input_data["value"] >= 10)
        .then(calls.step("final", lambda ctx: {"value": ctx.input_data["value"]}))
        .commit()
    )
    run, result = started(flow, {"value": 0})
    assert (result.status, result.steps["nested"].status) == ("suspended", "suspended")
    result = run.resume({"value": 2}, step=["nested", "resume"])
    assert (result.status, result.steps["nested"].status) == ("suspended", "suspended")
    assert calls["increment"] == 1
    result = run.resume({"value": 21}, step=["nested", "resume"])
    assert (result.status, result.steps["nested"].status) == ("success", "success")
    assert calls["final"] == 1
    assert result.result == {"value": 22}


def asking_loop(calls: Calls, delay: float) -> Workflow:
    async def body(ctx: Context) -> Any:
        await asyncio.sleep(delay)
        value = ctx.input_data["value"]
        if not (ctx.resumed and ctx.resume_data.get("shouldContinue")):
            return ctx.suspend({"message": f"Continue with value {value}?"})
        return {"value": value + 1, "condition": value + 1 >= 10}

    return (
        Workflow("flow")
        .dountil(calls.step("step-1", body), lambda ctx: ctx.input_data["condition"])
        .then(calls.step("step-2"))
        .commit()
    )


def assert_each_iteration_asks_anew(flow: Workflow) -> None:
    run, result = started(flow, {"value": 0, "condition": False})
    assert result.status == "suspended"
    for iteration in (1, 2, 3):
        result = run.resume({"shouldContinue": True})
        assert result.status == "suspended"
        payload: Any = result.steps["step-1"].payload
        assert payload["value"] == iteration
        shown = {"message": f"Continue with value {iteration}?"}
        assert result.steps["step-1"].suspend_payload == shown


@case("suspend-resume/loop-step-input-on-resume-and-next-iteration")
def test_each_iteration_of_a_loop_asks_anew(calls: Calls) -> None:
    assert_each_iteration_asks_anew(asking_loop(calls, delay=0))


@case("suspend-resume/loop-input-regression")
def test_each_iteration_of_a_slow_loop_asks_anew(calls: Calls) -> None:
    assert_each_iteration_asks_anew(asking_loop(calls, delay=0.02))


@case("suspend-resume/nested-in-dountil-init-data-per-iteration")
def test_init_data_is_the_nested_workflows_own_input(calls: Calls) -> None:
    seen: list[tuple[Any, Any]] = []

    def increment(ctx: Context) -> Any:
        more = (ctx.resume_data or {}).get("amountToIncrementBy")
        if not more:
            return ctx.suspend({"optionsToIncrementBy": [1, 2, 3]})
        return {"value": ctx.input_data["value"] + more}

    def resume(ctx: Context) -> Any:
        seen.append((ctx.get_init_data(), ctx.request_context))
        return ctx.input_data

    nested = (
        Workflow("nested")
        .then(calls.step("increment", increment))
        .then(calls.step("resume", resume))
        .commit()
    )
    flow = (
        Workflow("flow")
        .dountil(nested, lambda ctx: ctx.input_data["value"] >= 10)
        .then(calls.step("final"))
        .commit()
    )
    run, result = started(flow, {"value": 2})
    assert result.steps["nested"].status == "suspended"
    result = run.resume({"amountToIncrementBy": 2}, step=["nested", "increment"])
    assert seen == [({"value": 2}, {})]
    assert (result.status, result.steps["nested"].status) == ("suspended", "suspended")
    assert result.steps["nested"].payload == {"value": 4}


def answered(ctx: Context) -> Any:
    return {"value": ctx.input_data["value"] + 11 + ctx.resume_data["resumeValue"]}


def asks_above_five(ctx: Context) -> Any:
    value = ctx.input_data["value"]
    if not ctx.resumed and value > 5:
        return ctx.suspend({})
    return {
        "value": value + 11 + (ctx.resume_data or {"resumeValue": 0})["resumeValue"]
    }


def summed(ctx: Context) -> Any:
    return {"finalValue": sum(item["value"] for item in ctx.input_data)}


def over(calls: Calls, body: Any, concurrency: int) -> Workflow:
    return (
        Workflow("flow", validate_inputs=False)
        .foreach(calls.step("map", body), concurrency=concurrency)
        .then(calls.step("final", summed))
        .commit()
    )


def values(*numbers: int) -> list[dict[str, int]]:
    return [{"value": number} for number in numbers]


@case("suspend-resume/foreach-sequential-one-resume-per-item")
def test_each_item_takes_a_resume_of_its_own(calls: Calls) -> None:
    flow = over(calls, asks({}, answered), concurrency=1)
    run, result = started(flow, values(1, 22, 333))
    assert result.status == "suspended"
    assert run.resume({"resumeValue": 0}).status == "suspended"
    assert run.resume({"resumeValue": 5}).status == "suspended"
    result = run.resume({"resumeValue": 0})
    assert result.status == "success"
    assert result.steps["map"].status == "success"
    assert result.steps["map"].output == values(12, 38, 344)
    assert result.steps["final"].output == {"finalValue": 394}


@case("suspend-resume/foreach-concurrent-resume-all-suspended-at-once")
def test_one_resume_reaches_every_suspended_item_of_the_batch(calls: Calls) -> None:
    run, result = started(over(calls, asks_above_five, 3), values(22, 1, 333))
    assert result.status == "suspended"
    result = run.resume({"resumeValue": 5})
    assert result.status == "success"
    assert result.steps["map"].output == values(38, 12, 349)
    assert result.steps["final"].output == {"finalValue": 399}
    assert calls["map"] == 5


@case("suspend-resume/foreach-partial-concurrency-by-index")
def test_items_of_a_batch_are_resumed_in_any_order(calls: Calls) -> None:
    run, _ = started(over(calls, asks_above_five, 3), values(22, 1, 333, 444, 1000))
    for index, more in ((2, 5), (0, 3), (3, 2)):
        result = run.resume({"resumeValue": more}, foreach_index=index)
        assert result.status == "suspended"
    result = run.resume({"resumeValue": 8}, foreach_index=4)
    assert result.status == "success"
    assert result.steps["map"].output == values(36, 12, 349, 457, 1019)
    assert result.steps["final"].output == {"finalValue": 1873}


@case("core-foreach/per-iteration-suspend-payload")
def test_each_item_keeps_its_own_payload(calls: Calls) -> None:
    def shown(ctx: Context) -> Any:
        name = ctx.input_data["name"]
        return {"streamState": {"name": name, "token": f"tok-{name}"}}

    def approved(ctx: Context) -> Any:
        return {
            "name": ctx.input_data["name"],
            "approved": ctx.resume_data["approved"],
        }

    names = ("alpha", "beta", "gamma")
    payloads = {
        f"approval-step[{index}]": {
            "streamState": {"name": name, "token": f"tok-{name}"}
        }
        for index, name in enumerate(names)
    }
    flow = (
        Workflow("flow")
        .foreach(calls.step("approval-step", asks(shown, approved)), concurrency=3)
        .commit()
    )
    run, result = started(flow, [{"name": name} for name in names])
    assert result.status == "suspended"
    assert result.suspend_payload == payloads

    result = run.resume({"approved": True}, foreach_index=0)
    assert result.status == "suspended"
    del payloads["approval-step[0]"]
    assert result.suspend_payload == payloads
    assert result.steps["approval-step"].output == [
        {"name": "alpha", "approved": True},
        None,
        None,
    ]
    assert run.resume({"approved": False}, foreach_index=1).status == "suspended"
    result = run.resume({"approved": True}, foreach_index=2)
    assert result.status == "success"
    assert result.result == [
        {"name": "alpha", "approved": True},
        {"name": "beta", "approved": False},
        {"name": "gamma", "approved": True},
    ]


@case("core-checkpoint/operation-ids-suspend-inside-loop")
def test_each_visit_of_a_suspending_loop_has_a_key_of_its_own(calls: Calls) -> None:
    keys: list[str] = []

    def body(ctx: Context) -> Any:
        keys.append(ctx.idempotency_key)
        return ctx.iteration_count if ctx.resumed else ctx.suspend()

    flow = (
        Workflow("flow")
        .dountil(calls.step("a", body), lambda ctx: ctx.input_data == 3)
        .commit()
    )
    run, _ = started(flow)
    for _ in range(3):
        result = run.resume({})
    assert result.status == "success"
    assert len(keys) == len(set(keys)) == 6


@pytest.mark.parametrize("concurrency", [1, 3])
@case("core-checkpoint/operation-ids-unique-in-foreach")
def test_equal_items_have_different_keys(calls: Calls, concurrency: int) -> None:
    step = calls.step("a", lambda ctx: ctx.idempotency_key)
    flow = Workflow("flow").foreach(step, concurrency=concurrency).commit()
    _, result = started(flow, [7, 7, 7])
    keys: Any = result.result
    assert len(set(keys)) == 3
