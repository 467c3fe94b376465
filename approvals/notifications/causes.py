"""What other parts of the inbox tell the outbox, each in its own transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from approvals.models import Approval
from approvals.notifications import outbox
from approvals.notifications.kinds import Kind
from approvals.notifications.models import Notice
from approvals.signals import TimerKind
from approvals.statuses import OnDue

# What the clock did, and what people are told; the first that applies.
TOLD_OF_TIMERS = {
    TimerKind.ESCALATED: Kind.ESCALATED,
    TimerKind.OVERDUE: Kind.REMINDER,
    TimerKind.REMINDER: Kind.REMINDER,
}


def assigned(
    approval_id: str, *, by: int | None, at: datetime, to: int | None = None
) -> None:
    """It was given to one person, or to all who are asked now."""
    _note(Kind.ASSIGNED, approval_id, by=by, at=at, to=to)


def asked_anew(approval_id: str, *, by: int | None, at: datetime) -> None:
    """It came back from who started it, as a new version."""
    _note(Kind.OPENED, approval_id, by=by, at=at)


def changes_requested(approval_id: str, *, by: int | None, at: datetime) -> None:
    """It was sent back to who started it."""
    _note(Kind.CHANGES_REQUESTED, approval_id, by=by, at=at)


def colleague_asked(approval_id: str, *, by: int, at: datetime, to: int) -> None:
    """One person has a question for another."""
    _note(Kind.QUESTION, approval_id, by=by, at=at, to=to)


def lapsed(approval_id: str, *, at: datetime, to: int) -> None:
    """The answer of one person waited to go ahead, and did not count any more."""
    _note(Kind.OUTCOME, approval_id, by=None, at=at, to=to)


def timed(approval: Approval, kinds: Collection[TimerKind], *, at: datetime) -> None:
    """Moments of its timetable have come; one message, however many.

    Of an answer that the clock gave, the engine's hooks tell.
    """
    if TimerKind.EXPIRED in kinds:
        if approval.on_due == OnDue.CANCEL:
            _note(Kind.OUTCOME, approval.pk, by=None, at=at)
        return
    told = (kind for timer, kind in TOLD_OF_TIMERS.items() if timer in kinds)
    kind = next(told, None)
    if kind is not None:
        _note(kind, approval.pk, by=None, at=at)


def _note(
    kind: Kind,
    approval_id: str,
    *,
    by: int | None,
    at: datetime,
    to: int | None = None,
) -> None:
    notice = Notice(
        kind=kind, approval_id=approval_id, actor_id=by, recipient_id=to, at=at
    )
    outbox.note([notice])
