"""streaming, tracing, core-concurrency (streamed resumes)."""

import asyncio
from typing import Any

from opentelemetry import trace

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, again, asks, on_engine, started
from workflows import AlreadyResumed, RunEvent, RunResult, Workflow
from workflows.streams import RunStream


async def drained(stream: RunStream) -> tuple[list[RunEvent], RunResult]:
    return [event async for event in stream], await stream.result()


@case("streaming/current-event-types")
def test_a_stream_tells_of_every_step(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("step1", 1))
        .then(calls.step("step2", 2))
        .commit()
    )
    run = flow.create_run()
    told, result = on_engine(drained(run.stream({})))
    assert result.status == "success"
    types = [event.type for event in told]
    assert types == [
        "workflow-start",
        "workflow-step-start",
        "workflow-step-result",
        "workflow-step-start",
        "workflow-step-result",
        "workflow-finish",
    ]
    assert {event.run_id for event in told} == {run.id}
    assert [event.seq for event in told] == list(range(1, 7))


@case("streaming/custom-events-from-step")
def test_a_step_writes_events_of_its_own(calls: Calls) -> None:
    def writes(ctx: Context) -> Any:
        given = ctx.resume_data if ctx.resumed else ctx.input_data
        ctx.write({"type": "custom-event", "payload": {"input": given["input"]}})
        return {"done": True} if ctx.resumed else ctx.suspend()

    flow = (
        Workflow("flow")
        .then(calls.step("getUserInput", lambda ctx: ctx.input_data))
        .then(calls.step("stepWithWriter", writes))
        .commit()
    )
    run = flow.create_run()
    told, result = on_engine(drained(run.stream({"input": "test input for stream"})))
    assert result.status == "suspended"
    types = [event.type for event in told]
    written = types.index("workflow-step-output")
    output: Any = told[written].payload["output"]
    assert output["type"] == "custom-event"
    assert output["payload"]["input"] == "test input for stream"
    assert written < types.index("workflow-step-suspended")
    answer = {"input": "test input for resumption"}
    told, result = on_engine(drained(run.resume_stream(answer, step="stepWithWriter")))
    assert result.status == "success"
    assert [e.seq for e in run.events()][-len(told) :] == [e.seq for e in told]


@case("core-concurrency/two-streamed-resumes-race")
def test_of_two_streamed_resumes_one_wins(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("approval", asks({"reason": "why"})))
        .then(calls.step("downstream"))
        .commit()
    )
    run, _ = started(flow)

    async def both() -> list[Any]:
        streams = [
            again_run.resume_stream({"approved": True}, step="approval")
            for again_run in handles
        ]
        return await asyncio.gather(*map(drained, streams), return_exceptions=True)

    handles = [again(run), again(run)]
    outcomes = on_engine(both())
    lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(error) for error in lost] == [AlreadyResumed]
    assert calls == {"approval": 2, "downstream": 1}


@case("tracing/context-given-to-all-steps")
def test_every_step_has_a_trace_context(calls: Calls) -> None:
    seen: list[tuple[str, object]] = []

    def record(ctx: Context) -> None:
        seen.append((ctx.step_id, trace.get_current_span().get_span_context()))

    flow = (
        Workflow("flow")
        .then(calls.step("step1", record))
        .then(calls.step("step2", record))
        .commit()
    )
    _, result = started(flow, {"input": "test"})
    assert result.status == "success"
    assert [step for step, _ in seen] == ["step1", "step2"]
    assert all(isinstance(context, trace.SpanContext) for _, context in seen)
