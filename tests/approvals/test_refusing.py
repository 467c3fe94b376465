"""Answers that are not taken: not theirs to give, or about something else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pydantic import BaseModel

from approvals import ApprovalPolicy, answers, decisions, errors
from approvals.models import Approval, Decision
from tests.approvals.conftest import Answer, Desk, Question, ask, nothing_happened
from workflows import Step, Workflow
from workflows.errors import SchemaMismatch
from workflows.models import Run
from workflows.testing import isolated_registry

# Who may


def test_who_may_not_see_it_is_told_there_is_none(desk: Desk) -> None:
    approval = desk.ask()
    with pytest.raises(errors.ApprovalNotFound):
        desk.answer(approval, desk.carol)
    with pytest.raises(errors.ApprovalNotFound):
        desk.answer(replace_id(approval, "no-such-approval"), desk.alice)
    assert nothing_happened(approval)


def test_the_initiator_may_not_answer_their_own_request(desk: Desk) -> None:
    desk.ines.groups.add(desk.managers)
    approval = desk.ask()
    with pytest.raises(errors.NotYourDecision) as refused:
        desk.answer(approval, desk.ines)
    assert refused.value.reasons == (
        "You started this yourself; somebody else has to decide.",
    )
    assert nothing_happened(approval)


def test_a_superuser_who_was_not_asked_may_not_answer(desk: Desk) -> None:
    root = User.objects.create_superuser("root")
    approval = desk.ask()
    with pytest.raises(errors.NotYourDecision, match="not among the people"):
        desk.answer(approval, root)
    assert nothing_happened(approval)


def leave_the_group(user: User) -> None:
    user.groups.clear()


def be_deactivated(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("revoke", [leave_the_group, be_deactivated])
def test_a_revoked_person_with_the_page_still_open_is_refused(
    desk: Desk, revoke: Any
) -> None:
    approval = desk.ask()
    alice = User.objects.get(pk=desk.alice.pk)
    assert alice.is_active
    assert alice.has_perm("approvals.view_approval") is False  # fills the cache
    revoke(alice)
    with pytest.raises(errors.ApprovalNotFound):
        desk.answer(approval, alice)
    assert nothing_happened(approval)


def test_whoever_may_see_everything_is_refused_with_reasons_not_hidden(
    desk: Desk,
) -> None:
    seer = Permission.objects.get(codename="view_approval")
    desk.carol.user_permissions.add(seer)
    approval = desk.ask()
    with pytest.raises(errors.NotYourDecision):
        desk.answer(approval, desk.carol)


def test_eligibility_is_asked_again_inside_the_transaction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = desk.ask()

    def leave_meanwhile(*given: Any) -> answers.Answer:
        desk.alice.groups.clear()
        return answers.fitting(*given)

    monkeypatch.setattr(decisions, "fitting", leave_meanwhile)
    with pytest.raises(errors.ApprovalNotFound):
        desk.answer(approval, desk.alice)
    assert nothing_happened(approval)


def test_a_revocation_waits_for_a_decision_that_has_begun_or_comes_before_it(
    desk: Desk,
) -> None:
    approval = desk.ask()
    with CaptureQueriesContext(connection) as queries:
        desk.answer(approval, desk.alice)
    locked = [
        query["sql"].partition(" FROM ")[2].split()[0].strip('"')
        for query in queries
        if "FOR NO KEY UPDATE" in query["sql"]
    ]
    expected = ["approvals_delegation", "auth_user", "auth_user_groups"]
    # SQLite has no row locks: its transactions stand in line from the beginning.
    assert locked == (expected if connection.vendor == "postgresql" else [])


# What was shown


def test_an_answer_without_a_digest_or_version_could_be_about_anything(
    desk: Desk,
) -> None:
    approval = desk.ask()
    for changes in ({"digest": None}, {"digest": ""}, {"version": None}):
        with pytest.raises(errors.DigestMissing):
            desk.answer(approval, desk.alice, **changes)
    assert nothing_happened(approval)


def test_an_answer_to_other_content_or_another_version_is_stale(desk: Desk) -> None:
    approval, other = desk.ask(amount=10), desk.ask(amount=10_000)
    for changes in ({"digest": other.digest}, {"version": 2}, {"version": 0}):
        with pytest.raises(errors.StalePage):
            desk.answer(approval, desk.alice, **changes)
    assert nothing_happened(approval)


class WithReason(BaseModel):
    approved: bool
    comment: str = ""
    cost_centre: str


def test_a_page_from_before_the_model_changed_is_stale_and_says_what_changed(
    desk: Desk,
) -> None:
    approval = desk.ask()
    before = approval.digest
    answer = {"approved": True, "cost_centre": "4711"}
    with deployed(desk, approval), pytest.raises(errors.StalePage) as stale:
        desk.answer(approval, desk.alice, digest=before, data=answer)
    assert stale.value.changes == ("“Cost centre” is asked now.",)
    assert nothing_happened(approval)


def test_a_page_from_after_the_model_changed_is_answered_by_the_new_model(
    desk: Desk,
) -> None:
    approval = desk.ask()
    answer = {"approved": True, "cost_centre": "4711"}
    with deployed(desk, approval):
        assert approval.digest != approval.suspension.digest
        with pytest.raises(SchemaMismatch):
            desk.answer(approval, desk.alice)
        desk.answer(approval, desk.alice, data=answer)
    assert Decision.objects.get().answer_value == {**answer, "comment": ""}


def test_a_run_that_cannot_go_on_is_parked_and_its_approval_stays_open(
    desk: Desk,
) -> None:
    approval = desk.ask()
    with isolated_registry():
        asking = Step("ask", ask, suspend_schema=Question, resume_schema=Answer)
        policy = ApprovalPolicy(groups=["managers"])
        before = Step("look-first", lambda value: value)
        changed = Workflow(approval.workflow, input_schema=Question).then(before)
        changed.then(policy(asking)).commit()
        with pytest.raises(errors.RunMovedOn, match="has changed under this run"):
            desk.answer(approval, desk.alice)
    assert nothing_happened(approval)
    assert "has changed under this run" in Run.objects.get().attention
    assert desk.answer(approval, desk.alice).outcome == "approved"


def test_a_question_whose_step_is_gone_cannot_be_answered(desk: Desk) -> None:
    approval = desk.ask()
    with (
        isolated_registry(),
        pytest.raises(errors.RunMovedOn, match="no longer installed"),
    ):
        desk.answer(approval, desk.alice)
    assert nothing_happened(approval)


@contextmanager
def deployed(desk: Desk, approval: Approval) -> Iterator[None]:
    """The workflow as installed anew, with a model that asks for more."""
    policy = ApprovalPolicy(groups=["managers"])
    with isolated_registry():
        desk.workflow(policy, approval.workflow, resume_schema=WithReason)
        yield


def replace_id(approval: Approval, pk: str) -> Approval:
    other = Approval.objects.get(pk=approval.pk)
    other.pk = pk
    return other
