"""Approvals open with their suspension, by policy and payload, and close with it."""

from datetime import timedelta

import pytest

from approvals import ApprovalPolicy
from approvals.models import Approval, AuditRow
from approvals.statuses import ApprovalStatus, Channel
from tests.approvals.conftest import Answer, Desk, Outcome, Question
from workflows import Suspended
from workflows.models import Suspension


def test_a_suspended_step_opens_an_approval_with_what_the_policy_says(
    desk: Desk,
) -> None:
    approval = desk.ask(
        ApprovalPolicy(
            groups=["managers"],
            users=["bob"],
            due_in=timedelta(days=2),
            priority="high",
            quorum=2,
            reject="quorum",
            require_comment_on_reject=True,
            summary=("amount",),
        ),
        title="Pay Bob?",
        amount=480,
    )
    suspension = Suspension.objects.get()
    assert approval.pk == suspension.pk == approval.suspension_id
    assert (approval.title, approval.summary_value) == ("Pay Bob?", [["Amount", "480"]])
    assert approval.created_at == suspension.opened_at
    assert approval.due_at == suspension.opened_at + timedelta(days=2)
    assert (approval.priority, approval.priority_rank) == ("high", 1)
    assert (approval.quorum, approval.reject) == (2, "quorum")
    assert approval.require_comment_on_reject
    assert (approval.workflow, approval.step_path) == ("payment-0", "ask")
    assert approval.initiator == desk.ines
    assert approval.digest == suspension.digest
    candidates = {str(candidate) for candidate in approval.candidates.all()}
    assert candidates == {"managers", "bob"}
    assert not approval.needs_assignment


def test_a_suspension_may_override_its_policy(desk: Desk) -> None:
    def ask(question: Question, ctx: object) -> Suspended:
        override = {"users": ["alice"], "groups": [], "priority": "urgent"}
        return Suspended(payload=question, metadata={"approval": override})

    approval = desk.ask(execute=ask)
    assert [str(candidate) for candidate in approval.candidates.all()] == ["alice"]
    assert approval.priority == "urgent"


@pytest.mark.parametrize("policy", [None, ApprovalPolicy(groups=["nobody-there"])])
def test_without_anybody_to_ask_it_opens_flagged_for_an_operator(
    desk: Desk, policy: ApprovalPolicy | None
) -> None:
    approval = desk.start(desk.workflow(policy))
    assert approval.is_open
    assert approval.needs_assignment
    assert not approval.candidates.exists()


def test_a_policy_that_fails_fails_the_step_and_opens_nothing(desk: Desk) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=lambda question: question.missing))
    result = workflow.create_run().start(Question(title="?"))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.name == "AttributeError"
    assert not Approval.objects.exists()
    assert not Suspension.objects.exists()


def test_what_a_policy_makes_up_must_be_storable(desk: Desk) -> None:
    workflow = desk.workflow(ApprovalPolicy(title=lambda question: "a\x00b"))
    result = workflow.create_run().start(Question(title="?"))
    assert result.status == "failed"
    assert not Approval.objects.exists()


def test_canceling_the_run_withdraws_the_approval_with_one_audit_row(
    desk: Desk,
) -> None:
    approval = desk.ask()
    desk.run_of(approval).cancel()
    approval.refresh_from_db()
    assert approval.status == ApprovalStatus.WITHDRAWN
    assert approval.closed_at is not None
    row = AuditRow.objects.get()
    assert (row.action, row.object_id) == ("canceled", approval.run_id)
    assert not approval.candidates.filter(open=True).exists()


@pytest.mark.parametrize("named", [True, False])
def test_whom_a_program_names_is_the_actor_if_there_is_such_a_user(
    desk: Desk, named: bool
) -> None:
    approval = desk.ask()
    user = desk.ines.pk if named else 987_654
    desk.run_of(approval).cancel(by={"user": user})
    canceled = AuditRow.objects.get(object_type="run")
    assert canceled.actor == (desk.ines if named else None)


def test_code_that_resumes_closes_the_approval_and_is_audited(desk: Desk) -> None:
    approval = desk.ask()
    result = desk.run_of(approval).resume(
        Answer(approved=True), resumed_by={"robot": "nightly"}
    )
    assert result.result == Outcome(paid=True).model_dump()
    approval.refresh_from_db()
    assert approval.status == ApprovalStatus.DECIDED
    assert (approval.outcome, approval.closed_channel) == ("approved", Channel.CODE)
    assert approval.closed_by is None
    row = AuditRow.objects.get()
    assert (row.action, row.outcome, row.channel) == ("resumed", "approved", "code")
    assert not approval.decisions.exists()


def test_a_deleted_run_takes_its_approvals_along_and_leaves_the_chain(
    desk: Desk,
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))
    approval = desk.start(workflow)
    desk.answer(approval, desk.alice)
    desk.run_of(approval).restart()
    workflow.delete_run(approval.run_id)
    assert not Approval.objects.exists()
    assert AuditRow.objects.filter(object_id=approval.pk).count() == 1
