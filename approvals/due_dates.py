"""Operators move a due date, on or to this moment: for pages, REST and the admin.

The timetable moves along under the locks that a person's answer and the clock take, so
that one of them is first and the others see it. What happens at the due date, the clock
does, whoever brought it about.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from approvals import comments, permits, timetable
from approvals.errors import RunMovedOn
from approvals.locking import Caller, Held, act_on, note, require
from approvals.models import Approval
from approvals.time_options import LONGEST
from approvals.timetable import Timetable
from workflows.errors import SchemaMismatch
from workflows.rows import database_now

EXTENDED, HASTENED = "extended", "hastened"


def extend(
    *, approval_id: str, caller: Caller, due_at: datetime, reason: str
) -> Approval:
    """Make it due at another moment to come, and all that follows as much later."""

    def act(held: Held) -> Approval:
        require(permits.to_extend(held.person, held.asked))
        approval, now = held.approval, database_now()
        if not now < due_at <= now + LONGEST:
            raise _unfit(_("Choose a moment to come, within ten years."))
        by = due_at - approval.due_at if approval.due_at else timedelta(0)
        plan = timetable.loads(approval.timetable).moved(due_at, by, now)
        comments.reason(held, reason)
        _move(approval, plan, due_at)
        note(held, EXTENDED, outcome=due_at.isoformat(), after=comments.digest(reason))
        return approval

    return act_on(approval_id, caller, act)


def expire(*, approval_id: str, caller: Caller, reason: str) -> Approval:
    """Bring what the due date does, or the next escalation, about now."""

    def act(held: Held) -> Approval:
        require(permits.to_expire(held.person, held.asked))
        approval, now = held.approval, database_now()
        plan = timetable.loads(approval.timetable)
        comments.reason(held, reason)
        is_due = plan.due_date is not None
        _move(approval, plan.hastened(now), now if is_due else approval.due_at)
        note(held, HASTENED, after=comments.digest(reason))
        return approval

    return act_on(approval_id, caller, act)


def _move(approval: Approval, plan: Timetable, due_at: datetime | None) -> None:
    """The compare-and-set behind all locks: the clock was not faster."""
    still = Approval.objects.open().filter(
        pk=approval.pk, timer_at=approval.timer_at, release_at=None
    )
    values = {"due_at": due_at, "timetable": plan.dumps(), "timer_at": plan.next_at}
    if not still.update(**values):
        raise RunMovedOn
    for name, value in values.items():
        setattr(approval, name, value)


def _unfit(words: str) -> SchemaMismatch:
    return SchemaMismatch(words, [{"loc": ["due_at"], "msg": words, "type": "due_at"}])
