"""error-handling, retry, core-parallel, per-step."""

from typing import Any

import pytest

from tests.conformance.marking import case
from tests.engine.making import Calls, asks, raises, started, stored
from workflows import Run, RunResult, Workflow, WorkflowError, map_variable


@case("error-handling/map-from-step-path")
def test_a_map_reads_a_path_of_an_output(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"data": "success"}))
        .map({"data": map_variable(step="step1", path="data")})
        .then(calls.step("step2"))
        .commit()
    )
    _, result = started(flow)
    step1, step2 = result.steps["step1"], result.steps["step2"]
    assert (step1.status, step1.payload) == ("success", {})
    assert step1.output == {"data": "success"}
    assert (step2.status, step2.payload) == ("success", {"data": "success"})


def half_failing(calls: Calls) -> Workflow:
    return (
        Workflow("half")
        .parallel(
            [
                calls.step("step1", {"done": True}),
                calls.step("step2", raises("Step execution failed")),
            ]
        )
        .then(calls.step("step3"))
        .commit()
    )


@case("error-handling/failure-in-parallel")
def test_a_failed_sibling_takes_nothing_from_the_finished(calls: Calls) -> None:
    _, result = started(half_failing(calls))
    step1, step2 = result.steps["step1"], result.steps["step2"]
    assert (step1.status, step1.payload) == ("success", {})
    assert step1.started_at
    assert step1.ended_at
    assert step2.status == "failed"
    assert step2.error
    assert step2.error.message == "Step execution failed"
    assert result.status == "failed"
    assert calls["step3"] == 0


@case("error-handling/failure-in-nested-parallel")
def test_a_failure_deep_inside_fails_what_is_around_it(calls: Calls) -> None:
    nested = half_failing(calls)
    _, result = started(Workflow("flow").then(nested).commit())
    entry = result.steps["half"]
    assert (entry.status, entry.payload) == ("failed", {})
    assert entry.started_at
    assert entry.ended_at
    assert entry.error
    assert "Step execution failed" in entry.error.message


class RateLimited(Exception):
    def __init__(self) -> None:
        super().__init__("slow down")
        self.statusCode = 429
        self.responseHeaders = {"retry-after": "60"}
        self.isRetryable = True


class StepFailure(Exception):
    def __init__(self) -> None:
        super().__init__("it failed")
        self.code = "STEP_FAILURE"
        self.details = {"reason": "test"}


def failing_with(calls: Calls, error: type[Exception]) -> tuple[Run, RunResult]:
    def body(_: Any) -> Any:
        raise error

    flow = Workflow("flow").then(calls.step("failing-step", body)).commit()
    return started(flow)


@case("error-handling/custom-error-attributes-kept")
def test_an_errors_own_attributes_are_kept(calls: Calls) -> None:
    run, result = failing_with(calls, RateLimited)
    assert result.status == "failed"
    for seen in (result, run.refresh()):
        error = seen.steps["failing-step"].error
        assert error
        assert error.name == "RateLimited"
        assert error.attributes == {
            "statusCode": 429,
            "responseHeaders": {"retry-after": "60"},
            "isRetryable": True,
        }


@case("error-handling/error-propagates-to-workflow")
def test_a_steps_error_is_the_runs_error(calls: Calls) -> None:
    _, result = failing_with(calls, StepFailure)
    assert result.status == "failed"
    assert result.steps["failing-step"].status == "failed"
    assert result.error == result.steps["failing-step"].error
    assert result.error
    assert result.error.step == "failing-step"
    assert result.error.attributes["code"] == "STEP_FAILURE"


class Structured(WorkflowError):
    def __init__(self) -> None:
        super().__init__("Step execution failed.")
        self.id = "STEP"
        self.domain = "WORKFLOW"
        self.details = {"field": "test"}


@case("error-handling/snapshot-framework-error-no-stack")
def test_no_stack_trace_is_stored(calls: Calls) -> None:
    run, result = failing_with(calls, Structured)
    assert result.status == "failed"
    assert result.error
    assert result.error.message == "Step execution failed."
    assert result.error.attributes["details"] == {"field": "test"}
    row = stored(run)
    texts = [row.error, *row.events.values_list("data", flat=True)]
    texts += row.snapshots.values_list("state", flat=True)
    assert not [text for text in texts if "Traceback" in text or __file__ in text]


def failing_second(calls: Calls, **options: Any) -> RunResult:
    flow = (
        Workflow("flow", **options)
        .then(calls.step("step1", {"result": "success"}))
        .then(calls.step("step2", raises("Step failed")))
        .commit()
    )
    return started(flow)[1]


@case("retry/default-none")
def test_nothing_is_tried_again_unasked(calls: Calls) -> None:
    result = failing_second(calls)
    entry = result.steps["step2"]
    assert result.steps["step1"].output == {"result": "success"}
    assert (entry.status, entry.payload) == ("failed", {"result": "success"})
    assert entry.error
    assert "Step failed" in entry.error.message
    assert calls == {"step1": 1, "step2": 1}


