"""Read a run back from its tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from workflows import events, json_gate
from workflows.errors import RunNotFound
from workflows.events import EventType, JournalEvent
from workflows.fold import fold
from workflows.json_gate import JSONObject, JSONValue
from workflows.models import Event, Run, Snapshot
from workflows.rows import execute, read_time, select_rows
from workflows.state import RunFold
from workflows.values import Values


@dataclass(slots=True)
class Loaded:
    """A run as stored: its row, its fold, its values."""

    run: Run
    fold: RunFold
    values: Values


def load(run_id: str, *, whole: bool = False) -> Loaded:
    """The run with its fold: the latest snapshot and the events after it.

    ``whole`` reads every event, so that no value has to be fetched later.
    """
    found = select_rows(Run, "id", [run_id])
    if not found:
        raise RunNotFound(f"no run {run_id!r}")
    run = found[0]
    start = RunFold() if whole else _snapshot(run)
    journal = read_events(run_id, after=start.seq)
    values = Values(
        {event.seq: event.data for event in journal},
        fetch=partial(event_data, run_id),
    )
    return Loaded(run, fold(journal, start), values)


def _snapshot(run: Run) -> RunFold:
    if not run.snapshot_seq:
        return RunFold()
    stored = Snapshot.objects.get(run_id=run.pk, seq=run.snapshot_seq)
    return RunFold.from_json(stored.state_value)


def read_events(run_id: str, *, after: int = 0, limit: int = -1) -> list[JournalEvent]:
    """Events behind number ``after``, in order, at most ``limit`` if that is given.

    Plain SQL, because a run is read at every answer: the ORM costs ten times as much.
    """
    bound = "" if limit < 0 else f" LIMIT {int(limit)}"
    found = execute(
        "SELECT seq, type, path, foreach_index, data, at "
        f"FROM {Event._meta.db_table} WHERE run_id = %s AND seq > %s "
        f"ORDER BY seq{bound}",
        [run_id, after],
    )
    return [_event(*row) for row in found.fetchall()]


def _event(
    seq: int, kind: str, path: str, index: int | None, data: str, at: datetime
) -> JournalEvent:
    address = events.unsplit(path, index)
    return JournalEvent(seq, EventType(kind), address, _parsed(data), read_time(at))


def event_data(
    run_id: str, numbers: Collection[int]
) -> Mapping[int, Mapping[str, JSONValue]]:
    """What the numbered events carry."""
    rows = Event.objects.filter(run_id=run_id, seq__in=numbers)
    return {seq: _parsed(data) for seq, data in rows.values_list("seq", "data")}


def _parsed(data: str) -> JSONObject:
    return cast(JSONObject, json_gate.loads(data))
