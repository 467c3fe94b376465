"""What too few people can decide is flagged at once: people, not accounts, are counted,
and votes that were given stand."""

from typing import Any, Literal

import pytest
from django.contrib.auth.models import User
from pydantic import BaseModel

from approvals import ApprovalPolicy, assigning, change_requests, staffing
from approvals.models import Approval, ServiceAccount
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import send_back
from tests.approvals.test_claiming import by
from tests.approvals.test_claiming import olga as olga
from tests.approvals.test_duties import MANAGERS, answer
from tests.approvals.test_separation import both
from workflows.errors import SchemaMismatch


class Choice(BaseModel):
    decision: Literal["approve", "reject", "defer"]


@pytest.fixture
def robot(desk: Desk) -> User:
    """A program of Alice's."""
    robot = desk.person("robot", "", "")
    ServiceAccount.objects.create(user=robot, owner=desk.alice)
    return robot


def is_flagged(approval: Approval) -> bool:
    """Now; and the same when everything is counted anew."""
    approval.refresh_from_db()
    flagged = approval.needs_assignment
    staffing.recheck(Approval.objects.filter(pk=approval.pk))
    approval.refresh_from_db()
    assert approval.needs_assignment == flagged
    return flagged


def test_votes_that_differ_may_leave_nobody(desk: Desk, olga: User) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2, reject="quorum"))
    answer(desk, approval, desk.alice)
    assert not is_flagged(approval)
    desk.answer(approval, desk.bob, False)
    assert is_flagged(approval)
    assigning.assign(approval_id=approval.pk, caller=by(olga), users=["carol"])
    assert not is_flagged(approval)
    assert answer(desk, approval, desk.carol).outcome == "approved"


def test_so_may_three_outcomes(desk: Desk) -> None:
    policy = ApprovalPolicy(groups=["managers"], quorum=2)
    approval = desk.ask(policy, resume_schema=Choice)
    desk.answer(approval, desk.alice, data={"decision": "approve"})
    desk.answer(approval, desk.bob, data={"decision": "defer"})
    assert is_flagged(approval)


def test_an_edit_that_asks_for_more_votes_than_there_are_people(desk: Desk) -> None:
    def needed(question: Any) -> int:
        return 2 if question.amount >= 1000 else 1

    policy = ApprovalPolicy(users=["bob"], editable=["amount"], quorum=needed)
    approval = desk.ask(policy)
    assert not is_flagged(approval)
    desk.answer(approval, desk.bob, edits={"amount": 5000})
    assert is_flagged(approval)

    other = desk.ask(policy)
    send_back(other, desk.bob)
    change_requests.resubmit(
        approval_id=other.pk,
        caller=by(desk.ines),
        edits_made={"amount": 5000},
        version=1,
    )
    assert is_flagged(other)


def test_the_vote_of_who_left_stands(desk: Desk, olga: User) -> None:
    approval = desk.ask(ApprovalPolicy(users=["alice", "bob"], quorum=2))
    answer(desk, approval, desk.bob)
    desk.bob.is_active = False
    desk.bob.save()
    assert not is_flagged(approval)
    assigning.assign(approval_id=approval.pk, caller=by(olga), users=["carol"])
    assert answer(desk, approval, desk.carol).outcome == "approved"


def test_a_program_may_not_decide_what_its_owner_started(
    desk: Desk, robot: User
) -> None:
    run = desk.workflow(ApprovalPolicy(users=["robot"])).create_run(
        initiator=desk.alice
    )
    run.start({"title": "Pay?"})
    assert is_flagged(Approval.objects.get())


def test_a_program_and_its_owner_have_one_vote(desk: Desk, robot: User) -> None:
    approval = desk.ask(ApprovalPolicy(users=["alice", "robot"], quorum=2))
    assert is_flagged(approval)


def test_nobody_is_assigned_whose_owner_is_kept_out(
    desk: Desk, robot: User, olga: User
) -> None:
    first, second = both(MANAGERS)
    answer(desk, first, desk.alice)
    with pytest.raises(SchemaMismatch, match="Too few"):
        assigning.assign(approval_id=second.pk, caller=by(olga), users=["robot"])
