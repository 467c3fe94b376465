"""When the time to take an answer back is over, it goes ahead, if it still counts."""

from __future__ import annotations

import logging
from datetime import datetime

from approvals import decisions, reservations
from approvals.models import Approval, Decision, Reservation
from approvals.persons import person_of
from approvals.policies import eligibility
from workflows.errors import DefinitionChanged, SchemaMismatch

logger = logging.getLogger(__name__)


def release(approval: Approval, now: datetime) -> DefinitionChanged | None:
    """Decide by the reserved answer, in the transaction that holds the approval.

    Who may not decide any more, because they left, say, has not decided. When the run
    can't go on under the workflow now installed, the answer stays reserved.
    """
    reservation = Reservation.objects.select_related("decided_by").get(pk=approval.pk)
    vote = reservations.vote_of(reservation)
    reserved_at, approval.release_at = approval.release_at, None
    person = person_of(reservation.decided_by, lock=True, now=now)
    if eligibility(reservation.decided_by, approval, person=person).may_decide:
        try:
            changed = _decide(approval, vote, reservation)
        except SchemaMismatch:
            approval.refresh_from_db(fields=["version"])
            logger.warning("answer fits no more", extra={"approval": approval.pk})
        else:
            if changed is None:
                reservations.forget([approval.pk])
            return changed
    approval.release_at = reserved_at
    reservations.lapse(approval, reservation)
    return None


def _decide(
    approval: Approval, vote: Decision, reservation: Reservation
) -> DefinitionChanged | None:
    changes = reservations.changes_of(reservation)
    version_shown = decisions.apply(changes, approval)
    votes = approval.decisions.all()
    earlier = [each for each in votes if each.version == approval.version]
    submission = reservations.submission_of(reservation, vote)
    vote.approval = approval
    return decisions.finish(approval, vote, earlier, submission, changes, version_shown)
