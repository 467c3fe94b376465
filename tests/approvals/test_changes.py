"""Edit then approve, changes asked for, receipts, and many answers at once."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from pydantic import BaseModel, model_validator

from approvals import (
    ApprovalPolicy,
    bulk,
    change_requests,
    decisions,
    errors,
    history,
    inbox,
    patches,
)
from approvals.models import Approval, ApprovalComment, AuditRow, Decision
from approvals.receipts import receipt_of
from approvals.statuses import Channel
from tests.approvals.conftest import NOW, Desk
from tests.approvals.test_claiming import by
from workflows import StepContext
from workflows.errors import DefinitionError, SchemaMismatch
from workflows.models import Event
from workflows.testing import run_until_idle


class Offer(BaseModel):
    title: str
    amount: Decimal
    limit: Decimal = Decimal(1000)
    note: str = ""

    @model_validator(mode="after")
    def keep_to_the_limit(self) -> "Offer":
        if self.amount > self.limit:
            raise ValueError("more than the limit")
        return self


def offer(question: Any, ctx: StepContext[Any, Any]) -> Any:
    """Propose; what was made of it is the result."""
    if ctx.resume_data is None:
        return ctx.suspend(Offer(title=question["title"], amount=Decimal(480)))
    by: Any = ctx.resumed_by
    return {name: by.get(name) for name in ("proposed", "approved", "patch")}


EDITABLE = ApprovalPolicy(groups=["managers"], editable=["amount", "note"])


def ask(desk: Desk, policy: ApprovalPolicy = EDITABLE) -> Approval:
    return desk.ask(policy, execute=offer, suspend_schema=Offer)


def edit(desk: Desk, approval: Approval, user: User, **edits: Any) -> Approval:
    return desk.answer(approval, user, edits=edits)


# Edit, then approve


def test_the_step_gets_what_was_proposed_what_was_approved_and_the_patch(
    desk: Desk,
) -> None:
    approval = ask(desk)
    assert edit(desk, approval, desk.alice, amount="400").outcome == "approved"
    run_until_idle()
    result: Any = desk.run_of(approval).refresh().result
    assert result["proposed"]["amount"] == "480"
    assert result["approved"] == {**result["proposed"], "amount": "400"}
    assert result["patch"] == [{"op": "replace", "path": "/amount", "value": "400"}]
    decision = Decision.objects.get()
    assert json.loads(decision.patch) == result["patch"]
    assert json.loads(decision.proposal) == result["approved"]
    approval.refresh_from_db()
    assert ["Amount", "400"] in approval.summary_value


def test_who_changes_nothing_approves_what_was_proposed(desk: Desk) -> None:
    approval = ask(desk)
    assert edit(desk, approval, desk.alice, amount="480").version == 1
    run_until_idle()
    result: Any = desk.run_of(approval).refresh().result
    assert (result["approved"], result["patch"]) == (result["proposed"], [])


@pytest.mark.parametrize(
    ("edits", "loc", "words"),
    [
        ({"title": "Mine"}, ["edits", "title"], "cannot be edited"),
        ({"amount": "lots"}, ["edits", "amount"], ""),
        ({"amount": "1001"}, ["edits"], "more than the limit"),
        ({"unheard": 1}, ["edits", "unheard"], "cannot be edited"),
        ({"note": 5}, ["edits", "note"], ""),
    ],
)
def test_an_edit_is_checked_by_the_proposals_own_model(
    desk: Desk, edits: Any, loc: list[str], words: str
) -> None:
    approval = ask(desk)
    with pytest.raises(errors.EditMismatch) as misfit:
        edit(desk, approval, desk.alice, **edits)
    [fault] = misfit.value.errors
    assert fault["loc"] == loc
    assert words in fault["msg"]
    assert not Decision.objects.exists()
    with pytest.raises(errors.EditMismatch):
        decisions.validate(
            approval_id=approval.pk,
            user=desk.alice,
            data={"approved": True},
            edits=edits,
        )


class Counter(BaseModel):
    approved: bool
    amount: Decimal | None = None
    note: str = "as proposed"


def test_a_shared_field_that_an_answer_leaves_out_stays_as_it_was(desk: Desk) -> None:
    shared: dict[str, Any] = {
        "execute": offer,
        "suspend_schema": Offer,
        "resume_schema": Counter,
    }
    approval = desk.ask(EDITABLE, **shared)
    assert desk.answer(approval, desk.alice).version == 1
    run_until_idle()
    result: Any = desk.run_of(approval).refresh().result
    assert (result["approved"], result["patch"]) == (result["proposed"], [])
    other = desk.ask(EDITABLE, **shared)
    unfit = {"approved": True, "amount": None}
    with pytest.raises(errors.EditMismatch):  # null is said, and does not fit
        desk.answer(other, desk.alice, data=unfit)
    desk.answer(other, desk.alice, data={"approved": True, "note": "as proposed"})
    [change] = json.loads(Decision.objects.get(approval=other).patch)
    assert (change["path"], change["value"]) == ("/note", "as proposed")


def test_without_editable_fields_nothing_is_edited(desk: Desk) -> None:
    approval = ask(desk, ApprovalPolicy(groups=["managers"]))
    with pytest.raises(errors.EditMismatch):
        edit(desk, approval, desk.alice, amount="1")


def test_editable_names_fields_of_the_question(desk: Desk) -> None:
    with pytest.raises(DefinitionError, match="which is no field"):
        desk.workflow(ApprovalPolicy(editable=["amuont"]), suspend_schema=Offer)


def test_a_rejection_changes_nothing_of_the_proposal(desk: Desk) -> None:
    approval = ask(desk)
    desk.answer(approval, desk.alice, False, edits={"amount": "1"})
    assert Approval.objects.get().proposal == ""
    assert json.loads(Decision.objects.get().patch) == []


def test_later_voters_see_an_edit_and_a_changed_one_resets_the_votes(
    desk: Desk,
) -> None:
    dora = desk.person("dora", "Dora", "Hall", desk.managers)
    policy = ApprovalPolicy(groups=["managers"], quorum=2, editable=["amount"])
    approval = ask(desk, policy)
    desk.answer(approval, desk.alice)
    edited = edit(desk, approval, desk.bob, amount="400")
    assert (edited.is_open, edited.version) == (True, 2)
    with pytest.raises(errors.StalePage):
        desk.answer(approval, dora)
    again = Approval.objects.get()
    assert again.payload_value["amount"] == "400"  # type: ignore[index,call-overload]
    assert again.digest != approval.digest
    assert list(inbox.waiting_for(desk.bob)) == []
    assert list(inbox.waiting_for(desk.alice)) == [again]
    assert desk.answer(again, desk.alice).outcome == "approved"
    by: Any = Event.objects.get(type="workflow-step-resumed").payload["resumed_by"]
    voters = [vote["decided_by"]["username"] for vote in by["votes"]]
    assert voters == ["bob", "alice"]
    assert by["approved"]["amount"] == "400"


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
        ({"a": {"b": 1}}, {"a": {}}, [{"op": "remove", "path": "/a/b"}]),
        ({}, {"x/y~": 0}, [{"op": "add", "path": "/x~1y~0", "value": 0}]),
        ([1, 2], [2], [{"op": "replace", "path": "", "value": [2]}]),
    ],
)
def test_a_patch_says_what_changed(before: Any, after: Any, patch: Any) -> None:
    assert patches.between(before, after) == patch
    assert patches.applied(patch, before) == after


# Changes asked for


def send_back(
    approval: Approval, user: User, text: str = "Which one?", now: datetime = NOW
) -> Approval:
    return change_requests.request_changes(
        approval_id=approval.pk,
        caller=replace(by(user), now=now),
        text=text,
        digest=approval.digest,
        version=approval.version,
    )


def resubmit(approval: Approval, user: User, **options: Any) -> Approval:
    given = {"text": "This one.", "version": approval.version, **options}
    return change_requests.resubmit(approval_id=approval.pk, caller=by(user), **given)


def test_asked_for_changes_it_waits_for_its_initiator_and_comes_back(
    desk: Desk,
) -> None:
    approval = ask(desk)
    send_back(approval, desk.alice)
    assert list(inbox.sent_back_to(desk.ines)) == [approval]
    assert list(inbox.waiting_for(desk.alice)) == []
    for reviewer in (desk.alice, desk.bob):
        with pytest.raises(errors.SentBack):
            desk.answer(approval, reviewer)
    assert desk.run_of(approval).refresh().status == "suspended"
    back = resubmit(approval, desk.ines, edits_made={"amount": "300"})
    assert (back.version, back.sent_back_at) == (2, None)
    assert list(inbox.sent_back_to(desk.ines)) == []
    with pytest.raises(errors.StalePage):
        desk.answer(approval, desk.alice)
    again = Approval.objects.get()
    assert ["Amount", "300"] in again.summary_value
    assert desk.answer(again, desk.alice).outcome == "approved"
    told = [(m.kind, m.comment) for m in history.of(again)]
    assert told == [
        ("asked", ""),
        ("changes-requested", "Which one?"),
        ("resubmitted", "This one."),
        ("decided", ""),
    ]
    actions = [row.action for row in AuditRow.objects.all()]
    assert actions == ["changes-requested", "resubmitted", "decided"]
    assert ApprovalComment.objects.get(kind="resubmitted").patch_value == [
        {"op": "replace", "path": "/amount", "value": "300"}
    ]
    run_until_idle()
    result: Any = desk.run_of(approval).refresh().result
    assert result["approved"]["amount"] == "300"


def test_the_audit_names_what_was_asked_about_when_a_program_answered(
    desk: Desk,
) -> None:
    approval = ask(desk)
    send_back(approval, desk.alice)
    edited = resubmit(approval, desk.ines, edits_made={"amount": "300"})
    desk.run_of(approval).resume({"approved": True})
    row = AuditRow.objects.get(action="resumed")
    assert row.before == edited.digest
    assert row.before != edited.suspension.digest


def test_votes_of_before_are_void_when_it_comes_back(desk: Desk) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    desk.answer(approval, desk.alice)
    send_back(approval, desk.bob)
    resubmit(approval, desk.ines)
    again = Approval.objects.get()
    assert desk.answer(again, desk.bob).is_open
    assert desk.answer(again, desk.alice).outcome == "approved"


def test_it_can_be_taken_back_as_it_is(desk: Desk) -> None:
    approval = desk.ask()
    with pytest.raises(errors.NotAllowed, match="No changes were asked for"):
        change_requests.recall(approval_id=approval.pk, caller=by(desk.alice))
    send_back(approval, desk.alice)
    with pytest.raises(errors.NotAllowed):
        change_requests.recall(approval_id=approval.pk, caller=by(desk.ines))
    change_requests.recall(approval_id=approval.pk, caller=by(desk.bob))
    assert desk.answer(approval, desk.alice).outcome == "approved"


def test_only_who_may_decide_asks_for_changes_and_only_its_initiator_answers(
    desk: Desk,
) -> None:
    approval = desk.ask()
    with pytest.raises(errors.NotAllowed):
        send_back(approval, desk.ines)
    with pytest.raises(errors.ApprovalNotFound):
        send_back(approval, desk.carol)
    with pytest.raises(SchemaMismatch, match="can be read"):
        send_back(approval, desk.alice, " ")
    with pytest.raises(errors.NotAllowed, match="No changes were asked for"):
        resubmit(approval, desk.ines)
    send_back(approval, desk.alice)
    with pytest.raises(errors.NotAllowed, match="Only who started this"):
        resubmit(approval, desk.bob)
    with pytest.raises(SchemaMismatch, match="can be read"):
        resubmit(approval, desk.ines, text="")
    with pytest.raises(errors.StalePage):
        resubmit(approval, desk.ines, version=7)
    assert Approval.objects.get().version == 1


def test_a_page_shown_before_asks_for_no_changes_to_what_came_after(
    desk: Desk,
) -> None:
    approval = ask(desk)
    send_back(approval, desk.alice)
    resubmit(approval, desk.ines)
    with pytest.raises(errors.StalePage):
        send_back(approval, desk.bob)


def test_where_nobody_started_it_nobody_can_be_asked(desk: Desk) -> None:
    run = desk.workflow(ApprovalPolicy(groups=["managers"])).create_run()
    run.start({"title": "Pay?"})
    with pytest.raises(errors.NotAllowed, match="nobody to ask for changes"):
        send_back(Approval.objects.get(), desk.alice)


# Receipts


def test_a_receipt_holds_what_was_shown_whatever_became_of_it(desk: Desk) -> None:
    approval = ask(desk)
    shown = approval.digest
    edit(desk, approval, desk.alice, amount="400")
    receipt: Any = receipt_of(Decision.objects.get())
    assert receipt["digest"] == shown
    assert receipt["shown"]["title"] == "Pay?"
    assert ["Amount", "480"] in [fact[:2] for fact in receipt["shown"]["summary"]]
    assert receipt["shown"]["payload"]["amount"] == "480"
    assert receipt["approved"]["amount"] == "400"
    assert receipt["patch"][0]["path"] == "/amount"


# Many at once


def test_each_of_many_answers_has_its_own_result(desk: Desk) -> None:
    good, late, own = desk.ask(), desk.ask(), desk.ask()
    desk.answer(late, desk.bob)
    desk.alice.groups.remove(desk.managers)
    foreign = desk.ask()
    desk.alice.groups.add(desk.managers)
    Approval.objects.filter(pk=own.pk).update(initiator=desk.alice)

    def given(approval: Approval, **changes: Any) -> bulk.Given:
        values = {
            "approval_id": approval.pk,
            "data": {"approved": True},
            "digest": approval.digest,
            "version": 1,
            **changes,
        }
        return bulk.Given(**values)

    caller = by(desk.alice)
    taken = list(
        bulk.decide_all(
            [
                given(late),
                given(own),
                given(good, approval_id="unheard\x00of"),
                given(good, data={"approved": "yes"}),
                given(good, digest=None),
                given(good, version=2),
                given(good),
                given(good),
                given(foreign),
            ],
            caller,
        )
    )
    assert [each.status for each in taken] == [
        *(409, 403, 404, 422, 428, 409, 200, 409, 200)
    ]
    assert taken[3].detail == "Approved: Choose yes or no."
    assert taken[6].outcome == "approved"
    assert all(each.detail for each in taken if each.status != 200)
    assert Decision.objects.filter(decided_by=desk.alice).count() == 2
    assert Decision.objects.get(approval=good).channel == Channel.PAGE
    assert AuditRow.objects.count() == 3
