"""Operators act in the admin: by the services, with a reason, and approvals alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals import ApprovalPolicy, acting_admin, audit, claiming
from approvals.locking import Caller
from approvals.models import Approval, ApprovalComment, AuditRow
from approvals.statuses import ApprovalStatus, Channel
from tests.approvals.conftest import NOW, Desk
from tests.pages.conftest import allow
from workflows import json_gate
from workflows.testing import run_until_idle

LIST = "/admin/approvals/approval/"
WHY = "Alice is on leave."
DAY = timedelta(days=1)


@pytest.fixture
def olga(desk: Desk) -> User:
    """An operator who may use the admin, and sees nothing else of the inbox there."""
    olga = allow(desk.person("olga", "Olga", "Frost"), "assign_approval")
    User.objects.filter(pk=olga.pk).update(is_staff=True)
    return olga


@pytest.fixture
def office(olga: User, client: Client) -> Client:
    client.force_login(olga)
    return client


def act(office: Client, action: str, *approvals: Approval, **given: Any) -> str:
    """Choose the action for these; with something given, confirm it."""
    chosen = {"action": action, "_selected_action": [a.pk for a in approvals]}
    confirmed = {"confirmed": "yes", **given} if given else {}
    answer = office.post(LIST, {**chosen, **confirmed}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def the_row(approval: Approval, action: str) -> AuditRow:
    return AuditRow.objects.get(object_id=approval.pk, action=action)


@pytest.mark.parametrize(
    ("action", "given", "recorded"),
    [
        ("assign", {"users": "bob, carol", "groups": ""}, "assigned"),
        ("release", {}, "released"),
        ("extend", {"due_at": "2031-05-06T09:30"}, "extended"),
        ("expire", {}, "hastened"),
    ],
)
def test_each_act_is_confirmed_and_its_reason_lands_in_the_audit(
    desk: Desk, olga: User, office: Client, action: str, given: Any, recorded: str
) -> None:
    rule = ApprovalPolicy(groups=["managers"], due_in=DAY, on_due="reject")
    approval = desk.ask(rule, title="Pay <Zoë>?")
    alice = Caller(user=desk.alice, channel=Channel.PAGE, now=NOW)
    claiming.claim(approval_id=approval.pk, caller=alice)

    asked = act(office, action, approval)
    assert "Pay &lt;Zoë&gt;?" in asked
    assert 'name="reason"' in asked
    unsaid = act(office, action, approval, **given, reason=" \u200b")
    assert "Write something that can be read." in unsaid
    assert AuditRow.objects.count() == 1  # the claim

    assert "Done to 1." in act(office, action, approval, **given, reason=WHY)
    row = the_row(approval, recorded)
    assert (row.actor, row.channel) == (olga, Channel.ADMIN)
    assert row.after == json_gate.digest(WHY)
    assert [said.text for said in ApprovalComment.objects.all()] == [WHY]
    audit.verify()


def test_an_assignment_asks_these_people_and_nobody_else(
    desk: Desk, office: Client
) -> None:
    Group.objects.create(name="auditors").user_set.add(desk.carol)
    first, second = desk.ask(), desk.ask()
    act(office, "assign", first, second, users="bob", groups="auditors", reason=WHY)
    for approval in (first, second):
        names = sorted(map(str, approval.candidates.all()))
        assert names == ["auditors", "bob"]


def test_who_left_is_found_and_replaced_everywhere(desk: Desk, office: Client) -> None:
    rule = ApprovalPolicy(users=["alice", "bob"])
    first, second = desk.ask(rule), desk.ask(rule)
    found = office.get(LIST, {"q": "alice"}).content.decode()
    assert first.pk in found
    assert second.pk in found
    people = {"leaver": "alice", "successor": "carol"}
    assert "Done to 2." in act(office, "replace", first, second, **people, reason=WHY)
    for approval in (first, second):
        assert sorted(map(str, approval.candidates.all())) == ["bob", "carol"]


def test_what_can_not_be_done_says_why_and_stops_nothing_else(
    desk: Desk, office: Client
) -> None:
    closed, waiting = desk.ask(title="Pay one?"), desk.ask(title="Pay two?")
    desk.answer(closed, desk.alice)
    due = (timezone.now() + DAY).strftime("%Y-%m-%dT%H:%M")
    said = act(office, "extend", closed, waiting, due_at=due, reason=WHY)
    assert "Done to 1." in said
    assert "Pay one?: This no longer waits for an answer." in said
    assert not AuditRow.objects.filter(object_id=closed.pk, action="extended").exists()
    assert the_row(waiting, "extended")


def test_names_that_nobody_has_are_told(desk: Desk, office: Client) -> None:
    approval = desk.ask()
    said = act(office, "assign", approval, users="zoe", reason=WHY)
    assert "There is nobody called zoe." in said
    assert not AuditRow.objects.exists()


def test_the_end_of_the_time_is_brought_about_by_the_clock(
    desk: Desk, office: Client
) -> None:
    rule = ApprovalPolicy(groups=["managers"], due_in=DAY, on_due="reject")
    approval = desk.ask(rule)
    act(office, "expire", approval, reason=WHY)
    run_until_idle()
    approval.refresh_from_db()
    assert (approval.status, approval.outcome) == (ApprovalStatus.EXPIRED, "rejected")


def test_who_only_reads_the_admin_is_offered_no_act(desk: Desk, client: Client) -> None:
    approval = desk.ask()
    reader = allow(desk.person("rita", "Rita", "Reed"), "view_approval")
    User.objects.filter(pk=reader.pk).update(is_staff=True)
    client.force_login(reader)
    page = client.get(LIST).content.decode()
    assert "Pay?" in page
    assert 'name="action"' not in page
    chosen = {"action": "release", "_selected_action": [approval.pk]}
    client.post(LIST, {**chosen, "confirmed": "yes", "reason": WHY})
    assert not AuditRow.objects.exists()
    assert not ApprovalComment.objects.exists()


def test_too_many_at_once_are_refused(
    desk: Desk, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting_admin, "MANY", 1)
    said = act(office, "extend", desk.ask(), desk.ask())
    assert "Choose at most 1 at a time." in said


def test_reading_the_list_is_offered_to_operators(desk: Desk, office: Client) -> None:
    desk.ask(title="Pay Bob?")
    assert "Pay Bob?" in office.get(LIST).content.decode()
    assert reverse("admin:approvals_approval_changelist") == LIST
