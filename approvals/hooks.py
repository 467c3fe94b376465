"""Approvals open and close with their suspensions, in the engine's own transaction.

``prepare`` runs the author's policy before that, outside any transaction; the rest
only writes rows. What ``decisions.decide`` closes, it closes itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from approvals import audit, reservations, separation, signals, staffing
from approvals.audit import Entry
from approvals.closing import closing, letting_go
from approvals.default_answers import ANSWERING, default_answer
from approvals.models import (
    Approval,
    ApprovalCandidate,
    ApprovalComment,
    Decision,
    SearchText,
)
from approvals.openings import SECRETS, People, approval_of, question_of, search_text_of
from approvals.preparing import prepared
from approvals.rules import OVERRIDE
from approvals.statuses import ApprovalStatus, Channel
from approvals.verdicts import SUBMITTED, verdict_of
from workflows import json_gate, run_masking
from workflows.hooks import Act, Closure, EngineHooks
from workflows.json_gate import JSONObject, JSONValue
from workflows.models import Suspension
from workflows.rows import (
    execute_all,
    insert_rows,
    select_rows,
)

if TYPE_CHECKING:
    from workflows.context import RunFacts
    from workflows.definition import Step

RESUMED = "resumed"  # the audit's word for an answer that no person gave

STATUS_OF = {
    "consumed": ApprovalStatus.DECIDED,
    "withdrawn": ApprovalStatus.WITHDRAWN,
    "expired": ApprovalStatus.EXPIRED,
}


class ApprovalHooks(EngineHooks):
    """What the inbox does when the engine opens, closes or deletes something."""

    def prepare(
        self,
        *,
        step: Step,
        workflow_id: str,
        run: RunFacts,
        payload: JSONValue,
        metadata: JSONObject,
    ) -> JSONObject:
        """Evaluate the step's policy for the question just asked."""
        question = prepared(step, payload, metadata)
        rule = question.rule
        if rule.on_due in ANSWERING:
            default_answer(step, rule.on_due)  # wrong now rather than at the due date
        mask = run_masking.mask_of_id(run.run_id, run.workflow_id, run.version)
        asked: JSONObject = {
            "title": mask.text(question.title),
            "summary": mask.value(question.summary),
            SECRETS: not mask.is_idle,
            "rule": rule.as_json(),
        }
        # What the author's functions made up must fit into the tables as well.
        json_gate.check(asked)
        return {OVERRIDE: asked}

    def opened(self, suspensions: Sequence[Suspension]) -> None:
        """Ask the people the rules name; one query per table, however many."""
        asked = [question_of(suspension) for suspension in suspensions]
        people = People.named_by(question.rule for question in asked)
        pairs = [
            (approval_of(question, question.suspension.run), question.rule)
            for question in asked
        ]
        candidates = []
        for approval, rule in pairs:
            named = people.candidates(approval, rule)
            approval.needs_assignment = not named
            candidates += named
        insert_rows(Approval, [approval for approval, _ in pairs])
        insert_rows(ApprovalCandidate, candidates)
        separation.exclude_earlier(approval for approval, _ in pairs)
        in_doubt = [each for each, _ in pairs if not each.needs_assignment]
        _flag(staffing.understaffed({each.pk: each.quorum for each in in_doubt}))
        insert_rows(SearchText, [search_text_of(question) for question in asked])
        for approval, _ in pairs:
            signals.announce(approval.pk, approval.run_id)

    def closed(self, closures: Sequence[Closure]) -> None:
        """Close what no person's decision closed; one audit row for each.

        What an act on the run withdraws is part of that act, which has its own row.
        """
        others = {c.suspension_id: c for c in closures if not c.decided}
        approvals = _open_with_suspensions(list(others))
        endings = [_ending(approval, others[approval.pk]) for approval in approvals]
        _close(endings)
        reservations.forget([each.pk for each in approvals if each.release_at])
        audit.record(*(_entry(ending) for ending in endings if not ending.by_act))
        for approval in approvals:
            signals.announce(approval.pk, approval.run_id)

    def acted(self, act: Act) -> None:
        """Who cancels, restarts or sends back a run leaves one audit row."""
        acting = audit.who_acts()
        audit.record(
            Entry(
                action=act.action,
                object_type="run",
                object_id=act.run_id,
                run_id=act.run_id,
                actor_id=acting.user_id or _user_named(act.by),
                channel=_channel_named(act.by) or acting.channel,
                token_id=acting.token_id,
                address=acting.address,
                after=_reason_of(act.by),
            )
        )

    def deleted(self, run_ids: Sequence[str]) -> None:
        """Remove what points at the runs; the audit chain keeps its rows."""
        approvals = Approval.objects.filter(run_id__in=run_ids)
        approvals.update(purged=True)
        Decision.objects.filter(approval__in=approvals).delete()
        ApprovalComment.objects.filter(approval__in=approvals).delete()
        approvals.delete()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """How an approval ends when no person's decision ends it."""

    by_act: bool
    approval: Approval
    status: ApprovalStatus
    outcome: str
    channel: str
    acting: audit.Acting
    after: str
    at: datetime


