"""A due date that approves stands still while changes are asked for.

Nobody's silence approves what somebody has objected to. When the request comes back, it
is due as much later as it was away. Other due dates go on: they end what never comes
back.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from approvals import timetable
from approvals.models import Approval
from approvals.statuses import OnDue

PAUSED = Q(sent_back_at__isnull=False, on_due=OnDue.APPROVE)


def is_paused(approval: Approval) -> bool:
    """What ``PAUSED`` says in SQL."""
    return approval.sent_back_at is not None and approval.on_due == OnDue.APPROVE


def resumed(approval: Approval, now: datetime) -> dict[str, object]:
    """The columns of a paused approval that comes back; none if it is not paused."""
    if approval.sent_back_at is None or not is_paused(approval):
        return {}
    away = now - approval.sent_back_at
    plan = timetable.loads(approval.timetable).later(away)
    return {
        "timetable": plan.dumps(),
        "timer_at": plan.next_at,
        "due_at": approval.due_at + away if approval.due_at else None,
    }
