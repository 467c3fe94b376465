"""nested-workflows, clone, core-nested, storage."""

from typing import Any

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, asks, raises, started
from workflows import Workflow


@case("nested-workflows/data-passing")
def test_data_passes_into_a_nested_workflow(calls: Calls) -> None:
    nested = (
        Workflow("nested")
        .then(
            calls.step(
                "inner-step",
                lambda ctx: {"result": ctx.input_data["value"] + "-inner"},
            )
        )
        .commit()
    )
    flow = (
        Workflow("flow")
        .then(
            calls.step(
                "outer-step", lambda ctx: {"value": ctx.input_data["input"] + "-outer"}
            )
        )
        .then(nested)
        .commit()
    )
    _, result = started(flow, {"input": "test"})
    assert result.steps["outer-step"].output == {"value": "test-outer"}
    assert result.steps["nested"].output == {"result": "test-outer-inner"}


STATE = {"value": "test-state", "otherValue": "other"}


@case("nested-workflows/inner-reads-parent-state")
def test_a_nested_workflow_reads_the_state(calls: Calls) -> None:
    def read(ctx: Context) -> Any:
        return {"result": "success", "value": ctx.state["value"]}

    nested = Workflow("nested").then(calls.step("step1", read)).commit()
    flow = Workflow("flow").then(nested).commit()
    _, result = started(flow, initial_state=STATE)
    assert result.status == "success"
    assert result.steps["nested"].output == {"result": "success", "value": "test-state"}


@case("nested-workflows/inner-writes-state")
def test_a_nested_workflow_writes_the_state(calls: Calls) -> None:
    def write(ctx: Context) -> Any:
        ctx.set_state({"value": ctx.state["value"] + "!!!"})
        return {}

    def read(ctx: Context) -> Any:
        return {"result": "success", "value": ctx.state["value"]}

    nested = (
        Workflow("nested")
        .then(calls.step("step1", write))
        .then(calls.step("step2", read))
        .commit()
    )
    flow = Workflow("flow").then(nested).commit()
    _, result = started(flow, initial_state=STATE, include_state=True)
    output = {"result": "success", "value": "test-state!!!"}
    assert result.steps["nested"].output == output
    assert result.state == {"value": "test-state!!!", "otherValue": "other"}


def plus_one(ctx: Context) -> Any:
    return {"newValue": ctx.input_data["startValue"] + 1}


def total_with(other: str) -> Any:
    def body(ctx: Context) -> Any:
        first = ctx.get_step_result("start")["newValue"]
        return {"finalValue": first + ctx.get_step_result(other)["other"]}

    return body


@case("clone/cloned-step-and-workflow-in-parallel")
def test_clones_live_beside_what_they_were_cloned_from(calls: Calls) -> None:
    start = calls.step("start", plus_one)
    other = calls.step("other", {"other": 26})
    a = (
        Workflow("a")
        .then(start)
        .then(other.clone(id="other-clone"))
        .then(calls.step("final", total_with("other-clone")))
        .commit()
    )
    b = (
        Workflow("b")
        .then(start)
        .then(
            calls.step(
                "final-b", lambda ctx: {"finalValue": ctx.input_data["newValue"]}
            )
        )
        .commit()
    )
    flow = (
        Workflow("flow")
        .parallel([a.clone(id="a2"), b])
        .then(calls.step("last-step", {"success": True}))
        .commit()
    )
    _, result = started(flow, {"startValue": 0})
    assert result.status == "success"
    assert calls == {"start": 2, "other": 1, "final": 1, "final-b": 1, "last-step": 1}
    assert result.steps["a2"].output == {"finalValue": 27}
    assert result.steps["b"].output == {"finalValue": 1}


