"""Operators move due dates: what follows moves along, and the record says why."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from approvals import ApprovalPolicy, audit, due_dates, errors, timetable
from approvals.locking import Caller
from approvals.models import Approval, ApprovalComment, AuditRow
from approvals.rule_models import CommentKind
from approvals.statuses import ApprovalStatus, Channel
from approvals.timetable import Kind
from tests.approvals.conftest import NOW, Desk, nothing_happened
from workflows import json_gate
from workflows.errors import SchemaMismatch
from workflows.testing import run_until_idle

AT_ONCE = timedelta(microseconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHY = "The auditors come on Friday."


def policy(**options: Any) -> ApprovalPolicy:
    return ApprovalPolicy(groups=["managers"], **options)


@pytest.fixture
def olga(desk: Desk) -> User:
    """An operator."""
    olga = desk.person("olga", "Olga", "Frost")
    olga.user_permissions.add(Permission.objects.get(codename="assign_approval"))
    return User.objects.get(pk=olga.pk)


def by(user: User) -> Caller:
    return Caller(user=user, channel=Channel.PAGE, now=NOW)


def extend(approval: Approval, user: User, due_at: datetime, why: str = WHY) -> None:
    due_dates.extend(
        approval_id=approval.pk, caller=by(user), due_at=due_at, reason=why
    )


def expire(approval: Approval, user: User, why: str = WHY) -> None:
    due_dates.expire(approval_id=approval.pk, caller=by(user), reason=why)


def planned(approval: Approval) -> list[tuple[str, datetime]]:
    approval.refresh_from_db()
    entries = timetable.loads(approval.timetable).entries
    return [(str(entry.kind), entry.at) for entry in entries]


def test_a_moved_due_date_takes_reminder_and_chain_along_and_says_why(
    desk: Desk, olga: User
) -> None:
    rule = policy(
        due_in=DAY, remind_before=HOUR, on_due="escalate", escalate_to=["managers"]
    )
    approval = desk.ask(rule)
    assert approval.due_at is not None
    later = approval.due_at + 2 * DAY
    extend(approval, olga, later)
    assert planned(approval) == [
        ("reminder", later - HOUR),
        ("due", later),
        ("escalation", later),
    ]
    assert (approval.due_at, approval.timer_at) == (later, later - HOUR)
    row = AuditRow.objects.get()
    assert (row.action, row.actor, row.channel) == ("extended", olga, "page")
    assert (row.outcome, row.after) == (later.isoformat(), json_gate.digest(WHY))
    said = ApprovalComment.objects.get()
    assert (said.kind, said.text, said.author) == (CommentKind.REASON, WHY, olga)
    audit.verify()


def test_a_question_without_a_due_date_gets_one(desk: Desk, olga: User) -> None:
    approval = desk.ask()
    due_at = timezone.now() + HOUR
    extend(approval, olga, due_at)
    assert planned(approval) == [("due", due_at)]
    assert approval.due_at == due_at


def test_what_was_overdue_is_not_any_more(desk: Desk, olga: User) -> None:
    approval = desk.ask(policy(due_in=AT_ONCE))
    run_until_idle()
    assert planned(approval) == []
    extend(approval, olga, timezone.now() + HOUR)
    assert [kind for kind, _at in planned(approval)] == ["due"]


@pytest.mark.parametrize("why", ["", "  \n", "\u200b", "x" * 10_001])
def test_without_a_reason_nothing_is_moved(desk: Desk, olga: User, why: str) -> None:
    approval = desk.ask(policy(due_in=DAY, on_due="reject"))
    before = planned(approval)
    with pytest.raises(SchemaMismatch) as refused:
        extend(approval, olga, timezone.now() + 2 * DAY, why)
    assert refused.value.errors[0]["loc"] == ["reason"]
    with pytest.raises(SchemaMismatch):
        expire(approval, olga, why)
    assert planned(approval) == before
    assert nothing_happened(approval)


# SQLite's clock counts whole milliseconds.
@pytest.mark.parametrize("moved", [-HOUR, -timedelta(milliseconds=1), 3660 * DAY])
def test_a_due_date_lies_ahead_and_not_too_far(
    desk: Desk, olga: User, moved: timedelta
) -> None:
    approval = desk.ask()
    with pytest.raises(SchemaMismatch) as refused:
        extend(approval, olga, timezone.now() + moved)
    assert refused.value.errors[0]["loc"] == ["due_at"]
    assert nothing_happened(approval)


def test_only_operators_move_it_and_only_while_it_waits(desk: Desk, olga: User) -> None:
    approval = desk.ask(policy(due_in=DAY, on_due="reject", undo_window=60))
    later = timezone.now() + 2 * DAY
    for person in (desk.alice, desk.ines):
        with pytest.raises(errors.NotAllowed, match="Only an operator"):
            extend(approval, person, later)
        with pytest.raises(errors.NotAllowed, match="Only an operator"):
            expire(approval, person)
    with pytest.raises(errors.ApprovalNotFound):
        extend(approval, desk.carol, later)
    desk.answer(approval, desk.alice)
    with pytest.raises(errors.NotAllowed, match="goes ahead unless"):
        extend(approval, olga, later)
    with pytest.raises(errors.NotAllowed, match="goes ahead unless"):
        expire(approval, olga)


@pytest.mark.parametrize(
    ("on_due", "outcome"),
    [("approve", "approved"), ("reject", "rejected"), ("cancel", "canceled")],
)
def test_ended_early_it_ends_as_its_due_date_would_have_ended_it(
    desk: Desk, olga: User, on_due: str, outcome: str
) -> None:
    approval = desk.ask(policy(due_in=DAY, on_due=on_due, remind_before=HOUR))
    expire(approval, olga)
    run_until_idle()
    approval.refresh_from_db()
    assert (approval.status, approval.outcome) == (ApprovalStatus.EXPIRED, outcome)
    rows = AuditRow.objects.filter(object_type="approval").order_by("seq")
    assert [(row.action, row.actor) for row in rows] == [
        ("hastened", olga),
        ("expired", None),
    ]
    with pytest.raises(errors.NotAllowed, match="no longer waits"):
        expire(approval, olga)


def test_each_end_of_the_time_brings_the_next_step_of_the_chain(
    desk: Desk, olga: User
) -> None:
    for name in ("directors", "board"):
        Group.objects.create(name=name)
    rule = policy(
        due_in=DAY,
        remind_every=7 * HOUR,
        on_due="escalate",
        escalate_to=["directors", "board"],
    )
    approval = desk.ask(rule)
    asked = approval.candidates

    expire(approval, olga)
    run_until_idle()
    assert sorted(map(str, asked.all())) == ["directors", "managers"]
    approval.refresh_from_db()
    due_at = approval.due_at
    assert due_at is not None
    assert due_at <= timezone.now()
    [step] = timetable.loads(approval.timetable).escalations
    assert timezone.now() + 23 * HOUR < step.at <= timezone.now() + DAY

    expire(approval, olga)
    run_until_idle()
    assert sorted(map(str, asked.all())) == ["board", "directors", "managers"]
    approval.refresh_from_db()
    assert approval.due_at == due_at
    [left] = timetable.loads(approval.timetable).entries
    assert left.kind == Kind.REMINDER
    with pytest.raises(errors.NotAllowed, match="Nothing happens to this"):
        expire(approval, olga)


def test_where_time_does_nothing_it_can_not_be_ended(desk: Desk, olga: User) -> None:
    with pytest.raises(errors.NotAllowed, match="Nothing happens to this"):
        expire(desk.ask(policy(due_in=DAY)), olga)


def test_a_person_may_still_be_faster_than_the_end(desk: Desk, olga: User) -> None:
    approval = desk.ask(policy(due_in=DAY, on_due="reject"))
    expire(approval, olga)
    assert desk.answer(approval, desk.alice).outcome == "approved"
    run_until_idle()
    approval.refresh_from_db()
    assert approval.status == ApprovalStatus.DECIDED
