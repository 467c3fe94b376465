"""Nobody's silence approves what somebody has objected to.

A due date that approves does nothing once somebody rejected, and stands still while
changes are asked for. When the request comes back, it is due as much later as it was
away; in working time, as much work later as was left.
Other due dates go on: they end what never comes back.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db.models import Q

from approvals import timetable, working_time
from approvals.models import Approval
from approvals.openings import question_of
from approvals.statuses import CLOSING, OnDue

PAUSED = Q(sent_back_at__isnull=False, on_due=OnDue.APPROVE)


def is_paused(approval: Approval) -> bool:
    """What ``PAUSED`` says in SQL."""
    return approval.sent_back_at is not None and approval.on_due == OnDue.APPROVE


def closes_when_due(approval: Approval) -> bool:
    """Whether its due date ends it; no query once its decisions are loaded."""
    if approval.on_due == OnDue.APPROVE and _is_objected_to(approval):
        return False
    return approval.on_due in CLOSING


def acts_when_due(approval: Approval) -> bool:
    """Whether time still does something to it, but for reminding people."""
    # Asked for every row of a list: the text says it as well as its entries would.
    return '"escalation"' in approval.timetable or closes_when_due(approval)


def _is_objected_to(approval: Approval) -> bool:
    votes = approval.decisions.all()
    return any(v.rejection for v in votes if v.version == approval.version)


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
