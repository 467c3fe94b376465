"""A due date that approves stands still while changes are asked for.

Nobody's silence approves what somebody has objected to. When the request comes back, it
is due as much later as it was away; in working time, as much work later as was left.
Other due dates go on: they end what never comes back.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db.models import Q

from approvals import timetable, working_time
from approvals.models import Approval
from approvals.openings import question_of
from approvals.statuses import OnDue

PAUSED = Q(sent_back_at__isnull=False, on_due=OnDue.APPROVE)


def is_paused(approval: Approval) -> bool:
    """What ``PAUSED`` says in SQL."""
    return approval.sent_back_at is not None and approval.on_due == OnDue.APPROVE


def resumed(approval: Approval, now: datetime) -> dict[str, object]:
    """The columns of a paused approval that comes back; none if it is not paused."""
    if approval.sent_back_at is None or not is_paused(approval):
        return {}
    move = partial(_later, approval, approval.sent_back_at, now)
    plan = timetable.loads(approval.timetable).later(move)
    return {
        "timetable": plan.dumps(),
        "timer_at": plan.next_at,
        "due_at": move(approval.due_at) if approval.due_at else None,
    }


def _later(
    approval: Approval, sent_back_at: datetime, now: datetime, at: datetime
) -> datetime:
    in_working_time = question_of(approval.suspension).rule.working_time
    calendar = working_time.calendar() if in_working_time else None
    if calendar is None:
        return at + (now - sent_back_at)
    return calendar.later(now, calendar.between(sent_back_at, at))
