"""Nobody's silence approves what somebody has objected to."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User

from approvals import (
    ApprovalPolicy,
    change_requests,
    deadlines,
    due_dates,
    pausing,
    timetable,
)
from approvals.errors import NotAllowed
from approvals.models import Approval
from approvals.pages import timing
from approvals.statuses import ApprovalStatus
from tests.approvals.conftest import NOW, Desk
from tests.approvals.test_changes import resubmit, send_back
from tests.approvals.test_claiming import by
from tests.approvals.test_claiming import olga as olga
from tests.approvals.test_deadlines import DAY, HOUR, elapse
from workflows.rows import database_now
from workflows.testing import run_until_idle


def ask(desk: Desk, on_due: Any = "approve", **options: Any) -> Approval:
    policy = ApprovalPolicy(groups=["managers"], due_in=DAY, on_due=on_due, **options)
    return desk.ask(policy)


def pass_by(approval: Approval, span: timedelta) -> None:
    """Let time pass, also since it was sent back; then a worker looks."""
    elapse(approval, span)
    if approval.sent_back_at:
        sent_back_at = approval.sent_back_at - span
        Approval.objects.filter(pk=approval.pk).update(sent_back_at=sent_back_at)
    if approval.due_at:
        due_at = approval.due_at - span
        Approval.objects.filter(pk=approval.pk).update(due_at=due_at)
    run_until_idle()
    approval.refresh_from_db()


def test_what_was_sent_back_is_not_approved_by_the_clock(desk: Desk) -> None:
    approval = ask(desk)
    send_back(approval, desk.alice)
    pass_by(approval, 2 * DAY)
    assert approval.is_open
    assert deadlines.Deadlines().next_in() is None
    assert not deadlines.act(approval.pk)
    [one] = timing.of(approval, reader_id=desk.alice.pk, now=NOW).coming
    assert "its time stands still" in one.words


@pytest.mark.parametrize("comes_back", ["with changes", "as it is"])
def test_it_is_due_as_much_later_as_it_was_away(desk: Desk, comes_back: str) -> None:
    approval = ask(desk)
    due_at = approval.due_at
    assert due_at
    pass_by(approval, 4 * HOUR)
    send_back(approval, desk.alice)
    Approval.objects.update(sent_back_at=database_now())  # by the clock of workers
    approval.refresh_from_db()
    pass_by(approval, 3 * DAY)
    if comes_back == "as it is":
        change_requests.recall(approval_id=approval.pk, caller=by(desk.alice))
    else:
        resubmit(approval, desk.ines)
    approval.refresh_from_db()
    assert approval.due_at == approval.timer_at
    pass_by(approval, 19 * HOUR)
    assert approval.is_open
    pass_by(approval, 2 * HOUR)
    assert (approval.status, approval.outcome) == (ApprovalStatus.EXPIRED, "approved")


def test_a_due_date_that_rejects_ends_what_never_comes_back(desk: Desk) -> None:
    approval = ask(desk, "reject")
    send_back(approval, desk.alice)
    pass_by(approval, 2 * DAY)
    assert approval.outcome == "rejected"


def test_nor_does_an_operator_bring_it_about(desk: Desk, olga: User) -> None:
    approval = ask(desk)
    send_back(approval, desk.alice)
    with pytest.raises(NotAllowed, match="Its time stands still"):
        due_dates.expire(approval_id=approval.pk, caller=by(olga), reason="Go on.")
    change_requests.recall(approval_id=approval.pk, caller=by(olga))
    due_dates.expire(approval_id=approval.pk, caller=by(olga), reason="Go on.")
    run_until_idle()
    approval.refresh_from_db()
    assert approval.outcome == "approved"


def test_in_working_time_it_has_as_much_work_left_as_before(
    desk: Desk, settings: Any
) -> None:
    hours = {"zone": "Europe/Berlin"}
    settings.APPROVALS = {**settings.APPROVALS, "WORKING_HOURS": hours}
    approval = ask(desk, working_time=True)
    friday = datetime(2026, 11, 27, 10, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    due_at = friday.replace(hour=16, minute=0)
    elapsed = timetable.Timetable(
        (timetable.Entry(kind=timetable.Kind.DUE, at=due_at),)
    )
    approval.sent_back_at, approval.due_at = friday, due_at
    approval.timetable = elapsed.dumps()
    back = pausing.resumed(approval, friday + timedelta(days=2))  # a Sunday
    monday = friday.replace(day=30, hour=14, minute=30)
    assert (back["due_at"], back["timer_at"]) == (monday, monday)
