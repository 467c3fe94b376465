"""The journal as others read it: one shape in Python, REST and SSE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from workflows import events, loading
from workflows.events import EventType, JournalEvent
from workflows.json_gate import JSONObject, JSONValue
from workflows.shapes import Shape
from workflows.state import Ref
from workflows.values import Values

# Kept in the journal for the engine; no business of a reader's.
INTERNAL = frozenset(
    {
        *("holder", "from", "entry", "output_from", "error_from", "context_removed"),
        *("iteration_output_from", "payload", "suspension", "labels"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent(Shape):
    """One event of a run; ``seq`` is gapless and survives restarts.

    Its fields are attributes; by name, and in ``as_json``, they have the one shape of
    Python, REST and SSE: ``event["at"]`` is text.
    """

    seq: int
    run_id: str
    type: str
    at: datetime
    path: list[str]
    foreach_index: int | None
    payload: JSONObject

    def __getitem__(self, name: str) -> Any:
        return self.as_json()[name]

    def as_json(self) -> JSONObject:
        """The shape of REST and SSE."""
        return {
            "seq": self.seq,
            "run_id": self.run_id,
            "type": self.type,
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "path": list(self.path),
            "foreach_index": self.foreach_index,
            "payload": self.payload,
        }


def read_events(run_id: str, after: int = 0, limit: int = 1000) -> list[RunEvent]:
    """Events behind number ``after``, oldest first, at most ``limit``."""
    journal = loading.read_events(run_id, after=after, limit=limit)
    known = {event.seq: event.data for event in journal}
    values = Values(known, fetch=partial(loading.event_data, run_id))
    values.know_all()
    return [public(run_id, event, values) for event in journal]


def public(run_id: str, event: JournalEvent, values: Values) -> RunEvent:
    """An event with the values its references name."""
    path, index = events.split(event.address)
    payload = {k: v for k, v in event.data.items() if k not in INTERNAL}
    if event.address and event.type != EventType.DECIDED:
        payload["id"] = events.ids(path)[-1]
    if (show := _SHOWN.get(event.type)) is not None:
        payload |= show(event.data, event.seq, values)
    return RunEvent(
        seq=event.seq,
        run_id=run_id,
        type=str(event.type),
        at=event.at,
        path=events.segments(path),
        foreach_index=index,
        payload=payload,
    )


Data = Mapping[str, JSONValue]


def _started(data: Data, seq: int, values: Values) -> JSONObject:
    return {} if "attempt" in data else {"payload": values.get(seq)}


def _result(data: Data, seq: int, values: Values) -> JSONObject:
    if "error" in data or "error_from" in data:
        return {"error": values.error(seq)}
    return {"output": values.get(seq)} if data["status"] == "success" else {}


def _suspended(data: Data, seq: int, values: Values) -> JSONObject:
    return {
        "suspend_payload": data.get("payload"),
        "suspension_id": data["suspension"],
        "resume_labels": data.get("labels") or [],
    }


def _progress(data: Data, seq: int, values: Values) -> JSONObject:
    source = data.get("iteration_output_from")
    return {} if source is None else {"iteration_output": values.get(cast(Ref, source))}


def _finish(data: Data, seq: int, values: Values) -> JSONObject:
    if data["status"] == "success":
        return {"result": values.get(cast(Ref, data["from"]))}
    return {"error": values.error(seq)}


_SHOWN: dict[EventType, Callable[[Data, int, Values], Any]] = {
    EventType.STEP_START: _started,
    EventType.STEP_RESULT: _result,
    EventType.STEP_SUSPENDED: _suspended,
    EventType.STEP_PROGRESS: _progress,
    EventType.FINISH: _finish,
}
