"""Operators are told of runs that people wait for and that can't go on by themselves.

At once, and again each day until somebody has seen to it. Three kinds of runs: those
that the engine set aside, those with a request that too few can decide, and those whose
open question the installed code could take no answer to, which nobody notices
until somebody tries.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

import workflows
from approvals.models import Approval
from approvals.notifications import outbox
from approvals.notifications.kinds import Kind
from approvals.notifications.models import Notice
from approvals.pages import standing
from approvals.statuses import ApprovalStatus
from workflows import registry, waiting
from workflows.errors import RunNotFound
from workflows.models import Run
from workflows.rows import database_now
from workflows.statuses import RunStatus

AGAIN = timedelta(days=1)
AT_ONCE = 50  # runs in one go
PAUSE = 15.0  # s from one look to the next
ROUND = 10 * 60.0  # s from one walk over the questions to the next


class AttentionChore:
    """Notes what operators have to be told."""

    def __init__(self) -> None:
        self._look_at = self._walk_at = 0.0
        self._reached = ""

    def next_in(self) -> float | None:
        return self._look_at - time.monotonic()

    def do_due(self) -> int:
        self._look_at = time.monotonic() + PAUSE
        found = list(_set_aside().values_list("pk", flat=True)[:AT_ONCE])
        found += list(_undecidable().values_list("pk", flat=True)[:AT_ONCE])
        if time.monotonic() >= self._walk_at:
            found += self._walk()
        return sum(map(_note, found))

    def _walk(self) -> list[str]:
        """Runs out of the next few whose definition is another one than at first."""
        installed = [workflow.fingerprint for workflow in registry.all()]
        doubtful = Run.objects.filter(status=RunStatus.SUSPENDED, pk__gt=self._reached)
        some = list(
            doubtful.exclude(fingerprint__in=installed).order_by("pk")[:AT_ONCE]
        )
        self._reached = some[-1].pk if some else ""
        if not some:
            self._walk_at = time.monotonic() + ROUND
        return [run.pk for run in some if waiting.obstacle(run)]


def stands(run: Run) -> bool:
    """Whether it still needs somebody."""
    return bool(standing.why_stuck(run))


def _undecidable() -> QuerySet[Run]:
    flagged = Approval.objects.open().filter(needs_assignment=True)
    return _untold().filter(pk__in=flagged.values("run"))


def _set_aside() -> QuerySet[Run]:
    return _untold().exclude(attention="")


def _untold() -> QuerySet[Run]:
    """Runs that people were asked in, of which nobody was told lately."""
    since = database_now() - AGAIN
    told = Notice.objects.filter(
        kind=Kind.ATTENTION, approval__run=OuterRef("pk"), at__gt=since
    )
    asked = Approval.objects.filter(run=OuterRef("pk"))
    return Run.objects.filter(Exists(asked), ~Exists(told))


@transaction.atomic
def _note(run_id: str) -> bool:
    """Whether this call did; of two workers one does."""
    try:
        workflows.locked(run_id)
    except RunNotFound:
        return False
    if not _untold().filter(pk=run_id).exists():
        return False
    asked = Approval.objects.filter(run=run_id).order_by(
        "-needs_assignment", "-created_at", "-pk"
    )
    waits = asked.filter(status=ApprovalStatus.OPEN).first() or asked.first()
    at = database_now()
    outbox.note([Notice(kind=Kind.ATTENTION, approval=waits, at=at)])
    return True
