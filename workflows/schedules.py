"""Schedules: workflows that start by themselves, once per tick.

A schedule is a row; its ``next_fire_at`` is compared and set in the transaction that
makes the run, so a tick fires once however many workers look. What was missed while
nobody worked, or while it was paused, fires at most once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from workflows import cron, failures, json_gate, registry
from workflows.errors import ScheduleNotFound, WorkflowError
from workflows.given import storable
from workflows.json_gate import JSONValue
from workflows.models import Schedule, ScheduleTrigger
from workflows.rows import execute, read_time
from workflows.schema import Schema
from workflows.statuses import ScheduleStatus

# Every look of a worker asks it; the word itself lets the database use the index.
NEXT_FIRE = (
    f"SELECT next_fire_at FROM {Schedule._meta.db_table} "
    f"WHERE status = '{ScheduleStatus.ACTIVE}' ORDER BY next_fire_at LIMIT 1"
)

_list = list


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One tick that fired."""

    due_at: datetime
    fired_at: datetime
    run_id: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleInfo:
    """A schedule as it stands; ``triggers`` are its latest, newest first."""

    id: str
    workflow_id: str
    status: ScheduleStatus
    cron: str | None
    timezone: str
    run_at: datetime | None
    end_at: datetime | None
    input_data: JSONValue
    next_fire_at: datetime | None
    last_fire_at: datetime | None
    triggers: _list[Trigger]


def list() -> _list[ScheduleInfo]:
    """All schedules, without their triggers."""
    sync()
    return [_info(row) for row in Schedule.objects.all()]


def get(id: str) -> ScheduleInfo:
    """One schedule with its latest triggers. Raises ``ScheduleNotFound``."""
    sync()
    row = _row(id)
    triggers = row.triggers.all()[:50]
    return _info(row, [_trigger(trigger) for trigger in triggers])


def pause(id: str) -> ScheduleInfo:
    """Fire nothing until resumed; harmless when paused or completed."""
    sync()
    Schedule.objects.filter(pk=_row(id).pk, status=ScheduleStatus.ACTIVE).update(
        status=ScheduleStatus.PAUSED, updated_at=timezone.now()
    )
    return get(id)


def resume(id: str) -> ScheduleInfo:
    """Fire from the next tick on; what was missed meanwhile stays missed."""
    sync()
    row, now = _row(id), timezone.now()
    tick = cron.next_tick(_spec(row), now)
    Schedule.objects.filter(pk=row.pk, status=ScheduleStatus.PAUSED).update(
        status=ScheduleStatus.ACTIVE if tick else ScheduleStatus.COMPLETED,
        next_fire_at=tick,
        updated_at=now,
    )
    return get(id)


def sync(now: datetime | None = None) -> None:
    """Make the rows what the registered workflows say."""
    now = now or timezone.now()
    wanted = {spec.id: spec for wf in registry.all() for spec in wf.schedules}
    stored = Schedule.objects.in_bulk()
    for key, spec in wanted.items():
        row = stored.get(key)
        text = _text(spec)
        if row is None or row.spec != text:
            _store(key, spec, text, row, now)
    gone = [key for key in stored if key not in wanted]
    Schedule.objects.filter(pk__in=gone).exclude(
        status=ScheduleStatus.COMPLETED
    ).update(status=ScheduleStatus.COMPLETED, updated_at=now)


def _store(
    key: str, spec: cron.Schedule, text: str, row: Schedule | None, now: datetime
) -> None:
    tick = cron.next_tick(spec, now)
    status = ScheduleStatus.ACTIVE if tick else ScheduleStatus.COMPLETED
    if row is not None and row.status == ScheduleStatus.PAUSED:
        status = ScheduleStatus.PAUSED
    values: dict[str, Any] = {
        "workflow": spec.workflow_id,
        "spec": text,
        "status": status,
        "next_fire_at": tick,
        "updated_at": now,
    }
    Schedule.objects.update_or_create(
        pk=key, defaults=values, create_defaults={**values, "created_at": now}
    )


def _text(spec: cron.Schedule) -> str:
    return json_gate.canonical(Schema.of(None).accept(asdict(spec)))


def _spec(row: Schedule) -> cron.Schedule:
    values: dict[str, Any] = dict(row.spec_value)
    for name in ("run_at", "end_at"):
        if values[name] is not None:
            values[name] = datetime.fromisoformat(values[name])
    return cron.Schedule(**values)


def _row(id: str) -> Schedule:
    row = Schedule.objects.filter(pk=id).first() if storable(id) else None
    if row is None:
        raise ScheduleNotFound(f"no schedule {id!r}")
    return row


def _info(row: Schedule, triggers: _list[Trigger] | None = None) -> ScheduleInfo:
    spec = _spec(row)
    return ScheduleInfo(
        id=row.pk,
        workflow_id=row.workflow,
        status=ScheduleStatus(row.status),
        cron=spec.cron,
        timezone=spec.timezone,
        run_at=spec.run_at,
        end_at=spec.end_at,
        input_data=spec.input_data,
        next_fire_at=row.next_fire_at,
        last_fire_at=row.last_fire_at,
        triggers=triggers or [],
    )


def _trigger(row: ScheduleTrigger) -> Trigger:
    return Trigger(
        due_at=row.due_at,
        fired_at=row.fired_at,
        run_id=row.run_id,
        error=row.error or None,
    )


def next_due() -> datetime | None:
    """When the next schedule fires, if any does."""
    found = execute(NEXT_FIRE).fetchone()
    return read_time(found[0]) if found else None


def fire_due(now: datetime | None = None) -> _list[str]:
    """Start a run for every schedule whose tick has come; gives the run ids."""
    now = now or timezone.now()
    first = next_due()
    if first is None or first > now:
        return []
    due = Schedule.objects.filter(status=ScheduleStatus.ACTIVE, next_fire_at__lte=now)
    fired = [_fire(row, now) for row in due.order_by("next_fire_at")]
    return [run_id for run_id in fired if run_id is not None]


def _fire(row: Schedule, now: datetime) -> str | None:
    """One tick, in one transaction; ``None`` when another worker had it."""
    spec = _spec(row)
    tick = cron.next_tick(spec, now)
    with transaction.atomic():
        won = Schedule.objects.filter(
            pk=row.pk, status=ScheduleStatus.ACTIVE, next_fire_at=row.next_fire_at
        ).update(
            status=ScheduleStatus.ACTIVE if tick else ScheduleStatus.COMPLETED,
            next_fire_at=tick,
            last_fire_at=now,
            updated_at=now,
        )
        if not won:
            return None
        run_id, error = _start(spec)
        ScheduleTrigger.objects.create(
            schedule=row,
            due_at=row.next_fire_at or now,
            fired_at=now,
            run_id=run_id,
            error=error,
        )
    return run_id


def _start(spec: cron.Schedule) -> tuple[str | None, str]:
    """The run of a tick, or why there is none; a bad one stops no other."""
    try:
        with transaction.atomic():
            run = registry.get(spec.workflow_id).create_run()  # type: ignore[attr-defined]
            run.start(spec.input_data, wait=False)
    except WorkflowError as error:
        return None, str(failures.describe(error)["message"])
    return run.id, ""
