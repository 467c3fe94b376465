"""core-misc, streaming (what needs no stream), core-checkpoint (times)."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from tests.conformance.marking import case
from tests.engine.making import (
    Calls,
    Context,
    Gate,
    asks,
    crash_in,
    raises,
    started,
    stored,
)
from workflows import (
    AmbiguousResume,
    SchemaMismatch,
    StepNotSuspended,
    Workflow,
)


@case("core-misc/on-start-raises")
def test_on_start_may_reject_a_start(calls: Calls) -> None:
    def reject(_: Any) -> None:
        raise PermissionError("quota denied")

    flow = Workflow("flow", on_start=reject).then(calls.step("step1")).commit()
    run = flow.create_run()
    with pytest.raises(PermissionError, match="quota denied"):
        run.start({})
    assert calls == {}
    assert stored(run).status == "pending"


@case("core-misc/on-start-only-for-start")
def test_on_start_is_called_for_start_only(calls: Calls) -> None:
    heard: list[str] = []
    gate = Gate()

    async def body(ctx: Context) -> Any:
        if not ctx.resumed:
            return ctx.suspend()
        return await gate.hold(ctx)

    flow = (
        Workflow("flow", on_start=lambda info: heard.append(info.run_id))
        .then(calls.step("a", lambda ctx: ctx.input_data))
        .then(calls.step("b", asks()))
        .commit()
    )
    run, _ = started(flow)
    run.resume({})
    run.restart()
    run.time_travel("a")
    assert heard == [run.id]

    held = Workflow("held", on_start=lambda info: heard.append(info.run_id))
    held.then(calls.step("c", gate.body())).commit()
    run = crash_in(gate, held)
    assert run.restart().status == "success"
    assert heard.count(run.id) == 1


@case("core-misc/sleep-values")
def test_how_long_a_sleep_takes(calls: Calls) -> None:
    def length(ctx: Context) -> float:
        assert ctx.get_step_result("unknown") is None
        assert ctx.get_step_result("step1") == {"pause": 0.1}
        return float(ctx.input_data["pause"])

    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"pause": 0.1}))
        .sleep(0.1)
        .sleep(timedelta(milliseconds=100))
        .sleep(length)
        .sleep(raises("no idea"))
        .sleep(lambda _: None)
        .commit()
    )
    begun = time.monotonic()
    _, result = started(flow)
    assert (result.status, result.result) == ("success", {"pause": 0.1})
    assert 0.28 <= time.monotonic() - begun < 2


class Tenant(BaseModel):
    userId: str


@case("core-misc/request-context-schema-workflow")
def test_a_bad_request_context_is_refused(calls: Calls) -> None:
    flow = (
        Workflow("flow", request_context_schema=Tenant)
        .then(calls.step("step1", request_context_schema=Tenant))
        .commit()
    )
    with pytest.raises(SchemaMismatch, match=r"Request context validation.*'flow'"):
        flow.create_run().start({}, request_context={})
    assert calls == {}


@case("core-misc/request-context-schema-step")
def test_a_step_fails_on_a_bad_request_context(calls: Calls) -> None:
    step = calls.step("step1", request_context_schema=Tenant)
    _, result = started(Workflow("flow").then(step).commit())
    assert result.status == "failed"
    assert result.error
    assert "Request context validation failed" in result.error.message
    assert "step1" in result.error.message
    assert calls == {}


class Point(BaseModel):
    x: int
    y: int


@case("core-misc/step-input-validation-is-a-failure")
def test_input_that_breaks_a_steps_schema_fails_the_step(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"x": "no number"}))
        .then(calls.step("step2", input_schema=Point))
        .commit()
    )
    _, result = started(flow)
    entry = result.steps["step2"]
    assert (result.status, entry.status) == ("failed", "failed")
    assert entry.error
    first, *lines = entry.error.message.splitlines()
    assert "Step input validation failed" in first
    assert [line.partition(":")[0] for line in lines] == ["- x", "- y"]
    assert calls == {"step1": 1}


@case("core-misc/resource-id")
def test_the_resource_id_is_kept(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", asks())).commit()
    run = flow.create_run(resource_id="r1")
    assert run.start({}).resource_id == "r1"
    assert flow.get_run(run.id).resume({}).resource_id == "r1"
    assert stored(run).resource_id == "r1"


@case("core-misc/status-of-reopened-run")
def test_a_reopened_run_has_its_stored_status(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a")).commit()
    run, _ = started(flow)
    assert flow.create_run(run_id=run.id).status == "success"


def two_waiting(calls: Calls) -> Workflow:
    members = [calls.step("a", asks()), calls.step("b", asks())]
    return Workflow("flow").parallel(members).then(calls.step("c")).commit()


@case("core-misc/resume-error-wrong-step")
def test_resuming_another_step_names_the_suspended_ones(calls: Calls) -> None:
    run, _ = started(two_waiting(calls))
    with pytest.raises(StepNotSuspended, match=r"'c' was not suspended.*\[a\], \[b\]"):
        run.resume({}, step="c")
    assert run.refresh().suspended == [["a"], ["b"]]


@case("core-misc/resume-error-several")
def test_resuming_without_a_name_lists_the_candidates(calls: Calls) -> None:
    run, _ = started(two_waiting(calls))
    with pytest.raises(AmbiguousResume, match=r"\[a\], \[b\]; name the step"):
        run.resume({})
    assert run.refresh().suspended == [["a"], ["b"]]


@case("streaming/execution-order")
def test_steps_run_in_order(calls: Calls) -> None:
    log: list[str] = []
    flow = Workflow("flow")
    for name in ("step1", "step2", "step3"):
        flow.then(calls.step(name, lambda ctx: log.append(ctx.step_id)))
    _, result = started(flow.commit())
    assert log == ["step1", "step2", "step3"]
    assert {entry.status for entry in result.steps.values()} == {"success"}


@case("streaming/parallel-three")
def test_three_members_succeed(calls: Calls) -> None:
    members = [calls.step(f"step{n}", f"parallel-{n}") for n in (1, 2, 3)]
    _, result = started(Workflow("flow").parallel(members).commit())
    assert result.status == "success"
    assert [result.steps[f"step{n}"].output for n in (1, 2, 3)] == [
        "parallel-1",
        "parallel-2",
        "parallel-3",
    ]


@case("core-checkpoint/timestamps-survive-replay")
def test_times_survive_a_resume(calls: Calls) -> None:
    async def slow(_: Context) -> None:
        await asyncio.sleep(0.15)

    flow = (
        Workflow("flow")
        .then(calls.step("step1", slow))
        .then(calls.step("step2", asks()))
        .commit()
    )
    run, before = started(flow)
    time.sleep(0.05)
    after = run.resume({}).steps["step1"]
    assert after == before.steps["step1"]
    assert after.started_at
    assert after.ended_at
    assert after.ended_at - after.started_at >= timedelta(milliseconds=148)
