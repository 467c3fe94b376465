"""A claim keeps colleagues out only while its holder could decide."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from approvals import ApprovalPolicy, assigning, claiming, history, inbox
from approvals.models import Approval, AuditRow, Delegation
from approvals.pages import wording
from approvals.stale_claims import ClaimChore
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import edit, resubmit, send_back
from tests.approvals.test_claiming import by
from tests.approvals.test_duties import MANAGERS, answer, at_once, away
from tests.approvals.test_edited_rule import policy
from tests.approvals.test_separation import both

Committed = Callable[..., object]


def claim(approval: Approval, user: User) -> Approval:
    return claiming.claim(approval_id=approval.pk, caller=at_once(user))


def is_free(approval: Approval, user: User) -> bool:
    """Whether the claim is gone, and the request waits for this person again."""
    approval.refresh_from_db()
    waits = inbox.waiting_for(user).filter(pk=approval.pk).exists()
    assert waits == (approval.claimed_by is None)
    return waits


def test_who_decides_the_separated_step_holds_this_one_for_nobody(
    desk: Desk, django_capture_on_commit_callbacks: Committed
) -> None:
    first, second = both(MANAGERS)
    claim(second, desk.alice)
    assert not is_free(second, desk.bob)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        answer(desk, first, desk.alice)
    assert is_free(second, desk.bob)
    row = AuditRow.objects.get(action="claim-ended")
    assert (row.outcome, row.actor, row.channel) == ("alice", None, "timer")
    told = [wording.told(each) for each in history.of(second)]
    assert "The claim of alice ended: they could not decide this now." in told


def test_who_leaves_the_group_takes_the_claim_along(
    desk: Desk, django_capture_on_commit_callbacks: Committed
) -> None:
    approval = claim(desk.ask(), desk.alice)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        desk.alice.groups.clear()
    assert is_free(approval, desk.bob)


def test_a_stand_ins_claim_ends_with_the_time(desk: Desk) -> None:
    away(desk, desk.alice, desk.carol)
    approval = claim(desk.ask(), desk.carol)
    kept = claim(desk.ask(), desk.bob)
    ClaimChore().do_due()
    assert not is_free(approval, desk.alice) or approval.claimed_by is None
    assert AuditRow.objects.filter(action="claim-ended").count() == 0
    now = timezone.now()
    Delegation.objects.update(ends_at=now - timedelta(seconds=1))
    assert ClaimChore().do_due() == 1
    assert is_free(approval, desk.bob)
    kept.refresh_from_db()
    assert kept.claimed_by == desk.bob


def test_a_stand_ins_claim_ends_when_another_is_asked(desk: Desk) -> None:
    away(desk, desk.alice, desk.carol)
    approval = desk.ask(ApprovalPolicy(users=["alice"]))
    claim(approval, desk.carol)
    operator = desk.person("olga", "Olga", "Frost")
    operator.is_superuser = True
    operator.save()
    assigning.replace(
        approval_id=approval.pk,
        caller=by(operator),
        leaver="alice",
        successor="bob",
        reason="She is away.",
    )
    assert is_free(approval, desk.bob)


@pytest.mark.parametrize("who", ["reviewer", "initiator"])
def test_where_an_edit_asks_several_people_no_claim_is_left(
    desk: Desk, who: str
) -> None:
    approval = claim(desk.ask(policy(), amount=5), desk.alice)
    if who == "reviewer":
        edit(desk, approval, desk.alice, amount=5000)
    else:
        send_back(approval, desk.alice)
        resubmit(approval, desk.ines, edits_made={"amount": 5000})
    assert is_free(Approval.objects.get(), desk.bob)
