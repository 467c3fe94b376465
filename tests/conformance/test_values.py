"""variable-resolution, schema-validation, dependency-injection, core-state-reader."""

from typing import Any

import pytest
from pydantic import BaseModel

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, asks, started
from workflows import (
    DefinitionError,
    MapVariable,
    SchemaMismatch,
    Workflow,
    map_variable,
)


def echo(ctx: Context) -> Any:
    return ctx.input_data


def mapped(calls: Calls, **variables: MapVariable) -> Workflow:
    """step1 -> map -> step2, which returns what it got."""
    return (
        Workflow("flow")
        .then(calls.step("step1", {"nested": {"value": "step1-data"}}))
        .map(variables)
        .then(calls.step("step2", echo))
        .commit()
    )


@case("variable-resolution/get-step-result")
def test_results_are_looked_up_by_object_and_by_id(calls: Calls) -> None:
    step1 = calls.step("step1", {"value": "step1-result"})
    other = calls.step("other")

    def look(ctx: Context) -> Any:
        return [ctx.get_step_result(name) for name in (step1, "step1", other)]

    flow = Workflow("flow").then(step1).then(calls.step("step2", look)).commit()
    _, result = started(flow, {"inputValue": "test-input"})
    found = {"value": "step1-result"}
    assert result.result == [found, found, None]


@case("variable-resolution/get-init-data")
def test_the_input_is_there_for_every_step(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1"))
        .then(calls.step("step2", lambda ctx: {"result": ctx.get_init_data()}))
        .commit()
    )
    _, result = started(flow, {"cool": "test-input"})
    assert result.steps["step2"].output == {"result": {"cool": "test-input"}}


@case("variable-resolution/map-path-of-previous-step")
def test_a_map_takes_a_path_of_a_step(calls: Calls) -> None:
    variable = map_variable(step="step1", path="nested.value")
    _, result = started(mapped(calls, previousValue=variable))
    assert result.status == "success"
    assert result.steps["step2"].payload == {"previousValue": "step1-data"}


@case("variable-resolution/scalar-output")
def test_a_scalar_passes_between_steps(calls: Calls) -> None:
    step2 = calls.step(
        "step2",
        lambda ctx: {"result": "success", "input": ctx.input_data},
        input_schema=str,
    )
    flow = Workflow("flow").then(calls.step("step1", "step1-data")).then(step2).commit()
    _, result = started(flow)
    assert result.steps["step1"].output == "step1-data"
    assert result.steps["step2"].output == {"result": "success", "input": "step1-data"}


@case("variable-resolution/map-constants")
def test_falsy_constants_are_kept(calls: Calls) -> None:
    flow = mapped(
        calls, candidates=map_variable(value=[]), iteration=map_variable(value=0)
    )
    _, result = started(flow, {"cool": "test-input"})
    assert result.steps["step2"].output == {"candidates": [], "iteration": 0}


@case("variable-resolution/map-init-data-and-request-context")
def test_a_map_takes_init_data_and_request_context(calls: Calls) -> None:
    flow = mapped(
        calls,
        test=map_variable(init_data=True, path="cool"),
        test2=map_variable(request_context="life"),
    )
    _, result = started(flow, {"cool": "test-input"}, request_context={"life": 42})
    assert result.steps["step2"].output == {"test": "test-input", "test2": 42}


@case("variable-resolution/map-with-own-id")
def test_a_map_may_have_an_id_of_its_own(calls: Calls) -> None:
    def greet(ctx: Context) -> str:
        return f"Hello {ctx.input_data['result']}"

    def of_step1(ctx: Context) -> Any:
        return ctx.get_step_result("step1")["result"]

    def swap(ctx: Context) -> Any:
        return {"result": ctx.input_data["test"], "second": ctx.input_data["test2"]}

    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"result": "success"}))
        .map(
            {
                "test": map_variable(init_data=True, path="cool"),
                "test2": map_variable(fn=greet),
            },
            id="step1-mapping",
        )
        .then(calls.step("step2", swap))
        .map(
            {
                "result": map_variable(step="step2", path="result"),
                "second": map_variable(fn=of_step1),
            }
        )
        .commit()
    )
    _, result = started(flow, {"cool": "test-input"})
    entry = result.steps["step1-mapping"]
    assert entry.status == "success"
    assert entry.output == {"test": "test-input", "test2": "Hello success"}
    assert result.result == {"result": "test-input", "second": "success"}
    assert [id for id in result.steps if id.startswith("mapping_")]


@case("variable-resolution/template-step-results")
def test_a_template_reaches_earlier_steps(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("early-step", {"value": {"nested": "deep"}}))
        .then(calls.step("middle-step"))
        .map(
            {
                "ref": map_variable(
                    template="pulled=${stepResults.early-step.value.nested}"
                )
            }
        )
        .commit()
    )
    _, result = started(flow)
    assert result.result == {"ref": "pulled=deep"}


def rendered(calls: Calls, template: str, output: object) -> Any:
    flow = (
        Workflow("flow")
        .then(calls.step("before", output))
        .map({"s": map_variable(template=template)})
        .commit()
    )
    _, result = started(flow)
    found: Any = result.result
    return found["s"]


@case("variable-resolution/template-empty")
def test_an_empty_template_is_empty_text(calls: Calls) -> None:
    assert rendered(calls, "", {}) == ""


@case("variable-resolution/template-literal")
def test_a_template_may_be_plain_text(calls: Calls) -> None:
    assert rendered(calls, "literal-only", {}) == "literal-only"


