"""What the run row becomes when a draft is appended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from workflows import json_gate
from workflows.draft import Draft
from workflows.events import EventType
from workflows.models import Suspension
from workflows.state import Ref
from workflows.store import Append

SNAPSHOT_FROM = 50  # a shorter journal is read as fast as a snapshot of it


def change_of(
    run_id: str,
    draft: Draft,
    openings: Sequence[Suspension] = (),
    snapshot_seq: int = 0,
) -> Append:
    """The append of a draft. A draft without a claim lets go of the run.

    A snapshot goes with it when it pays: when the events since the last one outweigh
    it, so that bytes written per step stay flat, sooner when the run stops.
    """
    fold = draft.fold
    released = fold.claim is None
    visits = 0 if released else 2 * len(fold.visits)
    snapshot = fold.seq - snapshot_seq > SNAPSHOT_FROM + visits
    columns = _columns(draft)
    if snapshot:
        columns["snapshot_seq"] = fold.seq
    return Append(
        run_id=run_id,
        expected=draft.base,
        events=draft.events,
        fold=fold,
        now=draft.now,
        release=released,
        set_due=released,
        due_at=_wake_at(draft) if released else None,
        openings=openings,
        columns=columns,
        snapshot=snapshot,
    )


def _wake_at(draft: Draft) -> datetime | None:
    wake_at = draft.events[-1].data.get("wake_at")
    if not isinstance(wake_at, int):
        return None
    return datetime.fromtimestamp(wake_at / 1000, tz=draft.now.tzinfo)


def _columns(draft: Draft) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for event in draft.events:
        match event.type:
            case EventType.START:
                columns["input"] = json_gate.dumps(event.data["input"])
                columns["started_at"] = event.at
            case EventType.FINISH:
                columns["ended_at"] = event.at
                columns |= _ending(draft)
            case EventType.CANCELED:
                columns["ended_at"] = event.at
            case EventType.TIME_TRAVEL:
                columns |= {"result": "", "error": "", "ended_at": None}
                if "input" in event.data:
                    columns["input"] = json_gate.dumps(event.data["input"])
    return columns


def _ending(draft: Draft) -> dict[str, Any]:
    if draft.fold.failure is not None:
        return {"error": json_gate.dumps(draft.values.error(draft.fold.failure))}
    result = draft.values.get(cast(Ref, draft.fold.result))
    return {"result": json_gate.dumps(result)}
