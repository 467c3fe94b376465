"""What a decision page says about time: what comes, and what can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from approvals import coming
from approvals.models import Approval, Reservation
from approvals.pages import wording
from approvals.pausing import closes_when_due, is_paused
from approvals.statuses import OnDue
from approvals.timetable import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One thing that happens if nobody answers before."""

    icon: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The reader's own answer, while it can be taken back."""

    words: str
    release_at: datetime
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The part of the page."""

    coming: tuple[Coming, ...] = ()
    undo: Undo | None = None


def of(approval: Approval, *, reader_id: int, now: datetime) -> Timing:
    """What the reader sees; free of queries where nothing is planned."""
    if approval.is_reserved:
        return Timing(undo=_undo(approval, reader_id, now))
    if not approval.is_open:
        return Timing()
    planned = [
        Coming(icon="megaphone", words=_asked(step), at=step.at)
        for step in coming.coming(approval)
        if step.kind == Kind.ESCALATION
    ]
    if (closes := _closes(approval)) and approval.due_at:
        planned.insert(0, Coming(icon="timer-off", words=closes, at=approval.due_at))
    return Timing(coming=tuple(planned))


def _undo(approval: Approval, reader_id: int, now: datetime) -> Undo | None:
    found = Reservation.objects.filter(pk=approval.pk, decided_by=reader_id).first()
    if found is None:
        return None
    left = (found.release_at - now).total_seconds()
    return Undo(
        words=wording.answered_by_reader(found.verdict),
        release_at=found.release_at,
        seconds=max(0, round(left)),
    )


def _closes(approval: Approval) -> str:
    if is_paused(approval):
        return _("This is approved by itself; its time stands still until it is back")
    if not closes_when_due(approval):
        return ""
    match approval.on_due:
        case OnDue.APPROVE:
            return _("This is approved by itself")
        case OnDue.REJECT:
            return _("This is rejected by itself")
        case OnDue.CANCEL:
            return _("The run is canceled")
    return ""


def _asked(step: coming.Coming) -> str:
    who = ", ".join(step.people) or _("nobody")
    if step.replace:
        return _("%(names)s: asked instead") % {"names": who}
    return _("%(names)s: asked as well") % {"names": who}
