"""An edited proposal is another question: the policy is asked about it anew."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from approvals import ApprovalPolicy, errors, history, inbox, searching
from approvals.models import Approval, Decision
from approvals.notifications.models import Notice
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import edit, resubmit, send_back

MUCH = 1000


def policy(**options: Any) -> ApprovalPolicy:
    """More eyes for much money; the title names the amount."""
    rule: dict[str, Any] = {
        "groups": ["managers"],
        "title": lambda q: f"Pay {q.amount} EUR?",
        "quorum": lambda q: 2 if q.amount > MUCH else 1,
        "priority": lambda q: "high" if q.amount > MUCH else "normal",
        "editable": ["amount"],
        **options,
    }
    return ApprovalPolicy(**rule)


@pytest.fixture
def finance(desk: Desk) -> User:
    group = Group.objects.create(name="finance")
    return desk.person("farah", "Farah", "Aziz", group)


def by_amount(question: Any) -> list[str]:
    return ["finance"] if question.amount > MUCH else ["managers"]


def test_who_asks_again_for_more_needs_what_more_needs(desk: Desk) -> None:
    approval = desk.ask(policy(), amount=5)
    send_back(approval, desk.alice)
    again = resubmit(approval, desk.ines, edits_made={"amount": 5000})
    again = Approval.objects.get(pk=again.pk)
    assert (again.title, again.quorum, again.priority, again.priority_rank) == (
        "Pay 5000 EUR?",
        2,
        "high",
        1,
    )
    assert desk.answer(again, desk.bob).is_open
    assert not desk.answer(again, desk.alice).is_open


def test_a_reviewers_edit_needs_what_the_edited_proposal_needs(desk: Desk) -> None:
    approval = desk.ask(policy(), amount=5)
    edited = edit(desk, approval, desk.alice, amount=5000)
    assert (edited.is_open, edited.title) == (True, "Pay 5000 EUR?")
    assert not desk.answer(Approval.objects.get(), desk.bob).is_open


def test_an_edit_that_asks_for_less_is_done_with_one_vote(desk: Desk) -> None:
    approval = desk.ask(policy(), amount=5000)
    assert not edit(desk, approval, desk.alice, amount=5).is_open
    stored = Approval.objects.get()
    assert (stored.title, stored.quorum, stored.priority) == (
        "Pay 5 EUR?",
        1,
        "normal",
    )


def test_what_waits_to_go_ahead_brings_its_rule_along(desk: Desk) -> None:
    approval = desk.ask(policy(undo_window=timedelta(seconds=30)), amount=5)
    assert not edit(desk, approval, desk.alice, amount=5000).is_reserved
    assert desk.answer(Approval.objects.get(), desk.bob).is_reserved


def test_who_asks_again_asks_whom_the_edited_proposal_is_for(
    desk: Desk, finance: User
) -> None:
    approval = desk.ask(policy(groups=by_amount, quorum=1), amount=5)
    send_back(approval, desk.alice)
    resubmit(approval, desk.ines, edits_made={"amount": 5000})
    again = Approval.objects.get()
    assert list(inbox.waiting_for(desk.alice)) == []
    assert list(inbox.waiting_for(finance)) == [again]
    assert not desk.answer(again, finance).is_open


def test_whom_operators_named_stays_where_the_policy_says_nothing_else(
    desk: Desk,
) -> None:
    approval = desk.ask(policy(), amount=5)
    approval.candidates.all().delete()
    approval.candidates.create(user=desk.carol)
    send_back(approval, desk.carol)
    resubmit(approval, desk.ines, edits_made={"amount": 6})
    assert list(inbox.waiting_for(desk.carol)) == [Approval.objects.get()]


def test_nobody_decides_for_others_by_an_edit(desk: Desk, finance: User) -> None:
    approval = desk.ask(policy(groups=by_amount, quorum=1), amount=5)
    with pytest.raises(errors.EditMismatch, match="other people") as refused:
        edit(desk, approval, desk.alice, amount=5000)
    assert refused.value.errors[0]["loc"] == ["edits", "amount"]
    assert not Decision.objects.exists()


def test_a_policy_that_can_not_judge_an_edit_refuses_it(desk: Desk) -> None:
    approval = desk.ask(policy(quorum=lambda q: 1 // (q.amount - 4)), amount=5)
    with pytest.raises(errors.EditMismatch, match="can't judge"):
        edit(desk, approval, desk.alice, amount=4)


def test_a_search_finds_what_a_proposal_says_now(desk: Desk) -> None:
    approval = desk.ask(policy(), amount=8765432)
    send_back(approval, desk.alice)
    resubmit(approval, desk.ines, edits_made={"amount": 2345678})
    seen = inbox.visible_to(desk.alice)
    assert list(searching.matching(seen, "2345678")) == [approval]
    assert list(searching.matching(seen, "8765432")) == []


def test_whose_vote_an_edit_voids_is_asked_anew_and_sees_what_changed(
    desk: Desk,
) -> None:
    approval = desk.ask(policy(quorum=2), amount=5)
    desk.answer(approval, desk.alice)
    Notice.objects.all().delete()
    edit(desk, approval, desk.bob, amount=6)
    [notice] = Notice.objects.all()
    assert (notice.kind, notice.actor) == ("opened", desk.bob)
    patches = [each.patch for each in history.of(Approval.objects.get())]
    [patched] = [patch for patch in patches if patch]
    assert list(patched) == [{"op": "replace", "path": "/amount", "value": 6}]
