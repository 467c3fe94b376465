"""OpenTelemetry spans: one for a run, one for each execution of it, one for each step.

Without an OpenTelemetry SDK this costs next to nothing. The
ids of a run's span are kept in its journal, so executions in other processes, days
later, join the same trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from workflows.json_gate import JSONObject, JSONValue

trace: Any
try:
    from opentelemetry import trace
except ImportError:
    trace = None

NAME = "countersign"


def begin_run(
    workflow_id: str, run_id: str, options: JSONObject, context: JSONObject
) -> JSONObject:
    """Open and close the run's own span; gives what the journal keeps of it.

    ``options`` are those of ``start(tracing=…)``; ``context`` is the request context,
    without its secrets, of which ``request_context_keys`` names values for the span.
    """
    kept: JSONObject = {
        key: options[key]
        for key in ("trace_id", "metadata", "tags")
        if options.get(key)
    }
    if parent := options.get("parent_span_id"):
        kept["parent_span_id"] = parent
    if not _is_watched():
        return kept
    attributes = _attributes(workflow_id, run_id, options, context)
    name = str(options.get("root_span_name") or f"workflow {workflow_id}")
    span = trace.get_tracer(NAME).start_span(
        name, context=_remote(options), attributes=attributes
    )
    span.end()
    ids = span.get_span_context()
    parent_ids = trace.get_current_span(_remote(options)).get_span_context()
    if ids.is_valid and ids.span_id != parent_ids.span_id:  # else nobody made a span
        kept["trace_id"] = trace.format_trace_id(ids.trace_id)
        kept["span_id"] = trace.format_span_id(ids.span_id)
    return kept


def span(
    name: str, tracing: Mapping[str, Any], attributes: Mapping[str, Any]
) -> AbstractContextManager[Any]:
    """A span under the run's own, current for what runs inside."""
    if not _is_watched():
        return nullcontext()
    parent = {**tracing, "parent_span_id": tracing.get("span_id")}
    known = {key: value for key, value in attributes.items() if value is not None}
    started: AbstractContextManager[Any] = trace.get_tracer(NAME).start_as_current_span(
        name,
        context=_remote(parent),
        attributes=known,
        # The message of an exception often quotes the value that caused it.
        record_exception=False,
        set_status_on_exception=False,
    )
    return started


def _is_watched() -> bool:
    """Whether anything was installed that keeps spans; making them takes time."""
    if trace is None:
        return False
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def _remote(options: Mapping[str, JSONValue]) -> Any:
    """The context of a span named by its ids; without ids, the current one."""
    trace_id, span_id = options.get("trace_id"), options.get("parent_span_id")
    if not trace_id:
        return None
    ids = trace.SpanContext(
        trace_id=int(str(trace_id), 16),
        # A parent must have an id; without one, any makes the trace the same.
        span_id=int(str(span_id), 16) if span_id else 1,
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(ids))


def _attributes(
    workflow_id: str, run_id: str, options: JSONObject, context: JSONObject
) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "workflow.id": workflow_id,
        "workflow.run_id": run_id,
    }
    if isinstance(tags := options.get("tags"), list):
        attributes["workflow.tags"] = [str(tag) for tag in tags]
    if isinstance(metadata := options.get("metadata"), dict):
        attributes |= {f"metadata.{key}": _flat(v) for key, v in metadata.items()}
    if isinstance(keys := options.get("request_context_keys"), list):
        for key in map(str, keys):
            if (value := _at(context, key)) is not None:
                attributes[f"request_context.{key}"] = _flat(value)
    return attributes


def _at(value: JSONValue, path: str) -> JSONValue:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _flat(value: JSONValue) -> Any:
    """Spans take texts, numbers and truth values."""
    return value if isinstance(value, str | int | float | bool) else str(value)
