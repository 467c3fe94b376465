"""When the time to take an answer back is over, it goes ahead, if it still counts."""

from __future__ import annotations

import logging
from datetime import datetime

from approvals import decisions, drafts, reservations
from approvals.models import Approval, Decision, Reservation
from approvals.notifications import causes
from approvals.persons import Person, person_of
from approvals.policies import asked_of, holds, judge
from approvals.reservations import Lapse
from workflows.errors import DefinitionChanged, SchemaMismatch

logger = logging.getLogger(__name__)


def release(approval: Approval, now: datetime) -> DefinitionChanged | None:
    """Decide by the reserved answer, in the transaction that holds the approval.

    Who may not decide any more, because they left, say, has not decided and is told
    so. When the run can't go on under the workflow now installed, the answer stays
    reserved.
    """
    reservation = Reservation.objects.select_related("decided_by").get(pk=approval.pk)
    vote = reservations.vote_of(reservation)
    reserved_at, approval.release_at = approval.release_at, None
    person = person_of(reservation.decided_by, lock=True, now=now)
    why = _lapse(person, approval, vote)
    if _counts(person, approval, vote):
        try:
            changed = _decide(approval, vote, reservation)
        except SchemaMismatch:
            approval.refresh_from_db(fields=["version"])
            logger.warning("answer fits no more", extra={"approval": approval.pk})
            why = Lapse.MISFIT
        else:
            if changed is None:
                reservations.forget([approval.pk])
                drafts.forget(approval=approval, author=reservation.decided_by)
            return changed
    approval.release_at = reserved_at
    reservations.lapse(approval, reservation, why)
    causes.lapsed(approval.pk, at=now, to=reservation.decided_by_id)
    return None


def _counts(person: Person, approval: Approval, vote: Decision) -> bool:
    """Whether who gave the answer may still give it, and in the same name."""
    asked = asked_of(approval)
    in_the_same_name = holds(person, asked, on_behalf_of=vote.on_behalf_of_id)
    return judge(person, asked).may_decide and in_the_same_name


def _lapse(person: Person, approval: Approval, vote: Decision) -> Lapse:
    """Why the answer does not count, if who gave it may not decide."""
    if not person.active:
        return Lapse.INACTIVE
    away = {
        principal.id
        for principal in person.principals
        if principal.is_stood_in_for(approval.workflow)
    }
    if vote.on_behalf_of_id is not None and vote.on_behalf_of_id not in away:
        return Lapse.STANDS_IN_NO_MORE
    return Lapse.NOT_ASKED


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
