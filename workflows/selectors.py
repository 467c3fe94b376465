"""Reads of stored runs, each a named question."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from workflows import holder
from workflows.errors import RunNotFound
from workflows.given import refuse, storable
from workflows.ids import RUN_ID
from workflows.models import Run
from workflows.queues import EVERY
from workflows.rows import (
    Statement,
    execute,
    fetch_all,
    one_of,
    read_time,
    select_rows,
    stored_time,
)
from workflows.statuses import RunStatus

MAX_PAGE = 500
# What every look of a worker asks. The conditions are spelt as those of the indexes, or
# SQLite would not use them.
FROM_RUNS = f"FROM {Run._meta.db_table} WHERE"
DUE = f"SELECT id {FROM_RUNS} due_at <= %s AND lease_owner = ''"
LEASED = f"SELECT id {FROM_RUNS} NOT (lease_owner = '')"
SILENT = f"{LEASED} AND lease_expires_at < %s"
OWNERS = f"SELECT DISTINCT lease_owner {FROM_RUNS} NOT (lease_owner = '')"
LATER = f"SELECT due_at {FROM_RUNS} due_at > %s AND lease_owner = ''"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which runs a list holds; nothing given means all."""

    workflow: str | None = None
    status: RunStatus | None = None
    resource_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def find_run(run_id: str) -> Run:
    """The run's row. Raises ``RunNotFound``."""
    found = select_rows(Run, "id", [run_id]) if storable(run_id) else []
    if not found:
        raise RunNotFound(f"no run {run_id!r}")
    return found[0]


def page(
    wanted: Wanted, limit: int, cursor: str | None
) -> tuple[list[Run], str | None]:
    """Runs, newest first, and the cursor of the next page if there is one.

    Raises ``BadArgument`` for a cursor that no page gave out.
    """
    rows = _filtered(wanted)
    if cursor:
        at, run_id = _position(cursor)
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=run_id))
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], _cursor(found[limit - 1])


def _filtered(wanted: Wanted) -> QuerySet[Run]:
    rows = Run.objects.all()
    if wanted.workflow is not None:
        rows = rows.filter(workflow=wanted.workflow)
    if wanted.status is not None:
        rows = rows.filter(status=wanted.status)
    if wanted.resource_id is not None:
        rows = rows.filter(resource_id=wanted.resource_id)
    if wanted.since is not None:
        rows = rows.filter(created_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(created_at__lt=wanted.until)
    return rows


def _cursor(run: Run) -> str:
    text = f"{run.created_at.isoformat()} {run.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _position(cursor: str) -> tuple[datetime, str]:
    with suppress(binascii.Error, ValueError, OverflowError):
        at, _, run_id = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo and RUN_ID.fullmatch(run_id):
            return moment.astimezone(UTC), run_id
    refuse("cursor", "is not one that a page gave out", "cursor")


@dataclass(frozen=True, slots=True)
class Due:
    """Runs an executor may take now, and when the next one becomes due, if known."""

    ids: list[str]
    next_at: datetime | None


def due(now: datetime, limit: int, eligible: Statement = EVERY) -> Due:
    """Due is what is free and whose time has come, or whose lease has run out."""
    condition, values = eligible
    given = [stored_time(now), *values, limit]
    free, silent, later = fetch_all(
        [
            (f"{DUE} AND {condition} ORDER BY due_at LIMIT %s", given),
            (f"{SILENT} AND {condition} LIMIT %s", given),
            (f"{LATER} AND {condition} ORDER BY due_at LIMIT 1", given[:-1]),
        ]
    )
    ids = [key for (key,) in [*free, *silent]][:limit]
    return Due(ids, read_time(later[0][0]) if later else None)


def held_by_the_dead(limit: int, eligible: Statement = EVERY) -> list[str]:
    """Runs leased to processes of this host that are certainly gone."""
    condition, values = eligible
    found = execute(f"{OWNERS} AND {condition}", values).fetchall()
    near = [owner for (owner,) in found if owner.startswith(holder.neighbours())]
    gone = [owner for owner in near if holder.is_dead(owner)]
    if not gone:
        return []
    dead, owners = one_of("lease_owner", gone)
    held = execute(
        f"{LEASED} AND {dead} AND {condition} LIMIT %s", [*owners, *values, limit]
    )
    return [key for (key,) in held.fetchall()]


def heads(run_ids: list[str]) -> dict[str, int]:
    """The number of the last event of each run."""
    return dict(Run.objects.filter(pk__in=run_ids).values_list("pk", "head"))


def abandoned(workflow: str) -> list[str]:
    """Runs of a workflow that are running with no living executor."""
    now = timezone.now()
    running = Run.objects.filter(workflow=workflow, status=RunStatus.RUNNING)
    silent = Q(lease_owner="") | Q(lease_expires_at__lt=now)
    ids = list(running.filter(silent).values_list("pk", flat=True))
    others = running.exclude(silent).values_list("pk", "lease_owner")
    return ids + [pk for pk, owner in others if holder.is_dead(owner)]
