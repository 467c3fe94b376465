"""One door for every answer: who, about what, how often, and what remains of it."""

from datetime import date
from typing import Any, Literal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pydantic import BaseModel, ConfigDict

from approvals import ApprovalPolicy, decisions, errors
from approvals.models import AuditRow, Decision
from approvals.statuses import ApprovalStatus, Channel
from tests.approvals.conftest import NOW, Desk, Outcome, Question, nothing_happened
from workflows import StepContext, Suspended
from workflows import json_gate as gate
from workflows.errors import SchemaMismatch
from workflows.models import Event, Suspension
from workflows.testing import run_until_idle


def test_an_answer_closes_the_approval_and_the_run_goes_on(desk: Desk) -> None:
    approval = desk.ask()
    decided = desk.answer(approval, desk.alice)
    assert decided.status == ApprovalStatus.DECIDED
    assert (decided.outcome, decided.closed_by) == ("approved", desk.alice)
    assert (decided.closed_at, decided.closed_channel) == (NOW, Channel.PAGE)
    assert not decided.candidates.filter(open=True).exists()
    run_until_idle()
    result = desk.run_of(approval).refresh()
    assert result.result == Outcome(paid=True, by="alice").model_dump()


def test_a_rejection_reaches_the_step_which_decides_what_follows(desk: Desk) -> None:
    approval = desk.ask()
    assert desk.answer(approval, desk.alice, False).outcome == "rejected"
    run_until_idle()
    assert desk.run_of(approval).refresh().result == Outcome(paid=False).model_dump()


def test_a_decision_leaves_one_row_of_itself_and_one_in_the_chain(desk: Desk) -> None:
    approval = desk.ask()
    shown = approval.digest
    desk.answer(approval, desk.alice, token_id="t-1", address="192.0.2.7")
    decision, row = Decision.objects.get(), AuditRow.objects.get()
    assert decision.answer_value == {"approved": True, "comment": ""}
    assert (decision.digest, decision.version, decision.closing) == (shown, 1, True)
    assert (row.action, row.outcome, row.actor) == ("decided", "approved", desk.alice)
    assert (row.object_id, row.run_id) == (approval.pk, approval.run_id)
    assert (row.before, row.after) == (shown, gate.digest(decision.answer_value))
    assert (row.channel, row.token_id, row.address) == ("page", "t-1", "192.0.2.7")


def test_the_second_of_two_decisions_loses_and_is_told_who_won(desk: Desk) -> None:
    approval = desk.ask()
    desk.answer(approval, desk.alice)
    with pytest.raises(errors.AlreadyDecided) as lost:
        desk.answer(approval, desk.bob, False)
    assert (lost.value.winner, lost.value.winner_id) == ("Alice Young", desk.alice.pk)
    assert (lost.value.at, lost.value.outcome) == (NOW, "approved")
    assert str(lost.value) == (
        "Alice Young already answered this on 2026-11-20 12:00 UTC: approved."
    )
    assert Decision.objects.get().decided_by == desk.alice
    assert AuditRow.objects.count() == 1


def test_a_double_submit_is_harmless(desk: Desk) -> None:
    approval = desk.ask()
    desk.answer(approval, desk.alice)
    with pytest.raises(errors.AlreadyDecided) as again:
        desk.answer(approval, desk.alice)
    assert again.value.winner_id == desk.alice.pk
    assert Decision.objects.count() == 1
    events = Event.objects.filter(type="workflow-step-resumed")
    assert events.count() == 1


def test_an_answer_after_the_run_was_canceled_is_late(desk: Desk) -> None:
    approval = desk.ask()
    desk.run_of(approval).cancel()
    with pytest.raises(errors.RunMovedOn):
        desk.answer(approval, desk.alice)
    assert not Decision.objects.exists()


def test_an_answer_after_code_resumed_the_step_names_no_person(desk: Desk) -> None:
    approval = desk.ask()
    desk.run_of(approval).resume({"approved": True})
    with pytest.raises(errors.AlreadyDecided) as lost:
        desk.answer(approval, desk.alice)
    assert (lost.value.winner, lost.value.winner_id) == ("A program", None)


# What fits


