"""The decision page: the question, the evidence, what happened, and the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

import workflows
from approvals import drafts, history, inbox, patches, rendering, secrets, shown
from approvals.history import Moment
from approvals.models import Approval, Decision, Draft
from approvals.pages import (
    acts_panel,
    amendments,
    outlook,
    paths,
    standing,
    timing,
    wording,
)
from approvals.pages.acts_panel import ActsPanel, Refused
from approvals.pages.amendments import Amended
from approvals.pages.conflict_page import Typed, typed_texts
from approvals.pages.forms import answer_form, begun_forms
from approvals.pages.outlook import Outcome
from approvals.pages.standing import Standing
from approvals.pages.timing import Timing
from approvals.policies import Eligibility, eligibility
from approvals.proposals import news_since
from approvals.readable import Shown
from approvals.rule_models import CommentKind
from approvals.secrets import Cover
from approvals.verdicts import comment_field, verdict_field
from workflows.json_gate import JSONObject, JSONValue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.schema_forms import Problem, SchemaForm

SENT_BACK = str(CommentKind.CHANGES)
ICONS = {
    "asked": "message-circle-question-mark",
    "decided": "circle-check",
    "voted": "vote",
    "withdrawn": "undo-2",
    "expired": "timer-off",
    "comment": "message-circle-question-mark",
    "reason": "message-circle-question-mark",
    "colleague-asked": "message-circle-question-mark",
    "changes-requested": "undo-2",
    "resubmitted": "refresh-cw",
    "claimed": "user-round",
    "taken-over": "user-round",
    "handed-over": "users",
    "claim-ended": "user-round",
    "assigned": "users",
    "replaced": "users",
    "extended": "calendar-clock",
    "hastened": "timer-off",
    "escalated": "megaphone",
    "revealed": "eye",
    "reserved": "hourglass",
    "undone": "undo-2",
    "lapsed": "circle-slash",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the history."""

    kind: str
    icon: str
    who: str
    words: str
    at: datetime
    comment: str = ""
    answer: Shown | None = None
    amended: tuple[Amended, ...] = ()
    receipt: str = ""  # the address of what proves it


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """All that the page of one approval shows."""

    approval: Approval
    may: Eligibility
    reader_id: int
    votes: int
    details: Shown | None
    raw: str
    paths: tuple[tuple[str, str], ...]
    digest: str
    history: tuple[Entry, ...]
    next_up: Approval | None
    form: SchemaForm | None
    edits: SchemaForm | None  # the part of the proposal that the reader may edit
    form_to_read: SchemaForm | None  # what others are asked to fill in
    acts: ActsPanel
    has_secrets: bool
    may_reveal: bool
    timing: Timing
    standing: Standing | None
    outlook: tuple[Outcome, ...]
    draft: Draft | None
    news: tuple[Amended, ...]  # what changed since the reader began to answer
    typed: tuple[Typed, ...]  # begun, and now too late

    @property
    def address(self) -> str:
        return reverse("approvals:decision", args=[self.approval.pk])

    @property
    def run_address(self) -> str:
        return reverse("approvals:run", args=[self.approval.run_id])

    @property
    def is_stuck(self) -> bool:
        """Whether no answer could be taken, whoever gave it."""
        return self.standing is not None and self.standing.closes

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with both forms, in the order in which they stand."""
        forms = (self.edits, self.form)
        return [problem for form in forms if form for problem in form.problems]

    @property
    def requester(self) -> str:
        return inbox.name_of(self.approval.initiator)

    @property
    def receipt(self) -> str:
        """The receipt of the answer that closed it; none where no person did."""
        closing = (each for each in self.approval.decisions.all() if each.closing)
        return next((receipt_address(each) for each in closing), "")

    @property
    def is_draft_old(self) -> bool:
        """Whether the request was asked anew since the reader began to answer."""
        draft = self.draft
        return draft is not None and draft.version < self.approval.version

    @property
    def wanted(self) -> Entry | None:
        """What should change, for the reader who can ask again."""
        if "resubmit" not in self.acts.may:
            return None
        asked = (each for each in reversed(self.history) if each.kind == SENT_BACK)
        return next(asked, None)

    @property
    def claimed_words(self) -> str:
        return wording.claimed_words(self.approval, reader_id=self.reader_id)

    @property
    def answers_for(self) -> str:
        return wording.answers_for(self.may)

    @property
    def closed_words(self) -> str:
        return wording.closed_words(self.approval, reader_id=self.reader_id)


def opened(
    user: User, approval: Approval, refused: Refused | None = None
) -> DecisionPage:
    """What this person sees who opens the page: with what they had begun to answer."""
    draft = drafts.find(approval=approval, author=user)
    typed = drafts.typed_in(draft) if draft else None
    version = draft.version if draft else None
    form, edits = begun_forms(approval, typed, version=version)
    return build(user, approval, form, edits, refused, draft, version)


def build(
    user: User,
    approval: Approval,
    form: SchemaForm | None,
    edits: SchemaForm | None = None,
    refused: Refused | None = None,
    draft: Draft | None = None,
    since: int | None = None,
) -> DecisionPage:
    """What this person sees; the form only for who may decide.

    ``since`` is the version that the news are told from: the one last read.
    """
    may = eligibility(user, approval)
    cover = secrets.cover_of(approval)
    payload = cover.question(approval.payload_value)
    question = _question_schema(approval)
    now = timezone.now()
    stands = standing.of(approval, now=now)
    asks = may.may_decide and not (stands and stands.closes)
    return DecisionPage(
        approval=approval,
        may=may,
        reader_id=user.pk,
        votes=approval.votes,
        details=_details(approval, payload, question),
        raw=rendering.raw_json(payload),
        paths=paths.lines(payload),
        digest=approval.digest,
        history=_history(approval, cover, question),
        next_up=None if may.may_decide else _next_up(user, approval),
        form=form if asks else None,
        edits=edits if asks else None,
        form_to_read=answer_form(approval)
        if approval.is_open and not may.may_decide
        else None,
        acts=acts_panel.build(user, approval, refused),
        has_secrets=bool(secrets.secrets_of(approval)),
        may_reveal=user.has_perm(secrets.REVEAL),
        timing=timing.of(approval, reader_id=user.pk, now=now),
        standing=stands,
        outlook=outlook.of(approval, form) if asks else (),
        draft=draft,
        news=_news(approval, since, cover, question),
        typed=typed_texts(form, edits)
        if draft and not asks and not approval.is_reserved
        else (),
    )


def files_of(approval: Approval) -> str:
    """Below which address the files of an approval are."""
    return f"{approval.get_absolute_url()}files/"


def _details(
    approval: Approval, payload: JSONValue, schema: JSONObject
) -> Shown | None:
    """The payload by its schema, without the title that already stands above it."""
    if payload is None:
        return None
    rest = without_title(payload, approval.title)
    if rest == {}:
        return None
    return rendering.shown(rest, schema, files=files_of(approval))


def _question_schema(approval: Approval) -> JSONObject:
    """What the question's fields are called; nothing where its code is gone."""
    step = workflows.suspended_step(approval.suspension)
    return step.schemas.suspend.json_schema() if step else {}