@case("retry/workflow-config")
def test_a_workflow_may_try_its_steps_again(calls: Calls) -> None:
    result = failing_second(calls, retries=5, retry_delay=0.01)
    assert result.steps["step2"].status == "failed"
    assert calls == {"step1": 1, "step2": 6}


@case("core-parallel/allow-failure-all-fail")
def test_a_lenient_block_succeeds_though_all_fail(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .parallel(
            [
                calls.step("failing-1", raises("one")),
                calls.step("failing-2", raises("two")),
            ],
            allow_failure=True,
        )
        .then(calls.step("downstream", lambda ctx: ctx.input_data))
        .commit()
    )
    _, result = started(flow)
    assert result.status == "success"
    assert result.steps["failing-1"].status == "failed"
    assert result.steps["failing-2"].status == "failed"
    assert result.result == {"failing-1": None, "failing-2": None}


@case("core-parallel/failure-not-allowed")
def test_a_strict_block_fails_with_one_member(calls: Calls) -> None:
    members = [calls.step("success-step"), calls.step("failing-step", raises("no"))]
    _, result = started(Workflow("flow").parallel(members).commit())
    assert result.status == "failed"


def stepwise(flow: Workflow) -> RunResult:
    _, result = started(flow, {"input": "test"}, per_step=True)
    assert result.status == "paused"
    return result


@case("per-step/sequence")
def test_step_by_step_stops_behind_the_first(calls: Calls) -> None:
    flow = (
        Workflow("flow").then(calls.step("step1", 1)).then(calls.step("step2")).commit()
    )
    result = stepwise(flow)
    assert result.steps["step1"].status == "success"
    assert result.steps["step1"].output == 1
    assert set(result.steps) == set(calls) == {"step1"}


@case("per-step/parallel-runs-only-first-member")
def test_step_by_step_a_block_runs_one_member(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .parallel([calls.step("stepA"), calls.step("stepB")])
        .then(calls.step("stepC"))
        .commit()
    )
    result = stepwise(flow)
    assert result.steps["stepA"].status == "success"
    assert set(result.steps) == set(calls) == {"stepA"}


@case("per-step/before-branch")
def test_step_by_step_stops_before_a_branch(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("check", {"shouldBranch": True}))
        .branch(
            [
                (lambda ctx: ctx.input_data["shouldBranch"], calls.step("branchA")),
                (lambda ctx: not ctx.input_data["shouldBranch"], calls.step("branchB")),
            ]
        )
        .commit()
    )
    result = stepwise(flow)
    assert result.steps["check"].status == "success"
    assert set(result.steps) == set(calls) == {"check"}


@case("per-step/before-nested")
def test_step_by_step_stops_before_a_nested_workflow(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("outerStep"))
        .then(Workflow("nested").then(calls.step("innerStep")).commit())
        .then(calls.step("finalStep"))
        .commit()
    )
    result = stepwise(flow)
    assert result.steps["outerStep"].status == "success"
    assert set(result.steps) == set(calls) == {"outerStep"}


@case("per-step/each-start-is-a-new-run")
def test_step_by_step_each_start_is_a_run_of_its_own(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1")).then(calls.step("step2")).commit()
    assert set(stepwise(flow).steps) == {"step1"}
    assert set(stepwise(flow).steps) == {"step1"}
    assert calls == {"step1": 2}


@case("core-misc/single-step-mode-two-true-branches")
def test_step_by_step_only_the_first_true_arm_runs(calls: Calls) -> None:
    arms = [(lambda _: True, calls.step("a")), (lambda _: True, calls.step("b"))]
    result = stepwise(Workflow("flow").branch(arms).commit())
    assert set(result.steps) == set(calls) == {"a"}


@case("core-redelivery/fence-released-on-failure")
def test_a_failed_attempt_does_not_bar_the_next(calls: Calls) -> None:
    def body(_: Any) -> Any:
        if calls["a"] == 1:
            raise RuntimeError("once")
        return "done"

    flow = Workflow("flow").then(calls.step("a", body, retries=1)).commit()
    assert started(flow)[1].result == "done"
    assert calls == {"a": 2}


@pytest.mark.parametrize("nested", [False, True])
@case("abort/suspended-run-can-be-cancelled-setup")
def test_a_suspended_run_can_be_canceled(calls: Calls, nested: bool) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1"))
        .then(calls.step("step2", asks({"reason": "waiting for approval"})))
        .then(calls.step("step3"))
        .commit()
    )
    if nested:
        flow = Workflow("outer").then(flow).commit()
    run, result = started(flow)
    assert result.status == "suspended"
    assert calls == {"step1": 1, "step2": 1}
    assert list(result.suspend_payload.values()) == [{"reason": "waiting for approval"}]
    assert run.cancel() == "canceled"
    assert run.refresh().status == "canceled"
    assert run.refresh().suspended == []
