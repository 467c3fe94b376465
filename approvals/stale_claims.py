"""Claims of people who could not decide any more end by themselves.

A claim keeps colleagues from a request only while its holder could answer it. Who left
the group, decided a separated step, or no longer stands in for somebody, holds it for
nobody; and where several people vote by now, there is no claim.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial

from django.db import transaction

from approvals import audit, signals
from approvals.locking import locked
from approvals.models import Approval, ApprovalQuerySet
from approvals.persons import person_of
from approvals.policies import asked_of, judge
from approvals.retrying import retried
from approvals.statuses import Channel
from approvals.whole import whole
from workflows.rows import database_now

ENDED = "claim-ended"
SOME = 50  # claims in one look
PAUSE = 60.0  # s from one look to the next


class ClaimChore:
    """Ends those that bind nobody since a moment came: when a delegation ends, say."""

    def __init__(self) -> None:
        self._look_at = 0.0
        self._reached = ""

    def next_in(self) -> float | None:
        return self._look_at - time.monotonic()

    def do_due(self) -> int:
        self._look_at = time.monotonic() + PAUSE
        claimed = Approval.objects.open().filter(claimed_by__isnull=False)
        queue = claimed.filter(pk__gt=self._reached).order_by("pk")
        some = list(queue.values_list("pk", flat=True)[:SOME])
        self._reached = some[-1] if len(some) == SOME else ""
        stale = list(_stale(claimed.filter(pk__in=some)))
        return sum(retried(partial(_look_again, each)) for each in stale)


def _look_again(seen: Approval) -> int:
    with transaction.atomic():
        locked(seen)
        return end(Approval.objects.filter(pk=seen.pk))


def end(approvals: ApprovalQuerySet) -> int:
    """End the claims among these, which hold still, that bind nobody; how many."""
    claimed = approvals.open().filter(claimed_by__isnull=False)
    return sum(_end(approval) for approval in _stale(claimed))


def _stale(claimed: ApprovalQuerySet) -> Iterable[Approval]:
    for pk in list(claimed.order_by("pk").values_list("pk", flat=True)):
        approval = whole(pk)
        if not _binds(approval):
            yield approval


def _binds(approval: Approval) -> bool:
    if approval.claimed_by is None or approval.quorum > 1:
        return False
    person = person_of(approval.claimed_by, now=database_now())
    return judge(person, asked_of(approval).unclaimed()).would_decide


def _end(approval: Approval) -> bool:
    holder = approval.claimed_by
    as_seen = Approval.objects.open().filter(pk=approval.pk, claimed_by=holder)
    if holder is None or not as_seen.update(claimed_by=None, claimed_at=None):
        return False
    audit.record(
        audit.Entry(
            action=ENDED,
            object_id=approval.pk,
            run_id=approval.run_id,
            outcome=holder.get_username(),
            version=approval.version,
            channel=Channel.TIMER,
        )
    )
    signals.announce(approval.pk, approval.run_id)
    return True