@case("variable-resolution/template-stray-dollar")
def test_a_stray_dollar_is_text(calls: Calls) -> None:
    assert rendered(calls, "$5 then ${inputData.a}", {"a": "A"}) == "$5 then A"


@case("variable-resolution/template-list-index")
def test_a_template_indexes_lists(calls: Calls) -> None:
    output = {"list": [{"name": "first"}, {"name": "second"}]}
    assert rendered(calls, "${inputData.list.0.name}", output) == "first"


@case("variable-resolution/template-multiline")
def test_a_template_keeps_its_lines(calls: Calls) -> None:
    template = "line1=${inputData.a}\nline2=${inputData.b}"
    assert rendered(calls, template, {"a": "A", "b": "B"}) == "line1=A\nline2=B"


@case("variable-resolution/template-long")
def test_a_long_template_is_not_cut(calls: Calls) -> None:
    text = rendered(calls, "x" * 1200 + "value=${inputData.a}", {"a": "A"})
    assert len(text) > 1000
    assert text.endswith("value=A")


def refused(calls: Calls, template: str, match: str) -> None:
    flow = Workflow("flow").then(calls.step("stepA"))
    with pytest.raises(DefinitionError, match=match):
        flow.map({"s": map_variable(template=template)}).commit()


@case("variable-resolution/template-whitespace-rejected-at-definition")
def test_a_padded_placeholder_is_refused(calls: Calls) -> None:
    refused(calls, "${ inputData.x }", "whitespace")


@case("variable-resolution/template-empty-placeholder-rejected")
def test_an_empty_placeholder_is_refused(calls: Calls) -> None:
    refused(calls, "a${}b", "empty")


@case("variable-resolution/template-bare-step-result-accepted")
def test_a_whole_step_result_is_a_placeholder(calls: Calls) -> None:
    assert rendered(calls, "${stepResults.before}", "whole") == "whole"


@case("variable-resolution/template-step-result-without-id-rejected")
def test_a_step_result_needs_an_id(calls: Calls) -> None:
    refused(calls, "${stepResults.}", r"stepResults\.<stepId>")


class Start(BaseModel):
    start: str


@case("schema-validation/invalid-step-input-type")
def test_bad_input_is_refused_before_anything_runs(calls: Calls) -> None:
    flow = Workflow("flow", input_schema=Start).then(calls.step("step1")).commit()
    run = flow.create_run()
    with pytest.raises(SchemaMismatch, match="Invalid input data") as raised:
        run.start({"start": 123})
    assert "- start: " in str(raised.value)
    assert calls == {}
    assert run.refresh().status == "pending"


class Defaulted(BaseModel):
    defaultedValue: str = "default-value"


@case("schema-validation/step-input-defaults")
def test_a_steps_input_gets_its_schemas_defaults(calls: Calls) -> None:
    step2 = calls.step(
        "step2",
        lambda ctx: {"result": ctx.input_data.defaultedValue + "-processed"},
        input_schema=Defaulted,
    )
    step1 = calls.step("step1", {"someValue": "test"})
    _, result = started(Workflow("flow").then(step1).then(step2).commit())
    assert result.steps["step2"].output == {"result": "default-value-processed"}


class Subset(BaseModel):
    value1: str


@case("schema-validation/step-input-may-be-subset")
def test_a_step_may_take_a_part_of_the_output_before(calls: Calls) -> None:
    step1 = calls.step("step1", {"value1": "test1", "value2": "b", "value3": "c"})
    step2 = calls.step(
        "step2",
        lambda ctx: {"result": ctx.input_data.value1 + "-processed"},
        input_schema=Subset,
    )
    _, result = started(Workflow("flow").then(step1).then(step2).commit())
    assert result.steps["step2"].output == {"result": "test1-processed"}


class Item(BaseModel):
    value: int


@case("schema-validation/map-after-foreach")
def test_a_map_after_a_foreach_sees_the_whole_list(calls: Calls) -> None:
    body = calls.step(
        "map", lambda ctx: {"value": ctx.input_data.value + 11}, input_schema=Item
    )
    flow = (
        Workflow("flow", input_schema=list[Item])
        .foreach(body)
        .map(
            lambda ctx: {"inputValue": sum(item["value"] for item in ctx.input_data)},
            id="map-step",
        )
        .then(
            calls.step(
                "final", lambda ctx: {"finalValue": ctx.input_data["inputValue"]}
            )
        )
        .commit()
    )
    _, result = started(flow, [{"value": 1}, {"value": 22}, {"value": 333}])
    assert calls["map"] == 3
    expected = [{"value": 12}, {"value": 33}, {"value": 344}]
    assert result.steps["map"].output == expected
    assert result.steps["map-step"].output == {"inputValue": 389}
    assert result.steps["final"].output == {"finalValue": 389}


@case("core-state-reader/resume-labels-are-copies")
def test_labels_read_are_copies(calls: Calls) -> None:
    step = calls.step("approval", asks(resume_label="approve"))
    run, _ = started(Workflow("flow").then(step).commit())
    state = run.state()
    first = state.resume_labels()
    first["approve"]["path"] = ["elsewhere"]
    first.clear()
    expected = {"approve": {"path": ["approval"], "foreach_index": None}}
    assert state.resume_labels() == expected


@case("core-state-reader/suspended-step-without-path-metadata")
def test_a_suspended_step_is_found_with_its_path(calls: Calls) -> None:
    step = calls.step("approval", asks({"reason": "why"}))
    run, _ = started(Workflow("flow").then(step).commit())
    suspended = run.state().suspended_step()
    assert suspended
    assert suspended.path == ["approval"]
    assert suspended.suspend_payload == {"reason": "why"}