def without_title(payload: JSONValue, title: str) -> JSONValue:
    """What is left to show under the title."""
    if not isinstance(payload, dict):
        return payload
    return {
        name: value
        for name, value in payload.items()
        if not (name in ("title", "question") and value == title)
    }


def _news(
    approval: Approval, since: int | None, cover: Cover, asks: JSONObject
) -> tuple[Amended, ...]:
    if since is None or since >= approval.version:
        return ()
    before, patch = news_since(approval, since)
    return amendments.of(patch, before, asks, cover)


def _history(approval: Approval, cover: Cover, asks: JSONObject) -> tuple[Entry, ...]:
    answers = shown.answer_schema(approval.suspension)
    entries, proposal = [], approval.suspension.payload_value
    for moment in history.of(approval):
        amended = amendments.of(moment.patch, proposal, asks, cover)
        entries.append(_entry(moment, answers, cover, amended))
        proposal = patches.applied(moment.patch, proposal)
    return tuple(entries)


def _entry(
    moment: Moment, schema: JSONObject, cover: Cover, amended: tuple[Amended, ...]
) -> Entry:
    decision = moment.decision
    return Entry(
        kind=moment.kind,
        icon=_icon(moment),
        who=moment.who,
        words=wording.told(moment),
        at=moment.at,
        comment=cover.text(moment.comment),
        amended=amended,
        answer=rest_of_answer(decision, schema, cover) if decision else None,
        receipt=receipt_address(decision) if decision else "",
    )


def _icon(moment: Moment) -> str:
    if moment.kind == "decided" and moment.decision and moment.decision.rejection:
        return "circle-x"
    return ICONS.get(moment.kind, "dot")


def receipt_address(decision: Decision) -> str:
    return reverse("approvals:receipt", args=[decision.approval_id, decision.pk])


def rest_of_answer(
    decision: Decision, schema: JSONObject, cover: Cover
) -> Shown | None:
    """What was answered besides verdict and comment, which stand there already."""
    answer, verdict = cover.answer(decision.answer_value), verdict_field(schema)
    said = {verdict.name if verdict else "", comment_field(schema)}
    if isinstance(answer, dict):
        answer = {name: value for name, value in answer.items() if name not in said}
    files = files_of(decision.approval)
    return rendering.shown(answer, schema, files=files) if answer else None


def _next_up(user: User, approval: Approval) -> Approval | None:
    return inbox.waiting_for(user).exclude(pk=approval.pk).first()
