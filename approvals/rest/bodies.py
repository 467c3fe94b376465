"""What requests and answers about approvals look like."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from approvals.rule_models import CommentKind
from approvals.statuses import ApprovalStatus, Channel, OnDue, Priority
from approvals.timetable import Kind
from workflows.rest.bodies import RUN_ID_PATTERN, Strict
from workflows.rest.query import ListQuery, NoQuery


class ApprovalsQuery(ListQuery):
    status: list[ApprovalStatus] = Field([], description="May be repeated.")
    mine: bool = Field(False, description="Only what you can answer now.")
    workflow: str | None = Field(None, max_length=200)
    run: str | None = Field(None, pattern=RUN_ID_PATTERN)
    priority: list[Priority] = Field([], description="May be repeated.")
    overdue: bool | None = None
    sent_back: bool = Field(False, description="Only what you are to change.")
    snoozed: bool = Field(False, description="Only what you put aside.")
    needs_assignment: bool | None = Field(
        None, description="Only what too few people can decide, or only the rest."
    )
    q: str | None = Field(
        None, max_length=200, description="Words it must hold, as in the inbox."
    )
    ordering: Literal["urgency", "created_at", "-created_at", "-closed_at"] = Field(
        "urgency", description="Sort by; `urgency` is the inbox's order."
    )


class Answer(Strict):
    data: Any = Field(description="The answer, by the approval's `schema`.")


class WithEdits(Answer):
    edits: dict[str, Any] | None = Field(
        None, description="Fields of the proposal, of those in `editable`, to change."
    )


class Decide(WithEdits):
    digest: str | None = Field(
        None,
        max_length=200,
        description="Of the content you were shown; required, here or in `If-Match`.",
    )
    version: int | None = Field(None, description="Of the content; required.")


class BulkItem(Strict):
    id: str = Field(max_length=200)
    digest: str | None = Field(None, max_length=200)
    version: int | None = None
    data: Any = Field(None, description="This one's answer, if not the shared one.")


class BulkDecide(Strict):
    items: list[BulkItem] = Field(description="At most 1,000.")
    data: Any = Field(None, description="The answer to all that have no own.")


class BulkResult(BaseModel):
    id: str
    status: int = Field(description="As `decide/` alone would have answered.")
    outcome: str | None
    detail: str | None = Field(description="Why it was refused.")


class BulkResults(BaseModel):
    recorded: int
    refused: int
    unavailable: int = Field(description="To be sent again: the database went away.")
    results: list[BulkResult]


class RequestChanges(Strict):
    text: str
    digest: str | None = Field(None, max_length=200)
    version: int | None = None


class Resubmit(Strict):
    text: str = ""
    edits: dict[str, Any] | None = None
    version: int | None = Field(None, description="Of the content; required.")


class AuditEntry(BaseModel):
    seq: int
    hash: str


class Receipt(BaseModel):
    id: int
    decided_by: str
    on_behalf_of: str | None
    at: datetime
    verdict: str
    closing: bool
    channel: Channel
    answer: Any
    digest: str = Field(description="Of the content that was shown.")
    shown: Any = Field(description="Title, key facts and payload as they were.")
    approved: Any = Field(description="The proposal as approved, where one may edit.")
    patch: Any = Field(description="What this person edited, as a JSON Patch.")
    audit: AuditEntry | None = Field(description="The entry of the audit chain.")
    page: str = Field(description="Where a person reads, prints and checks it.")


class Receipts(BaseModel):
    results: list[Receipt]


class Delegate(Strict):
    delegate: str = Field(max_length=150, description="Who stands in: a user name.")
    starts_at: str = Field(max_length=40, description="ISO 8601 with an offset.")
    ends_at: str = Field(max_length=40, description="ISO 8601 with an offset.")
    workflow: str = Field("", max_length=200, description="Only this one; else all.")


class DelegationItem(BaseModel):
    id: int
    delegator: str
    delegate: str
    starts_at: datetime
    ends_at: datetime
    workflow: str


class Delegation(DelegationItem):
    """One by itself."""


class Delegations(BaseModel):
    results: list[DelegationItem]


class Claim(Strict):
    take_over: bool = Field(False, description="Also when a colleague has claimed it.")


class Nothing(Strict):
    """An empty object, or no body."""


class Assign(Strict):
    users: list[str] = Field([], max_length=100, description="User names.")
    groups: list[str] = Field([], max_length=100, description="Names of groups.")
    reason: str = Field("", max_length=10_000)


class Reason(Strict):
    reason: str = Field(description="Why; kept in the history, and required.")


class Extend(Reason):
    due_at: str = Field(max_length=40, description="ISO 8601 with an offset.")


class Say(Strict):
    text: str


class Ask(Say):
    username: str = Field(max_length=150, description="Who is asked: a user name.")


class Snooze(Strict):
    until: str = Field(max_length=40, description="ISO 8601 with an offset.")


class Remark(BaseModel):
    at: datetime
    author: str
    kind: CommentKind
    addressee: str | None = Field(description="Who is asked, of a question.")
    text: str
    version: int


class Comments(BaseModel):
    results: list[Remark]


class EligibilityQuery(NoQuery):
    user: str | None = Field(
        None,
        max_length=150,
        description="Whom to ask about; others than yourself only for operators.",
    )


class Fits(BaseModel):
    valid: Literal[True]
    data: Any = Field(description="The answer as it would be recorded.")


class Act(BaseModel):
    allowed: bool
    reasons: list[str] = Field(description="Why not, in plain words.")


class May(BaseModel):
    view: bool
    decide: bool
    reasons: list[str] = Field(description="Why not, in plain words.")
    on_behalf_of: str | None = Field(description="For whom you stand in.")
    acts: dict[str, Act] = Field(description="What else can be done with it.")


class Eligibility(May):
    user: str


class Fact(BaseModel):
    label: str
    value: str


class ApprovalSummary(BaseModel):
    id: str
    title: str
    summary: list[Fact]
    status: ApprovalStatus
    outcome: str | None
    priority: Priority
    workflow_id: str
    run_id: str
    step: str
    initiator: str | None
    created_at: datetime
    due_at: datetime | None
    on_due: OnDue = Field(description="What happens then if nobody has answered.")
    release_at: datetime | None = Field(
        description="When an answer goes ahead that may still be taken back."
    )
    closed_at: datetime | None
    claimed_by: str | None
    claimed_at: datetime | None
    sent_back_at: datetime | None
    needs_assignment: bool
    version: int
    links: dict[str, str]


class ApprovalPage(BaseModel):
    results: list[ApprovalSummary]
    next: str | None
    next_cursor: str | None


class HistoryItem(BaseModel):
    at: datetime
    kind: str
    who: str | None
    on_behalf_of: str | None = Field(description="For whom they stood in.")
    outcome: str | None
    comment: str | None
    channel: Channel | None


class Coming(BaseModel):
    kind: Kind
    at: datetime
    every: float | None = Field(description="Seconds until it happens again.")
    people: list[str] = Field(description="Whom an escalation asks, by name.")
    replace: bool = Field(description="Whether those asked before are asked no more.")
    priority: Priority | None = Field(description="What an escalation makes it.")


class ApprovalDetail(ApprovalSummary):
    payload: Any = Field(description="What is asked about, as it was last edited.")
    editable: list[str] = Field(description="Fields of the payload one may edit.")
    schema_: dict[str, Any] = Field(
        alias="schema", description="JSON Schema of the answer."
    )
    ui: dict[str, Any] = Field(description="How a form may show the answer's fields.")
    initial: Any = Field(description="What a form starts with.")
    digest: str
    quorum: int
    votes: int
    may: May
    snoozed_until: datetime | None = Field(
        description="When it comes back into your inbox, if you put it aside."
    )
    coming: list[Coming] = Field(description="What time does if nobody answers.")
    history: list[HistoryItem]
