"""OpenTelemetry: a span for a run, for each execution of it and for each step."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.engine.making import Calls, Context, asks, started
from workflows import Workflow, tracing

pytestmark = pytest.mark.django_db(transaction=True)

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return kept


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name == name]


def ids(span: ReadableSpan) -> tuple[str, str | None, str]:
    """Trace, parent and span, as the texts that callers give and get."""
    own = span.get_span_context()
    assert own
    parent = span.parent and trace.format_span_id(span.parent.span_id)
    return (
        trace.format_trace_id(own.trace_id),
        parent,
        trace.format_span_id(own.span_id),
    )


def test_the_options_of_a_start_are_on_the_span_of_the_run(
    calls: Calls, spans: InMemorySpanExporter
) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    options = {
        "root_span_name": "the run",
        "trace_id": TRACE,
        "parent_span_id": PARENT,
        "metadata": {"release": "7"},
        "tags": ["x", "y"],
        "request_context_keys": ["user.id", "nothing"],
    }
    context = {"user": {"id": 5}}
    run, result = started(flow, tracing=options, request_context=context)
    (root,) = named(spans, "the run")
    assert ids(root) == (TRACE, PARENT, result.span_id)
    assert result.trace_id == TRACE
    assert dict(root.attributes or {}) == {
        "workflow.id": "flow",
        "workflow.run_id": run.id,
        "workflow.tags": ("x", "y"),
        "metadata.release": "7",
        "request_context.user.id": 5,
    }


def test_every_execution_and_every_attempt_has_a_span_in_the_same_trace(
    calls: Calls, spans: InMemorySpanExporter
) -> None:
    def fails_once(ctx: Context) -> Any:
        if ctx.retry_count == 0:
            raise RuntimeError("again")

    flow = Workflow("flow").then(calls.step("a", fails_once, retries=1))
    run, result = started(flow.then(calls.step("b", asks())).commit())
    run.resume(1)
    executions = named(spans, "workflow execution")
    assert len(executions) == 2
    for span in executions:
        assert ids(span)[:2] == (result.trace_id, result.span_id)
        assert (span.attributes or {})["workflow.run_id"] == run.id
    steps = [*named(spans, "step a"), *named(spans, "step b")]
    assert [dict(span.attributes or {}) for span in steps] == [
        {
            "workflow.id": "flow",
            "workflow.run_id": run.id,
            "workflow.step": step,
            "workflow.attempt": attempt,
        }
        for step, attempt in [("a", 1), ("a", 2), ("b", 1), ("b", 1)]
    ]
    parents = [ids(span)[1] for span in steps]
    first, second = (ids(span)[2] for span in executions)
    assert parents == [first, first, first, second]


def test_without_the_package_a_run_keeps_what_it_was_given(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "trace", None)
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    _, result = started(flow, tracing={"trace_id": TRACE})
    assert (result.status, result.trace_id, result.span_id) == ("success", TRACE, None)
