"""The cast: Alice may decide, Bob is her colleague, Carol must be kept out.

Ines starts the runs. ``desk.ask()`` starts one whose single step asks.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from pydantic import BaseModel

from approvals import ApprovalPolicy, decisions
from approvals.models import Approval, AuditRow, Decision
from approvals.statuses import Channel
from workflows import (
    Bailed,
    Run,
    Step,
    StepContext,
    Suspended,
    Workflow,
    get_run,
    registry,
)
from workflows.models import Suspension
from workflows.testing import isolated_registry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Question(BaseModel):
    title: str
    amount: int = 0


class Answer(BaseModel):
    approved: bool
    comment: str = ""


class Outcome(BaseModel):
    paid: bool
    by: str = ""


def ask(
    question: Question, ctx: StepContext[Question, Answer]
) -> Outcome | Suspended | Bailed:
    """Ask; on a yes, say who gave it."""
    if ctx.resume_data is None:
        return ctx.suspend(question)
    if not ctx.resume_data.approved:
        return ctx.bail(Outcome(paid=False))
    by: Any = ctx.resumed_by or {}
    return Outcome(paid=True, by=by.get("decided_by", {}).get("username", ""))


class Desk:
    """A workflow that asks once, its people, and how they answer."""

    def __init__(self) -> None:
        self.managers = Group.objects.create(name="managers")
        self.alice = self.person("alice", "Alice", "Young", self.managers)
        self.bob = self.person("bob", "Bob", "Stone", self.managers)
        self.carol = self.person("carol", "Carol", "West")
        self.ines = self.person("ines", "Ines", "Hill")

    def person(self, name: str, first: str, last: str, *groups: Group) -> User:
        user = User.objects.create_user(name, first_name=first, last_name=last)
        user.groups.add(*groups)
        return user

    def workflow(
        self, policy: ApprovalPolicy | None, id: str = "payment", **options: Any
    ) -> Workflow:
        """Commit a workflow with one step that asks under this policy."""
        schemas = {"suspend_schema": Question, "resume_schema": Answer, **options}
        step = Step("ask", schemas.pop("execute", ask), **schemas)
        asking = policy(step) if policy else step
        return Workflow(id, input_schema=Question).then(asking).commit()

    def ask(
        self,
        policy: ApprovalPolicy | None = None,
        *,
        title: str = "Pay?",
        amount: int = 0,
        **options: Any,
    ) -> Approval:
        """Start a run of a new workflow by Ines; the approval it opened."""
        number = len(registry.all())
        policy = policy or ApprovalPolicy(groups=["managers"])
        return self.start(
            self.workflow(policy, f"payment-{number}", **options), title, amount
        )

    def start(
        self, workflow: Workflow, title: str = "Pay?", amount: int = 0
    ) -> Approval:
        run = workflow.create_run(initiator=self.ines)
        result = run.start(Question(title=title, amount=amount))
        assert result.status == "suspended", result.error
        return Approval.objects.get(run=run.id)

    def run_of(self, approval: Approval) -> Run:
        return get_run(approval.run_id)

    def answer(
        self,
        approval: Approval,
        user: User,
        approved: bool = True,
        /,
        **changes: Any,
    ) -> Approval:
        """Decide as somebody who has just read the page."""
        given = {
            "data": {"approved": approved},
            "digest": approval.digest,
            "version": approval.version,
            "channel": Channel.PAGE,
            "now": NOW,
            **changes,
        }
        return decisions.decide(approval_id=approval.pk, decided_by=user, **given)


def nothing_happened(approval: Approval) -> bool:
    """Whether the question stands as if nobody had tried to answer it."""
    approval.refresh_from_db()
    return (
        approval.is_open
        and not Decision.objects.exists()
        and not AuditRow.objects.exists()
        and Suspension.objects.get(pk=approval.pk).status == "open"
    )


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    with isolated_registry():
        yield Desk()