@case("clone/result-schema-of-nested-as-input")
def test_a_nested_result_is_the_next_input(calls: Calls) -> None:
    nested = (
        Workflow("nested", output_schema=dict[str, int])
        .then(calls.step("start", plus_one))
        .then(calls.step("other", {"other": 26}))
        .then(calls.step("final", total_with("other")))
        .commit()
    )
    last = calls.step("last-step", {"success": True}, input_schema=nested.output_schema)
    flow = Workflow("flow").then(nested).then(last).commit()
    _, result = started(flow, {"startValue": 0})
    assert calls == {"start": 1, "other": 1, "final": 1, "last-step": 1}
    assert result.steps["nested"].output == {"finalValue": 27}
    assert result.steps["last-step"].output == {"success": True}
    assert result.steps["last-step"].payload == {"finalValue": 27}


@case("core-nested/label-in-snapshot")
def test_a_label_names_its_step(calls: Calls) -> None:
    step = calls.step("approval", asks(resume_label="approve"))
    run, _ = started(Workflow("flow").then(step).commit())
    label = run.state().resume_label("approve")
    assert label == {"path": ["approval"], "foreach_index": None}


@case("core-nested/label-bubbles-to-parent")
def test_a_label_is_known_at_the_root(calls: Calls) -> None:
    gate = asks({"msg": "approve gadget"}, resume_label="nested-approve")
    inner = Workflow("inner-wf").then(calls.step("approval", gate)).commit()
    run, result = started(Workflow("outer").then(inner).commit())
    label = run.state().resume_label("nested-approve")
    assert label == {"path": ["inner-wf", "approval"], "foreach_index": None}
    assert result.steps["inner-wf"].suspend_payload == {"msg": "approve gadget"}


@case("core-nested/nested-canceled-with-old-suspension")
def test_a_nested_workflow_that_ends_canceled_fails_its_step(calls: Calls) -> None:
    nested = (
        Workflow("nested")
        .parallel(
            [
                calls.step("gate", asks()),
                calls.step("quits", lambda ctx: ctx.abort()),
            ]
        )
        .commit()
    )
    flow = Workflow("flow").then(nested).then(calls.step("after")).commit()
    _, result = started(flow)
    assert result.status == "failed"
    assert result.steps["nested"].status == "failed"
    assert result.suspended == []
    assert calls["after"] == 0


@case("core-nested/nested-per-step")
def test_one_step_at_a_time_reaches_into_a_nested_workflow(calls: Calls) -> None:
    nested = Workflow("nested").then(calls.step("s1")).then(calls.step("s2")).commit()
    flow = Workflow("parent").then(nested).then(calls.step("after")).commit()
    _, result = started(flow, per_step=True)
    assert result.status == "paused"
    assert result.steps["nested"].status == "paused"
    assert calls == {"s1": 1}


@case("core-nested/loop-condition-raises")
def test_a_loop_condition_that_raises_fails_the_run(calls: Calls) -> None:
    flow = Workflow("flow").dowhile(calls.step("body"), raises("boom")).commit()
    run, result = started(flow)
    assert result.status == "failed"
    assert result.error
    assert "boom" in result.error.message
    assert result.steps["body"].status == "failed"
    assert run.refresh().status == "failed"


@case("core-nested/nested-success-output")
def test_what_follows_gets_the_nested_result(calls: Calls) -> None:
    nested = Workflow("nested").then(calls.step("s1", {"made": "inside"})).commit()
    after = calls.step("after", lambda ctx: ctx.input_data)
    _, result = started(Workflow("flow").then(nested).then(after).commit())
    assert result.steps["after"].payload == {"made": "inside"}
    assert result.result == {"made": "inside"}


@case("storage/nested-steps-in-run-view")
def test_a_run_shows_nested_steps_under_dotted_paths(calls: Calls) -> None:
    nested = (
        Workflow("nested")
        .then(
            calls.step("inner-step", lambda ctx: {"value": ctx.input_data["value"] + 1})
        )
        .commit()
    )
    outer = calls.step("outer-step", lambda ctx: ctx.input_data["value"] * 2)
    run, _ = started(Workflow("flow").then(nested).then(outer).commit(), {"value": 1})
    seen = run.refresh()
    assert seen.status == "success"
    assert set(seen.steps) == {"nested", "nested.inner-step", "outer-step"}
    assert seen.result == 4
