"""The undo window: an answer waits, can be taken back, and goes ahead by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from approvals import (
    ApprovalPolicy,
    audit,
    deadlines,
    errors,
    history,
    inbox,
    reservations,
)
from approvals.locking import Caller
from approvals.models import Approval, AuditRow, Decision, Delegation, Reservation
from approvals.notifications.kinds import Kind
from approvals.notifications.models import Notice
from approvals.pages import wording
from approvals.policies import eligibility
from approvals.statuses import ApprovalStatus, Channel
from tests.approvals.conftest import NOW, Desk, Outcome
from tests.approvals.test_deadlines import elapse
from workflows.models import Event, Suspension
from workflows.rows import database_now
from workflows.testing import isolated_registry, run_until_idle

HOUR = timedelta(hours=1)
LAPSED = "The answer that waited to go ahead did not count any more."


def policy(**options: Any) -> ApprovalPolicy:
    return ApprovalPolicy(groups=["managers"], **{"undo_window": 600, **options})


def undo(approval: Approval, user: User) -> Approval:
    caller = Caller(user=user, channel=Channel.PAGE, now=NOW)
    return reservations.undo(approval_id=approval.pk, caller=caller)


def let_it_go_ahead(approval: Approval) -> None:
    """Let the window pass, and a worker look."""
    past = database_now() - timedelta(seconds=1)
    Approval.objects.filter(pk=approval.pk).update(release_at=past, timer_at=past)
    run_until_idle()
    approval.refresh_from_db()


def actions() -> list[str]:
    return list(AuditRow.objects.order_by("seq").values_list("action", flat=True))


def test_an_answer_is_kept_and_nothing_goes_on_before_its_time(desk: Desk) -> None:
    approval = desk.ask(policy())
    before = database_now()
    reserved = desk.answer(approval, desk.alice)
    assert reserved.is_reserved
    assert reserved.release_at is not None
    wait = reserved.release_at - before
    assert timedelta(seconds=599) < wait < timedelta(seconds=660)
    run_until_idle()
    assert Suspension.objects.get().status == "open"
    assert desk.run_of(approval).refresh().status == "suspended"
    assert not Decision.objects.exists()
    row = AuditRow.objects.get()
    assert (row.action, row.actor, row.outcome) == ("reserved", desk.alice, "approved")


def test_it_goes_ahead_by_itself_as_the_decision_that_it_was(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice, token_id="t-1", address="192.0.2.7")
    let_it_go_ahead(approval)
    assert (approval.status, approval.outcome) == (ApprovalStatus.DECIDED, "approved")
    assert (approval.closed_by, approval.closed_at) == (desk.alice, NOW)
    assert approval.closed_channel == Channel.PAGE
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.at, decision.closing) == (
        desk.alice,
        NOW,
        True,
    )
    assert decision.answer_value == {"approved": True, "comment": ""}
    result = desk.run_of(approval).refresh().result
    assert result == Outcome(paid=True, by="alice").model_dump()
    assert not Reservation.objects.exists()
    assert actions() == ["reserved", "decided"]
    row = AuditRow.objects.get(action="decided")
    assert (row.token_id, row.address) == ("t-1", "192.0.2.7")
    audit.verify()


def test_meanwhile_other_answers_are_told_who_was_faster(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    for late in (desk.bob, desk.alice):
        with pytest.raises(errors.Reserved, match="unless the answer is taken") as lost:
            desk.answer(approval, late, False)
        assert lost.value.winner_id == desk.alice.pk
    assert errors.STATUS_FOR[errors.ApprovalConflict] == 409
    approval = Approval.objects.get()
    assert not eligibility(desk.bob, approval).may_decide
    assert eligibility(desk.bob, approval).may_view
    assert not inbox.waiting_for(desk.bob).exists()


def test_who_answered_may_take_it_back_and_answer_otherwise(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    undone = undo(approval, desk.alice)
    assert (undone.is_open, undone.is_reserved) == (True, False)
    assert not Reservation.objects.exists()
    assert inbox.waiting_for(desk.bob).get() == approval
    run_until_idle()
    assert desk.run_of(approval).refresh().status == "suspended"
    desk.answer(approval, desk.alice, False)
    let_it_go_ahead(approval)
    assert approval.outcome == "rejected"
    assert actions() == ["reserved", "undone", "reserved", "decided"]
    assert Event.objects.filter(type="workflow-step-resumed").count() == 1


def test_nobody_else_takes_it_back(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    with pytest.raises(errors.NotAllowed):
        undo(approval, desk.bob)
    with pytest.raises(errors.ApprovalNotFound):
        undo(approval, desk.carol)
    assert Reservation.objects.exists()


def test_what_went_ahead_or_was_never_answered_can_not_be_taken_back(
    desk: Desk,
) -> None:
    approval = desk.ask(policy())
    with pytest.raises(errors.TooLateToUndo):
        undo(approval, desk.alice)
    desk.answer(approval, desk.alice)
    let_it_go_ahead(approval)
    with pytest.raises(errors.TooLateToUndo):
        undo(approval, desk.alice)
    assert actions() == ["reserved", "decided"]


def why_not(approval: Approval, user: User) -> str:
    """What somebody hears who takes their answer back and can't."""
    with pytest.raises(errors.TooLateToUndo) as refused:
        undo(approval, user)
    return str(refused.value)


