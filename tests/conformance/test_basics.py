"""basic-execution, workflow-runs, run-count, multiple-chains, interoperability."""

from typing import Any

import pytest

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, started
from workflows import DefinitionError, Step, Workflow


@case("basic-execution/single-step")
def test_a_single_step_ends_with_its_output(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1", {"result": "success"})).commit()
    _, result = started(flow)
    assert result.status == "success"
    assert result.steps["step1"].status == "success"
    assert result.steps["step1"].output == {"result": "success"}
    assert result.steps["step1"].payload == {}


@case("basic-execution/start-completes")
def test_start_waits_for_the_end(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1", {"result": "success"})).commit()
    run, result = started(flow)
    assert result.status == run.status == "success"
    assert result.steps["step1"].status == "success"


@case("basic-execution/repeated-runs")
def test_each_run_executes_its_step_once(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1", {"result": "success"})).commit()
    assert [started(flow)[1].status for _ in range(3)] == ["success"] * 3
    assert calls == {"step1": 3}


@case("basic-execution/bail-ends-run-successfully")
def test_bail_ends_the_run_successfully(calls: Calls) -> None:
    def first(ctx: Context) -> Any:
        value = ctx.input_data["value"]
        if value == "bail":
            return ctx.bail({"result": "bailed"})
        return {"result": f"step1: {value}"}

    flow = (
        Workflow("flow")
        .then(calls.step("step1", first))
        .then(
            calls.step(
                "step2", lambda ctx: {"result": f"step2: {ctx.input_data['result']}"}
            )
        )
        .commit()
    )
    _, bailed = started(flow, {"value": "bail"})
    assert bailed.steps["step1"].status == "success"
    assert bailed.steps["step1"].output == {"result": "bailed"}
    assert "step2" not in bailed.steps
    assert (bailed.status, bailed.result) == ("success", {"result": "bailed"})

    _, whole = started(flow, {"value": "no-bail"})
    assert whole.steps["step1"].output == {"result": "step1: no-bail"}
    assert whole.steps["step2"].output == {"result": "step2: step1: no-bail"}


@case("basic-execution/run-id-in-step")
def test_a_step_knows_its_run(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1", lambda ctx: ctx.run_id)).commit()
    run, result = started(flow)
    assert result.result == run.id


@case("basic-execution/parallel-reads-state")
def test_parallel_members_read_the_state(calls: Calls) -> None:
    def read(ctx: Context) -> Any:
        return {"stateValue": ctx.state["value"]}

    flow = (
        Workflow("flow")
        .parallel([calls.step("step1", read), calls.step("step2", read)])
        .commit()
    )
    _, result = started(flow, initial_state={"value": "test-state"})
    for name in ("step1", "step2"):
        assert result.steps[name].output == {"stateValue": "test-state"}


@case("basic-execution/workflow-result-is-last-output")
def test_the_result_is_the_last_output(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"nested": {"value": "step1-data"}}))
        .commit()
    )
    _, result = started(flow)
    assert result.status == "success"
    assert result.result == {"nested": {"value": "step1-data"}}


@case("basic-execution/no-flow-is-an-error")
def test_a_workflow_without_steps_is_refused() -> None:
    with pytest.raises(DefinitionError, match="flow"):
        Workflow("flow").commit()


@case("basic-execution/uncommitted-is-an-error")
def test_an_uncommitted_workflow_makes_no_run(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1"))
    assert not flow.committed
    with pytest.raises(DefinitionError, match="not committed"):
        flow.create_run()


@case("basic-execution/no-suspend-data-on-first-run")
def test_a_first_execution_has_no_suspend_data(calls: Calls) -> None:
    def body(ctx: Context) -> Any:
        had = "No suspend data" if ctx.suspend_data is None else "Had suspend data"
        return {"result": f"{ctx.input_data['value']}: {had}"}

    flow = Workflow("flow").then(calls.step("step1", body)).commit()
    _, result = started(flow, {"value": "test"})
    assert result.result == {"result": "test: No suspend data"}


@case("workflow-runs/status")
def test_a_run_ends_in_success(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1")).commit()
    _, result = started(flow)
    assert result.status == "success"
    assert calls == {"step1": 1}


@case("workflow-runs/many-runs-of-one-definition")
def test_runs_of_one_definition_are_independent(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", lambda _: {"runNumber": calls["step1"]}))
        .commit()
    )
    results = [started(flow)[1].result for _ in range(3)]
    assert results == [{"runNumber": 1}, {"runNumber": 2}, {"runNumber": 3}]


@case("workflow-runs/chosen-run-id")
def test_the_caller_may_choose_the_run_id(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1")).commit()
    run = flow.create_run(run_id="my-custom-run-id-12345")
    assert run.id == "my-custom-run-id-12345"
    assert run.start({}).status == "success"


@case("run-count/loops-count")
def test_loops_count_to_their_bounds(calls: Calls) -> None:
    def more(ctx: Context) -> Any:
        return {"count": ctx.input_data["count"] + 1}

    flow = (
        Workflow("flow")
        .dowhile(calls.step("step1", more), lambda ctx: ctx.input_data["count"] < 3)
        .dountil(calls.step("step2", more), lambda ctx: ctx.input_data["count"] == 10)
        .commit()
    )
    _, result = started(flow, {"count": 0})
    assert result.status == "success"
    assert result.steps["step1"].output == {"count": 3}
    assert result.steps["step2"].output == {"count": 10}


@case("multiple-chains/parallel-nested-workflows")
def test_chains_run_beside_each_other(calls: Calls) -> None:
    a = Workflow("a")
    for name in ("step1", "step2", "step3"):
        a.then(calls.step(name, {"result": f"success{name[-1]}"}))
    b = Workflow("b")
    for name in ("step4", "step5"):
        b.then(calls.step(name, {"result": f"success{name[-1]}"}))
    flow = Workflow("flow").parallel([a.commit(), b.commit()]).commit()
    _, result = started(flow)
    for name, output in (("a", {"result": "success3"}), ("b", {"result": "success5"})):
        entry = result.steps[name]
        assert (entry.status, entry.output, entry.payload) == ("success", output, {})
        assert entry.started_at
        assert entry.ended_at


def double_tool(given: dict[str, int]) -> dict[str, int]:
    """Stands for a tool: a plain function that knows nothing of workflows."""
    return {"doubled": given["value"] * 2}


@case("interoperability/map-then-tool")
def test_a_map_feeds_a_plain_function() -> None:
    flow = (
        Workflow("flow")
        .map(lambda ctx: {"value": ctx.input_data["value"] + 1})
        .then(Step(id="double-tool", execute=double_tool))
        .commit()
    )
    _, result = started(flow, {"value": 5})
    assert result.status == "success"
    assert result.steps["double-tool"].output == {"doubled": 12}


@case("interoperability/tool-via-step")
def test_a_plain_function_is_a_step() -> None:
    flow = Workflow("flow").then(Step(execute=double_tool)).commit()
    _, result = started(flow, {"value": 5})
    assert result.steps["double-tool"].output == {"doubled": 10}