@pytest.mark.parametrize(
    ("data", "loc"),
    [
        ({}, ["approved"]),
        ({"approved": "yes"}, ["approved"]),
        ({"approved": 1}, ["approved"]),
        ({"approved": "false"}, ["approved"]),
        ({"approved": None}, ["approved"]),
        ({"approved": True, "amount": 1}, ["amount"]),
        ({"approved": True, "comment": 3}, ["comment"]),
        ({"approved": True, "comment": "a\x00b"}, ["comment"]),
        ([], []),
        ("yes", []),
        (None, []),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing(
    desk: Desk, data: Any, loc: list[str]
) -> None:
    approval = desk.ask()
    with pytest.raises(SchemaMismatch) as misfit:
        desk.answer(approval, desk.alice, data=data)
    assert [fault["loc"] for fault in misfit.value.errors] == [loc]
    assert nothing_happened(approval)
    assert desk.answer(approval, desk.alice).outcome == "approved"


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    decision: Literal["pay", "reject"]
    until: date


def test_a_strict_model_gets_the_answer_it_accepted(desk: Desk) -> None:
    seen: list[Any] = []

    def ask(question: Question, ctx: StepContext[Any, Any]) -> Suspended | None:
        if ctx.resume_data is None:
            return ctx.suspend(question)
        seen.append(ctx.resume_data)
        return None

    approval = desk.ask(execute=ask, resume_schema=Strict)
    answer = {"decision": "pay", "until": "2026-12-31"}
    assert desk.answer(approval, desk.alice, data=answer).outcome == "pay"
    run_until_idle()
    assert seen == [Strict(decision="pay", until=date(2026, 12, 31))]


@pytest.mark.parametrize("comment", ["", "  ", "\u200b\u2060", "\u00ad \u3164"])
def test_a_rejection_needs_a_comment_that_can_be_read(desk: Desk, comment: str) -> None:
    approval = desk.ask(
        ApprovalPolicy(groups=["managers"], require_comment_on_reject=True)
    )
    with pytest.raises(SchemaMismatch) as misfit:
        desk.answer(approval, desk.alice, data={"approved": False, "comment": comment})
    assert misfit.value.errors[0]["loc"] == ["comment"]
    assert nothing_happened(approval)


def test_a_comment_is_asked_for_rejections_only(desk: Desk) -> None:
    policy = ApprovalPolicy(groups=["managers"], require_comment_on_reject=True)
    assert desk.answer(desk.ask(policy), desk.alice).outcome == "approved"
    no = {"approved": False, "comment": "Too dear."}
    assert desk.answer(desk.ask(policy), desk.alice, data=no).outcome == "rejected"
    assert [decision.comment for decision in Decision.objects.all()] == [
        "",
        "Too dear.",
    ]


class Silent(BaseModel):
    approved: bool


def test_a_comment_that_no_answer_can_hold_is_not_asked_for_in_vain(
    desk: Desk,
) -> None:
    """Where a function asks for it, the step fails instead of dropping the rule."""

    def is_dear(question: Any) -> bool:
        return bool(question.amount >= 100)

    policy = ApprovalPolicy(groups=["managers"], require_comment_on_reject=is_dear)
    flow = desk.workflow(policy, resume_schema=Silent)
    assert flow.create_run().start({"title": "Pay?"}).status == "suspended"
    failed = flow.create_run().start({"title": "Pay?", "amount": 100})
    assert failed.status == "failed"
    assert '"comment" or "reason"' in str(failed.error)


def test_rehearsing_validates_and_writes_nothing(desk: Desk) -> None:
    approval = desk.ask()

    def rehearse(user: User, data: Any) -> Any:
        return decisions.validate(approval_id=approval.pk, user=user, data=data)

    assert rehearse(desk.alice, {"approved": True}) == {"approved": True, "comment": ""}
    with pytest.raises(SchemaMismatch):
        rehearse(desk.alice, {"approved": "yes"})
    with pytest.raises(errors.ApprovalNotFound):
        rehearse(desk.carol, {"approved": True})
    assert nothing_happened(approval)


# Several votes


def test_a_quorum_waits_for_enough_people_and_hands_over_all_votes(
    desk: Desk,
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    assert desk.answer(approval, desk.alice).is_open
    assert Suspension.objects.get().status == "open"
    with pytest.raises(errors.AlreadyVoted, match="You already voted"):
        desk.answer(approval, desk.alice)
    last = {"approved": True, "comment": "Fine by me."}
    assert desk.answer(approval, desk.bob, data=last).outcome == "approved"
    resumed = Event.objects.get(type="workflow-step-resumed").payload
    assert resumed["resume_data"] == last
    by: Any = resumed["resumed_by"]
    assert by["decided_by"]["username"] == "bob"
    assert [vote["decided_by"]["username"] for vote in by["votes"]] == ["alice", "bob"]
    assert [row.action for row in AuditRow.objects.all()] == ["voted", "decided"]
    assert [vote.closing for vote in Decision.objects.all()] == [False, True]


def test_one_rejection_ends_a_quorum_unless_rejections_need_one_too(
    desk: Desk,
) -> None:
    veto = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    desk.answer(veto, desk.alice)
    assert desk.answer(veto, desk.bob, False).outcome == "rejected"
    majority = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2, reject="quorum"))
    desk.answer(majority, desk.alice)
    assert desk.answer(majority, desk.bob, False).is_open
    desk.person("dora", "Dora", "Hall", desk.managers)
    dora = User.objects.get(username="dora")
    assert desk.answer(majority, dora, False).outcome == "rejected"


# What the database itself refuses


def test_the_database_has_one_vote_per_person_and_one_closing_vote(
    desk: Desk,
) -> None:
    approval = desk.ask()
    desk.answer(approval, desk.alice)
    for changes in ({"closing": False}, {"decided_by": desk.bob}):
        vote = Decision.objects.get()
        vote.pk, vote._state.adding = None, True
        for name, value in changes.items():
            setattr(vote, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            vote.save()
    assert Decision.objects.count() == 1


def test_a_failure_after_the_vote_takes_everything_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = desk.ask()

    def break_down(*entries: object) -> None:
        raise RuntimeError("no audit row")

    monkeypatch.setattr("approvals.audit.record", break_down)
    with pytest.raises(RuntimeError, match="no audit row"), transaction.atomic():
        desk.answer(approval, desk.alice)
    monkeypatch.undo()
    assert nothing_happened(approval)
    assert desk.answer(approval, desk.alice).outcome == "approved"
