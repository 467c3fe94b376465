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
from workflows.rows import select_rows
from workflows.statuses import RunStatus

MAX_PAGE = 500
EVERY = Q()


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


def due(now: datetime, limit: int, eligible: Q = EVERY) -> list[str]:
    """Runs an executor may take: due and free, or their lease has run out."""
    runs = Run.objects.filter(eligible)
    free = runs.filter(due_at__lte=now, lease_owner="").order_by("due_at")
    ids = list(free.values_list("pk", flat=True)[:limit])
    silent = runs.filter(lease_expires_at__lt=now).exclude(lease_owner="")
    return ids + list(silent.values_list("pk", flat=True)[: limit - len(ids)])


def held_by_the_dead(limit: int, eligible: Q = EVERY) -> list[str]:
    """Runs leased to processes of this host that are certainly gone."""
    leased = Run.objects.filter(eligible).exclude(lease_owner="")  # has an index
    near = leased.filter(lease_owner__startswith=holder.neighbours())
    owners = near.values_list("lease_owner", flat=True).distinct()
    dead = [owner for owner in owners if holder.is_dead(owner)]
    return list(near.filter(lease_owner__in=dead).values_list("pk", flat=True)[:limit])


def next_due(eligible: Q = EVERY) -> datetime | None:
    """When the next run becomes due, if any is known."""
    waiting = Run.objects.filter(eligible, due_at__isnull=False, lease_owner="")
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


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
