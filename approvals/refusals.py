"""Why an answer is not taken: too late, not theirs, or about something else.

``refuse`` only reads. It is asked twice: before anything is validated, and again in the
transaction, where the answer counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from approvals import shown
from approvals.errors import (
    AlreadyClaimed,
    AlreadyDecided,
    AlreadyVoted,
    ApprovalNotFound,
    DigestMissing,
    Expired,
    NotYourDecision,
    Reserved,
    RunMovedOn,
    SentBack,
    StalePage,
)
from approvals.models import Approval, Reservation
from approvals.persons import Person, name_of
from approvals.policies import Eligibility, eligibility
from approvals.statuses import ApprovalStatus, Channel

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One person's answer and how it came in; what every channel hands over."""

    decided_by: User
    digest: str | None
    version: int | None
    channel: Channel
    now: datetime
    token_id: str | None = None
    address: str | None = None


def refuse(approval: Approval, person: Person, submission: Submission) -> Eligibility:
    """Raise the first reason why this person's answer can't be taken, if any."""
    may = eligibility(submission.decided_by, approval, person=person)
    if not may.may_view:
        raise ApprovalNotFound
    _refuse_closed(approval)
    _refuse_reserved(approval)
    _refuse_second_vote(approval, submission.decided_by)
    if not may.would_decide:
        raise NotYourDecision(may.reasons)
    if not may.may_decide:
        _refuse_held(approval)
    refuse_stale(approval, submission.digest, submission.version)
    return may


def _refuse_closed(approval: Approval) -> None:
    closed_at = approval.closed_at
    if closed_at is None:
        return
    if approval.status == ApprovalStatus.EXPIRED:
        raise Expired(closed_at, approval.outcome)
    if approval.status == ApprovalStatus.WITHDRAWN:
        raise RunMovedOn(_("The run ended or went on without an answer."))
    raise AlreadyDecided(
        winner=name_of(approval.closed_by) or _("A program"),
        winner_id=approval.closed_by_id,
        at=closed_at,
        outcome=approval.outcome,
    )


def _refuse_reserved(approval: Approval) -> None:
    if not approval.is_reserved:
        return
    reservation = Reservation.objects.select_related("decided_by").get(pk=approval.pk)
    raise Reserved(
        winner=name_of(reservation.decided_by),
        winner_id=reservation.decided_by_id,
        at=reservation.at,
        outcome=reservation.verdict,
    )


def _refuse_second_vote(approval: Approval, user: User) -> None:
    for vote in approval.decisions.all():
        if (vote.decided_by_id, vote.version) == (user.pk, approval.version):
            raise AlreadyVoted(
                winner=name_of(user),
                winner_id=user.pk,
                at=vote.at,
                outcome=vote.verdict,
            )


def _refuse_held(approval: Approval) -> None:
    """Others may come in between: a colleague who claimed it, or its initiator."""
    if approval.sent_back_at is not None:
        raise SentBack(approval.sent_back_at)
    if approval.claimed_at is not None:
        raise AlreadyClaimed(
            winner=name_of(approval.claimed_by),
            winner_id=approval.claimed_by_id,
            at=approval.claimed_at,
        )


def refuse_stale(approval: Approval, digest: str | None, version: int | None) -> None:
    """An act is about content that was shown: this, and not what was there before."""
    if not digest or version is None:
        raise DigestMissing
    if version != approval.version:
        raise StalePage(_("This was asked anew since it was shown."))
    if digest == approval.digest:
        return
    changes = shown.changes(approval.suspension)
    message = _("The content changed since it was shown.")
    raise StalePage(" ".join([message, *changes]), changes)
