"""What somebody put aside comes back when it is given to them or asked anew."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from approvals import (
    ApprovalPolicy,
    assigning,
    change_requests,
    claiming,
    deadlines,
    inbox,
    snoozing,
)
from approvals.models import Approval, Snooze
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import ask
from tests.approvals.test_claiming import by
from tests.approvals.test_deadlines import AT_ONCE


@pytest.fixture
def olga(desk: Desk) -> User:
    olga = desk.person("olga", "Olga", "Frost")
    olga.user_permissions.add(Permission.objects.get(codename="assign_approval"))
    return User.objects.get(pk=olga.pk)


def put_aside(approval: Approval, *users: User) -> None:
    for user in users:
        until = timezone.now() + timedelta(days=5)
        snoozing.snooze(approval=approval, user=user, until=until)


def waits_for(*users: User) -> list[bool]:
    return [inbox.waiting_for(user).exists() for user in users]


def test_what_is_handed_to_somebody_waits_for_them_again(desk: Desk) -> None:
    approval = desk.ask()
    put_aside(approval, desk.bob, desk.alice)
    claiming.hand_over(approval_id=approval.pk, caller=by(desk.alice), username="bob")
    assert waits_for(desk.bob) == [True]
    assert Snooze.objects.get().user == desk.alice


def test_what_is_assigned_waits_for_who_is_asked_now(desk: Desk, olga: User) -> None:
    approval = desk.ask()
    put_aside(approval, desk.bob)
    assigning.assign(approval_id=approval.pk, caller=by(olga), users=["bob"])
    assert waits_for(desk.bob) == [True]


def test_what_comes_in_the_place_of_another_wakes_the_successor(
    desk: Desk, olga: User
) -> None:
    approval = desk.ask()
    assigning.assign(
        approval_id=approval.pk, caller=by(olga), users=["carol"], groups=["managers"]
    )
    put_aside(approval, desk.alice, desk.bob)
    assigning.replace(
        approval_id=approval.pk,
        caller=by(olga),
        leaver="carol",
        successor="bob",
        reason="away",
    )
    assert waits_for(desk.bob, desk.alice) == [True, False]


def test_what_is_asked_anew_waits_for_all_again(desk: Desk) -> None:
    approval = desk.ask()
    put_aside(approval, desk.alice, desk.bob)
    change_requests.request_changes(
        approval_id=approval.pk,
        caller=by(desk.alice),
        text="Which account?",
        digest=approval.digest,
        version=1,
    )
    change_requests.resubmit(
        approval_id=approval.pk, caller=by(desk.ines), text="This one.", version=1
    )
    assert waits_for(desk.alice, desk.bob) == [True, True]


def test_what_a_voter_edited_waits_for_the_others_again(desk: Desk) -> None:
    approval = ask(
        desk, ApprovalPolicy(groups=["managers"], quorum=2, editable=["note"])
    )
    put_aside(approval, desk.bob)
    desk.answer(approval, desk.alice, edits={"note": "urgent"})
    assert waits_for(desk.bob) == [True]


def test_what_is_escalated_waits_for_all_again(desk: Desk) -> None:
    policy = ApprovalPolicy(
        groups=["managers"], due_in=AT_ONCE, on_due="escalate", escalate_to=["carol"]
    )
    approval = ask(desk, policy)
    put_aside(approval, desk.alice, desk.bob)
    assert deadlines.act(approval.pk)
    assert waits_for(desk.alice, desk.bob) == [True, True]


def test_what_one_claimed_and_put_aside_stays_there(desk: Desk) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.bob))
    put_aside(approval, desk.bob)
    assert waits_for(desk.bob) == [False]
    assert inbox.snoozed_by(desk.bob).get() == approval
