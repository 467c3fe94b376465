"""Clocks and people at the same moment: one of them wins, whoever it is."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from approvals import (
    ApprovalPolicy,
    audit,
    deadlines,
    due_dates,
    errors,
    reservations,
)
from approvals.locking import Caller
from approvals.models import Approval, AuditRow, Decision, Reservation
from approvals.statuses import ApprovalStatus, Channel
from tests.approvals.conftest import NOW, Desk
from tests.threads import in_threads
from workflows.models import Event
from workflows.testing import isolated_registry, run_until_idle, stop_engine

QUESTIONS, PEOPLE, CLOCKS = 6, 4, 2


@pytest.fixture
def office(transactional_db: None) -> Iterator[Desk]:
    with isolated_registry():
        yield Desk()
    stop_engine()


@pytest.mark.parametrize("on_due", ["reject", "cancel"])
def test_one_wins_whatever_the_number_of_clocks_and_people(
    office: Desk, on_due: str
) -> None:
    rule = ApprovalPolicy(groups=["managers"], due_in=1e-6, on_due=on_due)
    workflow = office.workflow(rule)
    people = [
        office.person(f"judge-{number}", "Judge", str(number), office.managers)
        for number in range(PEOPLE)
    ]
    outcomes: Counter[str] = Counter()
    for _question in range(QUESTIONS):
        outcomes += Counter(all_at_once(office, office.start(workflow), people))
    run_until_idle()

    assert outcomes["won"] == QUESTIONS
    assert set(outcomes) <= {"won", "lost", "late"}
    for approval in Approval.objects.all():
        check_one_ending(office, approval)
    audit.verify()


def test_going_ahead_undo_and_cancel_at_one_moment_have_one_winner(
    office: Desk,
) -> None:
    rule = ApprovalPolicy(groups=["managers"], undo_window=1e-6)
    workflow = office.workflow(rule)
    for _question in range(QUESTIONS):
        approval = office.start(workflow)
        office.answer(approval, office.alice)
        outcomes = Counter(end_all_at_once(office, approval))
        run_until_idle()
        approval.refresh_from_db()
        run = office.run_of(approval).refresh()
        decided = Decision.objects.filter(approval=approval).count()
        if outcomes["ahead"]:
            assert (approval.status, decided) == (ApprovalStatus.DECIDED, 1)
            assert outcomes["undone"] == 0
            assert run.status in ("success", "canceled")
        else:  # taken back or not, then it was canceled
            assert (approval.status, decided) == (ApprovalStatus.WITHDRAWN, 0)
            assert run.status == "canceled"
        assert not Reservation.objects.filter(pk=approval.pk).exists()
    audit.verify()


def test_an_operator_a_clock_and_a_person_at_one_moment_leave_one_ending(
    office: Desk,
) -> None:
    rule = ApprovalPolicy(groups=["managers"], due_in=1e-6, on_due="reject")
    workflow = office.workflow(rule)
    olga = office.person("olga", "Olga", "Frost")
    olga.user_permissions.add(Permission.objects.get(codename="assign_approval"))
    for _question in range(2 * QUESTIONS):
        approval = office.start(workflow)
        moved = move_all_at_once(office, approval, olga)
        approval.refresh_from_db()
        if approval.is_open:  # moved on before the clock came, and nobody answered
            assert "extended" in moved
            assert approval.timer_at is not None
            office.answer(approval, office.alice)
            approval.refresh_from_db()
        run_until_idle()
        endings = AuditRow.objects.filter(
            object_id=approval.pk, action__in=["decided", "expired"]
        )
        assert endings.count() == 1
        acts = AuditRow.objects.filter(object_id=approval.pk, actor=olga)
        assert sorted(acts.values_list("action", flat=True)) == moved
        decided = Decision.objects.filter(approval=approval).count()
        assert decided == (approval.status == ApprovalStatus.DECIDED)
    audit.verify()


def move_all_at_once(office: Desk, approval: Approval, olga: User) -> list[str]:
    """What the operator could still do to its due date, while others end it."""
    together = Barrier(4)
    given: dict[str, Any] = {
        "approval_id": approval.pk,
        "caller": Caller(user=olga, channel=Channel.PAGE, now=NOW),
        "reason": "The offer changed.",
    }

    def extended() -> str:
        due_dates.extend(due_at=timezone.now() + timedelta(hours=1), **given)
        return "extended"

    def hastened() -> str:
        due_dates.expire(**given)
        return "hastened"

    def ended() -> str:
        deadlines.act(approval.pk)
        return ""

    def answered() -> str:
        office.answer(approval, office.alice)
        return ""

    def act(which: Callable[[], str]) -> str:
        together.wait(20)
        try:
            return which()
        except errors.ApprovalError:
            return ""

    actors = [extended, hastened, ended, answered]
    return sorted(filter(None, in_threads(act, actors, at_once=4)))


def end_all_at_once(office: Desk, approval: Approval) -> list[str]:
    together = Barrier(4)
    caller = Caller(user=office.alice, channel=Channel.PAGE, now=NOW)

    def ahead() -> str:
        return "ahead" if deadlines.act(approval.pk) else ""

    def undone() -> str:
        try:
            reservations.undo(approval_id=approval.pk, caller=caller)
        except errors.TooLateToUndo:
            return ""
        return "undone"

    def canceled() -> str:
        return str(office.run_of(approval).cancel())

    def act(which: Callable[[], str]) -> str:
        together.wait(20)
        return which()

    return in_threads(act, [ahead, ahead, undone, canceled], at_once=4)


def all_at_once(office: Desk, approval: Approval, people: list[User]) -> list[str]:
    together = Barrier(PEOPLE + CLOCKS)

    def act(person: User | None) -> str:
        together.wait(20)
        if person is None:
            return "won" if deadlines.act(approval.pk) else "lost"
        try:
            office.answer(approval, person)
        except errors.Expired:
            return "late"
        except errors.AlreadyDecided:
            return "lost"
        return "won"

    actors = [*people, *[None] * CLOCKS]
    return in_threads(act, actors, at_once=len(actors))


def check_one_ending(office: Desk, approval: Approval) -> None:
    decisions = Decision.objects.filter(approval=approval).count()
    endings = AuditRow.objects.filter(object_id=approval.pk).values_list("action")
    run = office.run_of(approval).refresh()
    answers = Event.objects.filter(run=approval.run_id, type="workflow-step-resumed")
    if approval.status == ApprovalStatus.DECIDED:
        assert (decisions, [*endings]) == (1, [("decided",)])
        assert (run.status, approval.closed_by is None) == ("success", False)
    else:
        assert approval.status == ApprovalStatus.EXPIRED
        assert (decisions, [*endings]) == (0, [("expired",)])
        canceled = approval.outcome == "canceled"
        assert run.status == ("canceled" if canceled else "success")
    assert answers.count() == (0 if run.status == "canceled" else 1)
