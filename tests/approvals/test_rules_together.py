"""What happens where two rules of a policy, or a rule and the clock, meet."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pydantic import BaseModel

from approvals import (
    ApprovalPolicy,
    change_requests,
    claiming,
    deadlines,
    due_dates,
    errors,
    history,
    inbox,
    staffing,
)
from approvals.models import Approval, AuditRow, Decision, ServiceAccount
from approvals.pages import wording
from approvals.policies import eligibility
from approvals.statuses import ApprovalStatus
from approvals.verdicts import Verdict, settled
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import edit, send_back
from tests.approvals.test_deadlines import DAY, HOUR, elapse
from tests.approvals.test_duties import answer, at_once, away
from tests.approvals.test_undo import undo
from workflows.rows import database_now
from workflows.testing import isolated_registry, run_until_idle


def policy(**options: Any) -> ApprovalPolicy:
    return ApprovalPolicy(groups=["managers"], **options)


def test_silence_approves_nothing_that_somebody_rejected(desk: Desk) -> None:
    rule = policy(quorum=2, reject="quorum", on_due="approve", due_in=DAY)
    approval, silent = desk.ask(rule), desk.ask(rule)
    desk.answer(approval, desk.bob, False)
    for each in (approval, silent):
        elapse(each, DAY)
    run_until_idle()
    for each in (approval, silent):
        each.refresh_from_db()
    assert (approval.status, approval.timer_at) == (ApprovalStatus.OPEN, None)
    assert (silent.status, silent.outcome) == (ApprovalStatus.EXPIRED, "approved")


def test_a_due_date_without_its_code_waits_for_it(desk: Desk) -> None:
    approval = desk.ask(policy(on_due="reject", due_in=DAY))
    elapse(approval, DAY)
    with isolated_registry():  # a worker from before the workflow was installed
        assert deadlines.act(approval.pk) is False
    approval.refresh_from_db()
    assert approval.is_open
    assert approval.timer_at is not None
    assert approval.timer_at > database_now()  # postponed, so it starves no other
    elapse(approval, HOUR)
    run_until_idle()
    approval.refresh_from_db()
    assert (approval.status, approval.outcome) == (ApprovalStatus.EXPIRED, "rejected")


def test_an_answer_that_can_not_go_ahead_is_postponed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = desk.ask(policy(undo_window=60))
    desk.answer(approval, desk.alice)
    past = database_now() - timedelta(seconds=1)
    Approval.objects.update(release_at=past, timer_at=past)
    changed = errors.CannotGoOn("another definition")
    monkeypatch.setattr("approvals.releases.release", lambda *_given: changed)
    assert deadlines.act(approval.pk) is False
    approval.refresh_from_db()
    assert approval.timer_at is not None
    assert approval.timer_at > database_now()


def test_the_undo_window_is_that_of_the_edited_proposal(desk: Desk) -> None:
    rule = policy(
        editable=["amount"],
        undo_window=lambda asked: 3600 if asked.amount >= 1000 else 0,
    )
    approval = desk.ask(rule, amount=100)
    edited = edit(desk, approval, desk.alice, amount=5000)
    assert edited.is_reserved
    assert edited.release_at is not None
    assert edited.release_at > database_now() + timedelta(seconds=3500)


def test_the_history_keeps_the_answer_that_was_taken_back(desk: Desk) -> None:
    rule = policy(
        editable=["amount"],
        undo_window=lambda asked: 60 if asked.amount >= 1000 else 0,
    )
    approval = desk.ask(rule, amount=5000)
    desk.answer(approval, desk.alice)
    undo(approval, desk.alice)
    edit(desk, approval, desk.bob, amount=5)
    found = {(each.kind, each.who) for each in history.of(Approval.objects.get())}
    assert ("decided", "Bob Stone") in found
    assert {("reserved", "Alice Young"), ("undone", "Alice Young")} < found


def program_of(owner: User, desk: Desk) -> User:
    robot = desk.person("robot", "", "", desk.managers)
    ServiceAccount.objects.create(user=robot, owner=owner)
    return robot


def test_a_program_decides_nothing_once_its_owner_is_gone(desk: Desk) -> None:
    approval, robot = desk.ask(), program_of(desk.carol, desk)
    assert list(inbox.waiting_for(robot)) == [approval]
    desk.carol.is_active = False
    desk.carol.save()
    assert list(inbox.waiting_for(robot)) == []
    assert not eligibility(robot, approval).may_decide
    with pytest.raises(errors.ApprovalError):
        desk.answer(approval, robot)
    two = Approval.objects.filter(pk=approval.pk)
    two.update(quorum=3)
    assert staffing.understaffed({approval.pk: 3}) == {approval.pk}
    assert staffing.understaffed({approval.pk: 2}) == set()


def test_a_vote_that_takes_the_place_of_two_people_may_leave_too_few(
    desk: Desk,
) -> None:
    rule = ApprovalPolicy(users=["alice", "bob"], quorum=2)
    approval = desk.ask(rule)
    away(desk, desk.alice, desk.bob)
    robot = desk.person("robot", "", "")
    ServiceAccount.objects.create(user=robot, owner=desk.bob)
    away(desk, desk.alice, robot)
    answer(desk, approval, robot)
    assert Decision.objects.get().on_behalf_of == desk.alice
    approval.refresh_from_db()
    assert approval.needs_assignment


NO, DENY = (Verdict(value=word, rejection=True) for word in ("reject", "deny"))
YES = Verdict(value="approve", rejection=False)


def test_rejections_count_together_by_whichever_word() -> None:
    assert settled([NO, DENY], quorum=2, reject="quorum") == "deny"
    assert settled([NO, YES], quorum=2, reject="quorum") is None
    assert settled([NO, YES, DENY], quorum=2, reject="quorum") == "deny"


class Words(BaseModel):
    decision: Literal["approve", "reject", "deny"]


def test_people_are_enough_when_rejections_count_together(desk: Desk) -> None:
    rule = policy(quorum=2, reject="quorum")
    approval = desk.ask(rule, resume_schema=Words)
    desk.answer(approval, desk.alice, data={"decision": "reject"})
    assert staffing.understaffed({approval.pk: 2}) == set()


def test_a_recheck_that_fails_stops_no_account_from_being_shut(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    desk.ask()

    def fail(_approvals: object) -> None:
        raise RuntimeError("deadlock")

    monkeypatch.setattr(staffing, "recheck", fail)
    hooks_before = len(connection.run_on_commit)
    desk.alice.is_active = False
    desk.alice.save()
    hook: tuple[Any, ...] = connection.run_on_commit[hooks_before]
    assert hook[-1] is True  # robust
    assert hook[1].__qualname__  # what Django says of a hook that failed


def test_what_a_stand_in_does_is_on_record_as_done_for_somebody(desk: Desk) -> None:
    away(desk, desk.alice, desk.carol)
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=at_once(desk.carol))
    claiming.release(approval_id=approval.pk, caller=at_once(desk.carol))
    own = desk.ask()
    claiming.claim(approval_id=own.pk, caller=at_once(desk.bob))
    acts = AuditRow.objects.filter(object_type="approval").order_by("seq")
    assert [*acts.values_list("action", "on_behalf_of")] == [
        ("claimed", desk.alice.pk),
        ("released", desk.alice.pk),
        ("claimed", None),
    ]
    told = [wording.told(each) for each in history.of(approval)]
    assert "claimed this, standing in for Alice Young" in told


def test_who_sends_back_and_recalls_for_somebody_is_told_as_such(desk: Desk) -> None:
    away(desk, desk.alice, desk.carol)
    approval = desk.ask()
    send_back(approval, desk.carol, now=database_now())
    change_requests.recall(approval_id=approval.pk, caller=at_once(desk.carol))
    told = [wording.told(each) for each in history.of(approval)]
    assert "asked for changes, standing in for Alice Young" in told
    assert "took this back as it was, standing in for Alice Young" in told


def test_a_clock_that_stands_still_is_not_set(desk: Desk) -> None:
    approval = desk.ask(policy(on_due="approve", due_in=DAY))
    send_back(approval, desk.alice)
    operator = desk.person("olga", "Olga", "Frost")
    operator.is_superuser = True
    operator.save()
    with pytest.raises(errors.NotAllowed, match="stands still"):
        due_dates.extend(
            approval_id=approval.pk,
            caller=at_once(operator),
            due_at=database_now() + 3 * DAY,
            reason="Later, please.",
        )