def test_why_nothing_is_taken_back_is_said_as_it_is(desk: Desk) -> None:
    waits = "There is no answer to take back: this waits for one."
    approval = desk.ask(policy(editable=["amount"]), amount=100)
    assert why_not(approval, desk.alice) == waits
    desk.answer(approval, desk.alice)
    undo(approval, desk.alice)
    assert why_not(approval, desk.alice) == waits  # the second of two clicks
    desk.answer(Approval.objects.get(), desk.alice, edits={"amount": 80})
    let_it_go_ahead(approval)
    assert why_not(approval, desk.alice).endswith(
        "too late to take this back: it went ahead."
    )
    closed = "There is no answer to take back: this closed without yours."
    assert why_not(approval, desk.bob) == closed


def test_an_answer_that_a_cancel_overtook_did_not_go_ahead(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    desk.run_of(approval).cancel()
    closed = "There is no answer to take back: this closed without yours."
    assert why_not(approval, desk.alice) == closed


def test_a_vote_that_counts_is_not_taken_back(desk: Desk) -> None:
    approval = desk.ask(policy(quorum=2))
    desk.answer(approval, desk.alice)
    assert why_not(approval, desk.alice).endswith("your vote counts.")


def test_a_cancel_of_the_run_wins_over_the_answer(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    desk.run_of(approval).cancel()
    let_it_go_ahead(approval)
    assert approval.status == ApprovalStatus.WITHDRAWN
    assert not Decision.objects.exists()
    assert not Reservation.objects.exists()
    assert actions() == ["reserved", "canceled"]
    with pytest.raises(errors.RunMovedOn):
        desk.answer(approval, desk.bob)
    with pytest.raises(errors.TooLateToUndo):
        undo(approval, desk.alice)


def test_code_that_resumes_wins_over_the_answer(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    desk.run_of(approval).resume({"approved": False}, wait=False)
    let_it_go_ahead(approval)
    assert (approval.outcome, approval.closed_channel) == ("rejected", Channel.CODE)
    assert not Decision.objects.exists()
    assert not Reservation.objects.exists()


def test_only_the_vote_that_meets_the_rule_waits(desk: Desk) -> None:
    approval = desk.ask(policy(quorum=2))
    assert not desk.answer(approval, desk.alice).is_reserved
    approval = Approval.objects.get()
    assert desk.answer(approval, desk.bob).is_reserved
    undo(approval, desk.bob)
    assert Decision.objects.get().decided_by == desk.alice
    desk.answer(Approval.objects.get(), desk.bob)
    let_it_go_ahead(approval)
    assert approval.outcome == "approved"
    assert Decision.objects.count() == 2


def test_an_answer_of_somebody_who_left_meanwhile_does_not_count(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    desk.alice.groups.clear()
    let_it_go_ahead(approval)
    assert (approval.is_open, approval.is_reserved) == (True, False)
    assert not Decision.objects.exists()
    assert actions() == ["reserved", "lapsed"]
    assert desk.answer(approval, desk.bob).is_reserved


def told(approval: Approval) -> tuple[str, list[tuple[str, int | None]]]:
    """What the history says last, and who is told of it."""
    notices = Notice.objects.filter(kind=Kind.OUTCOME).values_list("kind", "recipient")
    words = wording.moment_words(history.of(Approval.objects.get(pk=approval.pk))[-1])
    return words.removeprefix(LAPSED).strip(), list(notices)


def test_who_gave_an_answer_that_lapsed_is_told_and_the_history_says_why(
    desk: Desk,
) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    desk.alice.groups.clear()
    let_it_go_ahead(approval)
    why = "Who gave it could no longer decide this."
    assert told(approval) == (why, [("outcome", desk.alice.pk)])


def test_why_is_that_the_account_is_shut(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    User.objects.filter(pk=desk.alice.pk).update(is_active=False)
    let_it_go_ahead(approval)
    assert told(approval)[0] == "The account of who gave it was deactivated."


def test_why_is_that_one_stands_in_no_more(desk: Desk) -> None:
    approval = desk.ask(policy())
    away = Delegation.objects.create(
        delegator=desk.alice,
        delegate=desk.carol,
        starts_at=NOW - HOUR,
        ends_at=database_now() + HOUR,
        created_at=NOW,
        created_by=desk.alice,
    )
    desk.answer(approval, desk.carol)
    away.delete()
    let_it_go_ahead(approval)
    why = "Who gave it no longer stood in for others."
    assert told(approval) == (why, [("outcome", desk.carol.pk)])


def test_an_answer_in_the_name_of_one_is_none_in_the_name_of_another(
    desk: Desk,
) -> None:
    """Who stands in for two, and for the one no more, is asked again."""
    approval = desk.ask(policy())
    over = [
        Delegation.objects.create(
            delegator=delegator,
            delegate=desk.carol,
            starts_at=NOW - HOUR,
            ends_at=database_now() + HOUR,
            created_at=NOW,
            created_by=delegator,
        )
        for delegator in (desk.alice, desk.bob)
    ]
    desk.answer(approval, desk.carol)
    name = Reservation.objects.get().on_behalf_of
    next(each for each in over if each.delegator == name).delete()
    let_it_go_ahead(approval)
    assert told(approval)[0] == "Who gave it no longer stood in for others."
    assert not Decision.objects.exists()
    assert eligibility(desk.carol, approval).may_decide


def test_the_due_date_does_not_overtake_an_answer_that_waits(desk: Desk) -> None:
    approval = desk.ask(policy(due_in=HOUR, on_due="reject"))
    elapse(approval, HOUR)
    desk.answer(approval, desk.alice)
    run_until_idle()
    approval.refresh_from_db()
    assert approval.is_reserved
    undo(approval, desk.alice)
    run_until_idle()
    approval.refresh_from_db()
    assert (approval.status, approval.outcome) == (ApprovalStatus.EXPIRED, "rejected")


def test_history_says_it_once_whether_it_went_ahead_or_was_taken_back(
    desk: Desk,
) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    assert kinds(approval) == ["asked", "reserved"]
    undo(approval, desk.alice)
    assert kinds(approval) == ["asked", "reserved", "undone"]
    desk.answer(approval, desk.alice, False)
    let_it_go_ahead(approval)
    assert sorted(kinds(approval)) == ["asked", "decided", "reserved", "undone"]


def test_an_answer_that_can_not_go_ahead_now_stays_reserved(desk: Desk) -> None:
    approval = desk.ask(policy())
    desk.answer(approval, desk.alice)
    past = database_now() - timedelta(seconds=1)
    Approval.objects.filter(pk=approval.pk).update(release_at=past, timer_at=past)
    with isolated_registry():  # nothing is installed
        assert deadlines.act(approval.pk) is False
    approval.refresh_from_db()
    assert approval.is_reserved
    assert not Decision.objects.exists()
    let_it_go_ahead(approval)
    assert approval.outcome == "approved"


def kinds(approval: Approval) -> list[str]:
    return [moment.kind for moment in history.of(Approval.objects.get())]


def test_an_edit_comes_with_the_answer_and_goes_with_the_undo(desk: Desk) -> None:
    approval = desk.ask(policy(editable=["amount"]), amount=100)
    edits = {"amount": 80}
    desk.answer(approval, desk.alice, edits=edits)
    approval = Approval.objects.get()
    assert (approval.version, approval.payload_value) == (1, proposal(100))
    undo(approval, desk.alice)
    desk.answer(Approval.objects.get(), desk.alice, edits=edits)
    let_it_go_ahead(approval)
    assert (approval.version, approval.payload_value) == (2, proposal(80))
    assert approval.outcome == "approved"


def proposal(amount: int) -> dict[str, Any]:
    return {"title": "Pay?", "amount": amount}