def _flag(keys: Collection[str]) -> None:
    """Show operators what nobody, or too few people, can decide."""
    if keys:
        Approval.objects.filter(pk__in=keys).update(needs_assignment=True)


def _open_with_suspensions(keys: Sequence[str]) -> list[Approval]:
    """Those of the approvals that are open, locked; their suspensions at hand."""
    approvals = [
        approval
        for approval in select_rows(Approval, "id", keys, lock="UPDATE")
        if approval.status == ApprovalStatus.OPEN
    ]
    suspensions = select_rows(Suspension, "id", [a.pk for a in approvals])
    for approval, suspension in zip(approvals, suspensions, strict=True):
        approval.suspension = suspension
    return approvals


def _reason_of(by: JSONValue) -> str:
    """The digest of why, if the caller said why; the journal has the words."""
    reason = by.get("reason") if isinstance(by, dict) else None
    return json_gate.digest(reason) if isinstance(reason, str) else ""


def _user_named(by: JSONValue) -> int | None:
    """The user in what a program said of itself, if there is one of that key."""
    key = by.get("user") if isinstance(by, dict) else None
    if isinstance(key, bool) or not isinstance(key, int):
        return None
    found = get_user_model()._default_manager.filter(pk=key)
    return found.values_list("pk", flat=True).first()


def _ending(approval: Approval, closure: Closure) -> _Ending:
    acting = audit.who_acts(closure.asked_by)
    consumed = closure.reason == "consumed"
    return _Ending(
        by_act=closure.by_act,
        approval=approval,
        status=STATUS_OF[closure.reason],
        outcome=_outcome(approval, closure) if consumed else "",
        channel=_channel(closure, acting),
        acting=acting,
        after=json_gate.digest(closure.resume_data) if consumed else "",
        at=closure.at,
    )


def _outcome(approval: Approval, closure: Closure) -> str:
    schema = approval.suspension.answer_schema_value
    return verdict_of(closure.resume_data, schema).value if schema else SUBMITTED


def _channel(closure: Closure, acting: audit.Acting) -> str:
    if closure.reason == "expired":
        return Channel.TIMER
    return _channel_named(closure.resumed_by) or acting.channel


def _channel_named(by: JSONValue) -> str:
    """The channel in what a caller said of itself, if there is one of that name."""
    named = by.get("channel") if isinstance(by, dict) else None
    return named if isinstance(named, str) and named in Channel.values else ""


def _close(endings: Sequence[_Ending]) -> None:
    """One update for all that end alike; a canceled run may take hundreds along."""
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for end in endings:
        key = (end.status, end.outcome, end.channel, end.acting.user_id, end.at)
        alike[key].append(end.approval.pk)
    closings = [
        closing(
            keys, status=status, outcome=outcome, channel=channel, closed_by=by, at=at
        )
        for (status, outcome, channel, by, at), keys in alike.items()
    ]
    if closings:
        keys = [end.approval.pk for end in endings]
        execute_all([*closings, letting_go(keys)])


def _entry(ending: _Ending) -> Entry:
    return Entry(
        action=RESUMED if ending.status == ApprovalStatus.DECIDED else ending.status,
        object_id=ending.approval.pk,
        run_id=ending.approval.run_id,
        actor_id=ending.acting.user_id,
        outcome=ending.outcome,
        before=_digest(ending.approval),
        after=ending.after,
        version=ending.approval.version,
        channel=ending.channel,
        token_id=ending.acting.token_id,
        address=ending.acting.address,
    )


def _digest(approval: Approval) -> str:
    """What was asked about when it ended: once edited, no longer what opened it."""
    return approval.digest if approval.proposal else approval.suspension.digest
