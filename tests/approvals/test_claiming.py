"""Claims and assignments: one has it, others are told, operators say who is asked."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User

from approvals import ApprovalPolicy, assigning, claiming, comments, errors, inbox
from approvals.locking import Caller
from approvals.models import Approval, ApprovalComment, AuditRow
from approvals.persons import person_of
from approvals.policies import asked_of, eligibility
from approvals.statuses import Channel
from tests.approvals.conftest import NOW, Desk
from workflows import json_gate
from workflows.errors import SchemaMismatch


def by(user: User) -> Caller:
    return Caller(user=user, channel=Channel.PAGE, now=NOW)


@pytest.fixture
def olga(desk: Desk) -> User:
    """An operator: sees every approval, says who is asked, decides nothing by that."""
    olga = desk.person("olga", "Olga", "Frost")
    olga.user_permissions.add(Permission.objects.get(codename="assign_approval"))
    return User.objects.get(pk=olga.pk)


def waits_for(approval: Approval, *users: User) -> list[bool]:
    return [inbox.waiting_for(u).filter(pk=approval.pk).exists() for u in users]


def test_a_claim_takes_it_from_the_colleagues_inboxes(desk: Desk) -> None:
    approval = desk.ask()
    claimed = claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    assert (claimed.claimed_by, claimed.claimed_at) == (desk.alice, NOW)
    assert waits_for(approval, desk.alice, desk.bob) == [True, False]
    with pytest.raises(errors.AlreadyClaimed) as refused:
        desk.answer(approval, desk.bob)
    assert (refused.value.winner_id, refused.value.at) == (desk.alice.pk, NOW)
    assert desk.answer(approval, desk.alice).outcome == "approved"
    assert [row.action for row in AuditRow.objects.all()] == ["claimed", "decided"]


def test_the_second_claim_is_told_who_was_first(desk: Desk) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    with pytest.raises(errors.AlreadyClaimed, match="Alice Young claimed this"):
        claiming.claim(approval_id=approval.pk, caller=by(desk.bob))
    with pytest.raises(errors.NotAllowed, match="You have claimed this already"):
        claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    assert AuditRow.objects.count() == 1


def test_whoever_could_decide_takes_over_and_the_first_claimer_is_out(
    desk: Desk,
) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    taken = claiming.take_over(approval_id=approval.pk, caller=by(desk.bob))
    assert taken.claimed_by == desk.bob
    with pytest.raises(errors.AlreadyClaimed):
        desk.answer(approval, desk.alice)
    with pytest.raises(errors.NotAllowed):
        claiming.take_over(approval_id=approval.pk, caller=by(desk.ines))
    assert desk.answer(approval, desk.bob).outcome == "approved"
    actions = [row.action for row in AuditRow.objects.all()]
    assert actions == ["claimed", "taken-over", "decided"]


def test_a_release_gives_it_back_to_all(desk: Desk, olga: User) -> None:
    approval = desk.ask()
    with pytest.raises(errors.NotAllowed, match="Nobody has claimed this"):
        claiming.release(approval_id=approval.pk, caller=by(desk.alice))
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    with pytest.raises(errors.NotAllowed, match="Alice Young has claimed this"):
        claiming.release(approval_id=approval.pk, caller=by(desk.bob))
    claiming.release(approval_id=approval.pk, caller=by(desk.alice))
    assert waits_for(approval, desk.alice, desk.bob) == [True, True]
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    claiming.release(approval_id=approval.pk, caller=by(olga))
    assert AuditRow.objects.latest("seq").actor == olga


def test_who_could_not_decide_cannot_claim(desk: Desk) -> None:
    approval = desk.ask()
    with pytest.raises(errors.NotAllowed, match="You started this yourself"):
        claiming.claim(approval_id=approval.pk, caller=by(desk.ines))
    with pytest.raises(errors.ApprovalNotFound):
        claiming.claim(approval_id=approval.pk, caller=by(desk.carol))
    desk.answer(approval, desk.alice)
    with pytest.raises(errors.NotAllowed, match="no longer waits"):
        claiming.claim(approval_id=approval.pk, caller=by(desk.bob))


def test_where_several_vote_nobody_claims(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    with pytest.raises(errors.NotAllowed, match="Several people vote"):
        claiming.claim(approval_id=approval.pk, caller=by(desk.alice))


def test_a_claim_of_somebody_who_left_binds_nobody(desk: Desk) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    User.objects.filter(pk=desk.alice.pk).update(is_active=False)
    approval.refresh_from_db()
    assert waits_for(approval, desk.bob) == [True]
    claiming.claim(approval_id=approval.pk, caller=by(desk.bob))
    assert desk.answer(approval, desk.bob).outcome == "approved"


def test_work_is_handed_to_a_colleague_who_was_asked(desk: Desk) -> None:
    approval = desk.ask()
    handed = claiming.hand_over(
        approval_id=approval.pk, caller=by(desk.alice), username="bob"
    )
    assert handed.claimed_by == desk.bob
    row = AuditRow.objects.get()
    assert (row.action, row.outcome, row.actor) == ("handed-over", "bob", desk.alice)
    for stranger in ("carol", "ines", "nobody"):
        with pytest.raises(SchemaMismatch, match="is not among the people"):
            claiming.hand_over(
                approval_id=approval.pk, caller=by(desk.bob), username=stranger
            )


# Assigning


def assign(approval: Approval, user: User, **options: Any) -> Approval:
    return assigning.assign(approval_id=approval.pk, caller=by(user), **options)


def test_an_operator_assigns_what_nobody_was_asked(desk: Desk, olga: User) -> None:
    approval = desk.start(desk.workflow(None))
    assert approval.needs_assignment
    assert list(inbox.unassigned()) == [approval]
    assign(approval, olga, users=["carol"], reason="Alice is ill.")
    assert list(inbox.unassigned()) == []
    assert waits_for(approval, desk.carol, olga) == [True, False]
    row = AuditRow.objects.get()
    assert (row.action, row.outcome, row.actor) == ("assigned", "carol", olga)
    assert ApprovalComment.objects.get().text == "Alice is ill."
    assert desk.answer(approval, desk.carol).outcome == "approved"


def test_who_was_asked_before_can_no_longer_decide(desk: Desk, olga: User) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    assign(approval, olga, users=["carol"])
    with pytest.raises(errors.ApprovalNotFound):
        desk.answer(approval, desk.alice)
    approval.refresh_from_db()
    assert approval.claimed_by is None
    assert desk.answer(approval, desk.carol).outcome == "approved"


@pytest.mark.parametrize(
    ("options", "words", "loc"),
    [
        ({"users": ["nobody"]}, "nobody called nobody", ["users", 0]),
        ({"users": ["bob"], "groups": ["x"]}, "nobody called x", ["groups", 0]),
        ({}, "at least one", ["users"]),
        ({"users": ["ines"]}, "Too few", ["users"]),
        ({"users": ["gone"]}, "Too few", ["users"]),
        ({"users": ["bob"], "reason": " \u200b "}, "can be read", ["reason"]),
    ],
)
def test_an_assignment_that_leaves_nobody_changes_nothing(
    desk: Desk, olga: User, options: Any, words: str, loc: list[Any]
) -> None:
    User.objects.create_user("gone", is_active=False)
    approval = desk.ask()
    with pytest.raises(SchemaMismatch, match=words) as misfit:
        assign(approval, olga, **options)
    assert misfit.value.errors[0]["loc"] == loc
    assert [str(each) for each in approval.candidates.all()] == ["managers"]
    assert not AuditRow.objects.exists()


def test_only_operators_assign(desk: Desk) -> None:
    approval = desk.ask()
    with pytest.raises(errors.NotAllowed, match="Only an operator"):
        assign(approval, desk.alice, users=["carol"])


# Nobody left


def test_whoever_asks_people_of_whom_nobody_may_decide_is_flagged(desk: Desk) -> None:
    only_ines = desk.ask(ApprovalPolicy(users=["ines"]))
    assert only_ines.needs_assignment
    assert not desk.ask(
        ApprovalPolicy(users=["ines"], exclude_initiator=False)
    ).needs_assignment
    two_of_one = desk.ask(ApprovalPolicy(users=["alice"], quorum=2))
    assert two_of_one.needs_assignment


@pytest.mark.parametrize("way", ["deactivated", "left", "emptied", "group gone"])
def test_when_the_last_one_leaves_it_is_flagged_at_once(
    desk: Desk,
    way: str,
    django_capture_on_commit_callbacks: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk.bob.groups.clear()
    approval = desk.ask()
    assert not approval.needs_assignment
    with django_capture_on_commit_callbacks(execute=True):
        match way:
            case "deactivated":
                desk.alice.is_active = False
                desk.alice.save()
            case "left":
                desk.alice.groups.remove(desk.managers)
            case "emptied":
                desk.managers.user_set.clear()
            case _:
                Group.objects.get(pk=desk.managers.pk).delete()
    assert list(inbox.unassigned()) == [approval]
    assert "nobody can decide" in caplog.text
    if way == "left":
        with django_capture_on_commit_callbacks(execute=True):
            desk.bob.groups.add(desk.managers)
        assert list(inbox.unassigned()) == []


# Comments, and why not


def test_whoever_sees_it_comments_and_reads_in_order(desk: Desk) -> None:
    approval = desk.ask()
    for user, text in ((desk.alice, "Which invoice?"), (desk.ines, "The first.")):
        comments.comment(approval_id=approval.pk, caller=by(user), text=text)
    said = [(str(c.author), c.text) for c in ApprovalComment.objects.all()]
    assert said == [("alice", "Which invoice?"), ("ines", "The first.")]
    with pytest.raises(errors.ApprovalNotFound):
        comments.comment(approval_id=approval.pk, caller=by(desk.carol), text="Me!")
    for text in ("", " ", "\u200b", "x" * 10_001):
        with pytest.raises(SchemaMismatch):
            comments.comment(approval_id=approval.pk, caller=by(desk.alice), text=text)
    assert AuditRow.objects.filter(action="commented").count() == 2


def test_the_reason_of_a_claim_is_told_to_who_can_not(desk: Desk) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    approval = Approval.objects.get()
    verdict = eligibility(desk.bob, approval)
    assert verdict.reasons == ("Alice Young has claimed this.",)
    assert (verdict.may_decide, verdict.would_decide) == (False, True)
    assert asked_of(approval).claimed_by == desk.alice.pk
    assert person_of(desk.bob).id == desk.bob.pk


def replace(approval: Approval, user: User, leaver: str, successor: str) -> Approval:
    return assigning.replace(
        approval_id=approval.pk,
        caller=by(user),
        leaver=leaver,
        successor=successor,
        reason="Alice left.",
    )


def test_one_person_takes_the_place_of_another_and_the_others_stay(
    desk: Desk, olga: User
) -> None:
    approval = desk.ask(ApprovalPolicy(users=["alice", "bob"]))
    claiming.claim(approval_id=approval.pk, caller=by(desk.bob))
    replace(approval, olga, "alice", "carol")
    assert sorted(map(str, approval.candidates.all())) == ["bob", "carol"]
    approval.refresh_from_db()
    assert approval.claimed_by == desk.bob
    row = AuditRow.objects.latest("seq")
    assert (row.action, row.outcome) == ("replaced", "alice → carol")
    assert row.after == json_gate.digest("Alice left.")
    assert ApprovalComment.objects.get().text == "Alice left."
    with pytest.raises(errors.ApprovalNotFound):
        desk.answer(approval, desk.alice)


def test_a_claim_of_who_leaves_is_over(desk: Desk, olga: User) -> None:
    approval = desk.ask(ApprovalPolicy(users=["alice", "bob"]))
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    replace(approval, olga, "alice", "bob")  # who is asked already
    assert [str(each) for each in approval.candidates.all()] == ["bob"]
    assert desk.answer(approval, desk.bob).outcome == "approved"


@pytest.mark.parametrize(
    ("leaver", "successor", "loc"),
    [
        ("carol", "bob", ["leaver"]),
        ("managers", "bob", ["leaver"]),
        ("alice", "nobody", ["successor", 0]),
        ("alice", "ines", ["successor"]),
    ],
)
def test_a_replacement_that_does_not_fit_changes_nothing(
    desk: Desk, olga: User, leaver: str, successor: str, loc: list[Any]
) -> None:
    approval = desk.ask(ApprovalPolicy(users=["alice"]))
    with pytest.raises(SchemaMismatch) as misfit:
        replace(approval, olga, leaver, successor)
    assert misfit.value.errors[0]["loc"] == loc
    assert [str(each) for each in approval.candidates.all()] == ["alice"]
    with pytest.raises(errors.NotAllowed, match="Only an operator"):
        replace(approval, desk.alice, "alice", "bob")
    assert not AuditRow.objects.exists()
