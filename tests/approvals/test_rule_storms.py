"""Everybody at the same moment: one outcome, one audit row for each act, no fork."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from approvals import ApprovalPolicy, assigning, audit, change_requests, claiming
from approvals.errors import ApprovalError
from approvals.models import Approval, AuditRow, Decision
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import Offer, offer
from tests.approvals.test_claiming import by
from tests.threads import in_threads
from workflows.errors import SchemaMismatch
from workflows.models import Suspension
from workflows.testing import isolated_registry, stop_engine

Act = Callable[[], Any]


@pytest.fixture
def office(transactional_db: None) -> Iterator[Desk]:
    with isolated_registry():
        yield Desk()
    stop_engine()


def at_once(*acts: Act) -> list[str]:
    """The name of the error of each act, "done" for who had none."""
    together = Barrier(len(acts))

    def attempt(act: Act) -> str:
        together.wait(timeout=30)
        try:
            act()
        except (ApprovalError, SchemaMismatch) as error:
            return type(error).__name__
        return "done"

    return in_threads(attempt, acts, at_once=len(acts))


def crowd(office: Desk, size: int) -> list[User]:
    names = [f"judge-{number}" for number in range(size)]
    return [office.person(name, name, "", office.managers) for name in names]


def rows(approval: Approval) -> list[str]:
    found = AuditRow.objects.filter(object_id=approval.pk).order_by("seq")
    return [row.action for row in found]


def test_of_many_voters_exactly_the_quorum_decides(office: Desk) -> None:
    voters = crowd(office, 8)
    for reject in ("any", "quorum"):
        policy = ApprovalPolicy(groups=["managers"], quorum=3, reject=reject)
        approval = office.ask(policy)
        votes = [partial(office.answer, approval, voter) for voter in voters]
        told = Counter(at_once(*votes))
        assert told == {"done": 3, "AlreadyDecided": 5}
        given = Decision.objects.filter(approval=approval)
        assert [vote.closing for vote in given.order_by("pk")] == [False, False, True]
        assert rows(approval) == ["voted", "voted", "decided"]
        assert Suspension.objects.get(pk=approval.pk).status == "consumed"
    audit.verify()


def test_votes_for_and_against_end_in_one_outcome(office: Desk) -> None:
    voters = crowd(office, 6)
    approval = office.ask(
        ApprovalPolicy(groups=["managers"], quorum=3, reject="quorum")
    )
    at_once(
        *(
            partial(office.answer, approval, voter, number % 2 == 0)
            for number, voter in enumerate(voters)
        )
    )
    approval.refresh_from_db()
    closing = Decision.objects.get(closing=True)
    same = Decision.objects.filter(verdict=closing.verdict).count()
    assert (approval.outcome, same) == (closing.verdict, 3)
    audit.verify()


def test_of_many_claims_one_holds_and_the_others_are_told(office: Desk) -> None:
    approval = office.ask()
    claims = [
        partial(claiming.claim, approval_id=approval.pk, caller=by(person))
        for person in crowd(office, 8)
    ]
    told = Counter(at_once(*claims))
    assert told == {"done": 1, "AlreadyClaimed": 7}
    assert rows(approval) == ["claimed"]


@pytest.mark.parametrize("_round", range(4))
def test_an_assignment_and_a_decision_do_not_both_count(
    office: Desk, _round: int
) -> None:
    olga = office.person("olga", "Olga", "Frost")
    olga.user_permissions.add(Permission.objects.get(codename="assign_approval"))
    approval = office.ask()
    assign = partial(assigning.assign, users=["carol"])
    told = at_once(
        partial(office.answer, approval, office.alice),
        partial(assign, approval_id=approval.pk, caller=by(olga)),
    )
    assert told in (["done", "NotAllowed"], ["ApprovalNotFound", "done"])
    assert rows(approval) == ["decided"] if told[0] == "done" else ["assigned"]


@pytest.mark.parametrize("_round", range(4))
def test_changes_asked_for_and_an_approval_do_not_both_count(
    office: Desk, _round: int
) -> None:
    approval = office.ask()
    request = partial(
        change_requests.request_changes,
        approval_id=approval.pk,
        caller=by(office.bob),
        text="Which one?",
        digest=approval.digest,
        version=1,
    )
    told = at_once(partial(office.answer, approval, office.alice), request)
    assert told in (["done", "NotAllowed"], ["SentBack", "done"])
    assert len(rows(approval)) == 1
    still = Suspension.objects.get(pk=approval.pk).status
    assert still == ("consumed" if told[0] == "done" else "open")


def test_an_edit_voids_the_votes_given_in_the_same_moment(office: Desk) -> None:
    policy = ApprovalPolicy(groups=["managers"], quorum=2, editable=["amount"])
    approval = office.ask(policy, execute=offer, suspend_schema=Offer)
    told = at_once(
        partial(office.answer, approval, office.alice),
        partial(office.answer, approval, office.bob, edits={"amount": "1"}),
    )
    approval.refresh_from_db()
    assert (approval.is_open, approval.version) == (True, 2)
    assert told in (["done", "done"], ["StalePage", "done"])
    counting = Decision.objects.filter(version=2)
    assert [vote.decided_by for vote in counting] == [office.bob]
