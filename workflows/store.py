"""The journal's only writer, and its projections'; ``run_rows`` has the rest of a run.

A run changes by ``append``: the run row moves from the expected head to the new one
(no row changed means somebody else was faster), then the events, the suspensions and
the hooks' rows follow in the same transaction. Lock order, everywhere: run,
suspension, then whatever the hooks own.

The statements are plain SQL where a run passes through them at every step: an ORM
query costs 0.25 to 0.45 ms, the driver a tenth of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, cast

from django.db import transaction

from workflows import events, hooks, json_gate, signals
from workflows.events import EventType, JournalEvent
from workflows.hooks import Act, Closure
from workflows.models import Event, Run, Snapshot, Suspension
from workflows.rows import (
    Statement,
    bare_transaction,
    execute,
    execute_all,
    on_postgresql,
    stored_time,
)
from workflows.state import RunFold
from workflows.statuses import SuspensionStatus

RUN = Run._meta.db_table
EVENT = Event._meta.db_table
SNAPSHOT = Snapshot._meta.db_table
SUSPENSION = Suspension._meta.db_table
EVENT_COLUMNS = ("run_id", "seq", "type", "path", "foreach_index", "data", "at")
EVENT_MARKS = "(%s, %s::integer, %s, %s, %s::integer, %s, %s::timestamptz)"
CLOSING = (EventType.CANCELED, EventType.TIME_TRAVEL)  # they close what they don't name


class Conflict(Exception):
    """A suspension was not open any more; the whole append is rolled back."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Taken by an append: who executes the run, and until when unless renewed.

    ``over`` names a holder that is known to be dead: its lease may be taken early.
    """

    holder: str
    until: datetime
    over: str = ""


@dataclass(slots=True, kw_only=True)
class Append:
    """Events to add behind ``expected``, and what the run row becomes with them."""

    run_id: str
    expected: int
    events: Sequence[JournalEvent]
    fold: RunFold
    now: datetime
    take: Lease | None = None
    release: bool = False
    due_at: datetime | None = None
    set_due: bool = False
    columns: dict[str, Any] = field(default_factory=dict)
    openings: Sequence[Suspension] = ()
    snapshot: bool = False
    born: datetime | None = None  # tells the run from a later one of the same id
    asked_by: Context = field(default_factory=copy_context)  # hooks act as from there


def append(change: Append) -> bool:
    """Append in the caller's transaction; ``False`` when the head had moved.

    Raises ``Conflict`` when a suspension it answers is not open: the caller's
    transaction must then be rolled back.
    """
    return append_all([change])[0]


def append_all(changes: Sequence[Append]) -> list[bool]:
    """Append for several runs at once, table by table; says which ones won."""
    winners = _go_on(sorted(changes, key=lambda change: change.run_id))
    if winners:
        _write_projections(winners)
        for change in winners:
            _announce(change)
    won = {id(change) for change in winners}
    return [id(change) in won for change in changes]


def _go_on(changes: Sequence[Append]) -> list[Append]:
    """Move the heads and write the events; gives the appends that were not too late.

    PostgreSQL does both in one statement per run, all of them there and back once.
    """
    if on_postgresql():
        moved = execute_all([_move_with_events(change) for change in changes])
        return [c for c, rows in zip(changes, moved, strict=True) if rows]
    moved = execute_all([_head_move(change) for change in changes])
    won = [change for change, rows in zip(changes, moved, strict=True) if rows]
    _insert(EVENT, EVENT_COLUMNS, [row for c in won for row in _event_rows(c)])
    return won


def _write_projections(winners: Sequence[Append]) -> None:
    """What comes with appends whose heads have moved, one table after the other."""
    closures = _close_suspensions(winners)
    openings = [s for change in winners for s in _still_open(change)]
    acts = [(change, act) for change in winners for act in _acts(change)]
    _insert_suspensions(openings)
    for listener in hooks.registered():
        if closures:
            listener.closed(closures)
        if openings:
            listener.opened(openings)
        for change, act in acts:
            change.asked_by.run(listener.acted, act)
    _insert_snapshots(winners)


def is_plain(change: Append) -> bool:
    """Whether an append writes the run and its journal only, so that no hook hears."""
    if change.openings or change.snapshot or any(map(_is_act, change.events)):
        return False
    return not any("suspension" in e.data or e.type in CLOSING for e in change.events)


def append_plain(change: Append) -> bool:
    """``append`` of a plain change, in a transaction of its own that holds no more."""
    with bare_transaction():
        won = _go_on([change])
    if won:
        _announce(change)
    return bool(won)


def _acts(change: Append) -> Iterable[Act]:
    for event in filter(_is_act, change.events):
        by, action = event.data.get("by"), event.type.removeprefix("workflow-")
        yield Act(run_id=change.run_id, action=action, by=by, at=event.at)


def _is_act(event: JournalEvent) -> bool:
    """What a caller did to the run; a cancel from within a step is no such thing."""
    named = event.type in (EventType.CANCELED, EventType.RESTARTED)
    return (named and "by" in event.data) or event.type == EventType.TIME_TRAVEL


def _announce(change: Append) -> None:
    run = change.fold
    tell = partial(
        signals.run_changed.send_robust,
        sender=Run,
        run_id=change.run_id,
        seq=run.seq,
        status=run.status,
        due=change.set_due and change.due_at is not None,
    )
    transaction.on_commit(tell, robust=True)


def _head_move(change: Append) -> Statement:
    """The ``UPDATE`` that changes one row, or none if somebody was faster."""
    run = change.fold
    columns: dict[str, Any] = {
        "head": run.seq,
        "status": str(run.status),
        "generation": run.generation,
        "attention": run.attention,
        "updated_at": stored_time(change.now),
        **change.columns,
    }
    where = "id = %s AND head = %s AND created_at = COALESCE(%s, created_at)"
    guard: list[Any] = [change.run_id, change.expected, stored_time(change.born)]
    if change.take is not None:
        columns["lease_owner"] = change.take.holder
        columns["lease_expires_at"] = stored_time(change.take.until)
        columns["claim_seq"] = run.claim.seq if run.claim else 0
        columns["due_at"] = None
        where += " AND (lease_owner = '' OR lease_expires_at < %s OR lease_owner = %s)"
        guard += [stored_time(change.now), change.take.over]
    elif change.release:
        columns["lease_owner"], columns["lease_expires_at"] = "", None
    if change.set_due:
        columns["due_at"] = stored_time(change.due_at)
    for name in ("started_at", "ended_at"):
        if name in columns:
            columns[name] = stored_time(columns[name])
    assignments = ", ".join(f"{name} = %s" for name in columns)
    return f"UPDATE {RUN} SET {assignments} WHERE {where}", [*columns.values(), *guard]


def _move_with_events(change: Append) -> Statement:
    """The same, and the ``INSERT`` of the events if the head has moved by it."""
    (update, values), rows = _head_move(change), _event_rows(change)
    return (
        f"WITH moved AS ({update} RETURNING 1) "
        f"INSERT INTO {EVENT} ({', '.join(EVENT_COLUMNS)}) SELECT added.* FROM "
        f"(VALUES {', '.join([EVENT_MARKS] * len(rows))}) AS added, moved",
        [*values, *chain.from_iterable(rows)],
    )


def _insert(table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """One statement for all rows, in parts that every database accepts."""
    for start in range(0, len(rows), 100):
        part = rows[start : start + 100]
        row = f"({', '.join(['%s'] * len(names))})"
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES " + ", ".join(
            [row] * len(part)
        )
        execute(sql, [value for values in part for value in values])


def _event_rows(change: Append) -> list[tuple[Any, ...]]:
    rows = []
    for event in change.events:
        path, index = events.split(event.address)
        data = json_gate.dumps(dict(event.data))
        at = stored_time(event.at)
        rows.append((change.run_id, event.seq, str(event.type), path, index, data, at))
    return rows


def _insert_suspensions(openings: Sequence[Suspension]) -> None:
    names = [
        "id",
        "run_id",
        "path",
        "step_path",
        "foreach_index",
        "labels",
        "payload",
        "answer_schema",
        "digest",
        "version",
        "status",
        "metadata",
        "opened_seq",
        "opened_at",
    ]
    rows = [
        [
            stored_time(getattr(s, name)) if name == "opened_at" else getattr(s, name)
            for name in names
        ]
        for s in openings
    ]
    _insert(SUSPENSION, names, rows)


def _insert_snapshots(changes: Sequence[Append]) -> None:
    rows = [
        (
            change.run_id,
            change.fold.seq,
            json_gate.dumps(change.fold.to_json()),
            stored_time(change.now),
        )
        for change in changes
        if change.snapshot
    ]
    _insert(SNAPSHOT, ("run_id", "seq", "state", "at"), rows)


def _still_open(change: Append) -> list[Suspension]:
    """Suspensions to store: not those the same append withdraws (a failed sibling)."""
    withdrawn = {
        suspension_id
        for event in change.events
        for suspension_id, _ in _closed_by(change.run_id, event)
    }
    return [s for s in change.openings if s.id not in withdrawn]


def _close_suspensions(changes: Sequence[Append]) -> list[Closure]:
    """Close what the events answer or withdraw; each must still be open.

    An abort withdraws by the events of the steps what its end would withdraw again.
    """
    closing: dict[str, tuple[Append, JournalEvent, SuspensionStatus]] = {}
    for change in changes:
        own = {suspension.id for suspension in change.openings}
        for event in change.events:
            for suspension_id, reason in _closed_by(change.run_id, event):
                if suspension_id not in own:
                    closing.setdefault(suspension_id, (change, event, reason))
    closed = execute_all(
        [_close(key, why, event) for key, (_, event, why) in closing.items()]
    )
    if any(rows != 1 for rows in closed):
        raise Conflict("a suspension is not open")
    return [
        _closure(change, event, suspension_id, reason)
        for suspension_id, (change, event, reason) in closing.items()
    ]


def _closure(
    change: Append, event: JournalEvent, suspension_id: str, reason: SuspensionStatus
) -> Closure:
    resumed = event.data if event.type == EventType.STEP_RESUMED else {}
    return Closure(
        suspension_id=suspension_id,
        run_id=change.run_id,
        reason=str(reason),
        resumed_by=resumed.get("resumed_by"),
        resume_data=resumed.get("resume_data"),
        decided=hooks.is_deciding(change.asked_by),
        by_act=_is_act(event),
        at=event.at,
        asked_by=change.asked_by,
    )


def _closed_by(
    run_id: str, event: JournalEvent
) -> Iterable[tuple[str, SuspensionStatus]]:
    if event.type == EventType.CANCELED:
        still_open = Suspension.objects.filter(
            run_id=run_id, status=SuspensionStatus.OPEN
        )
        for pk in still_open.values_list("pk", flat=True):
            yield pk, SuspensionStatus.WITHDRAWN
    elif event.type == EventType.TIME_TRAVEL:
        for withdrawn in cast("list[str]", event.data.get("withdraw") or []):
            yield withdrawn, SuspensionStatus.WITHDRAWN
    elif "suspension" in event.data and event.type == EventType.STEP_RESUMED:
        yield str(event.data["suspension"]), SuspensionStatus.CONSUMED
    elif "suspension" in event.data and event.type == EventType.STEP_RESULT:
        yield str(event.data["suspension"]), SuspensionStatus.WITHDRAWN


def _close(
    suspension_id: str, reason: SuspensionStatus, event: JournalEvent
) -> Statement:
    """The ``UPDATE`` that changes one row, or none if it is not open."""
    return (
        f"UPDATE {SUSPENSION} SET status = %s, closed_seq = %s, closed_at = %s "
        "WHERE id = %s AND status = %s",
        [
            str(reason),
            event.seq,
            stored_time(event.at),
            suspension_id,
            str(SuspensionStatus.OPEN),
        ],
    )
