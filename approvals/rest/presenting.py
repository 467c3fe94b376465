"""Approvals as the API shows them: all that a client needs to draw its own form."""

from typing import Any

from django.urls import reverse

from approvals import (
    history,
    inbox,
    permits,
    policies,
    proofs,
    receipts,
    secrets,
    shown,
)
from approvals.coming import Coming, coming
from approvals.history import Moment
from approvals.models import Approval, ApprovalComment, Decision, Delegation
from approvals.persons import Person
from approvals.proposals import proposed_by
from approvals.schema_forms import initial_values, ui_hints
from approvals.secrets import Cover
from workflows import suspended_step
from workflows.json_gate import JSONObject, JSONValue
from workflows.masking import without_secrets
from workflows.rest.presenting import instant

LINKED = (
    *("validate", "decide", "undo", "claim", "release", "assign", "comments"),
    *("extend", "expire", "ask", "snooze", "wake"),
    *("request-changes", "resubmit", "recall", "receipts", "eligibility"),
)


def approval_summary(approval: Approval) -> JSONObject:
    facts: list[JSONValue] = [
        {"label": label, "value": value} for label, value in approval.summary_value
    ]
    return {
        "id": approval.pk,
        "title": approval.title,
        "summary": facts,
        "status": approval.status,
        "outcome": approval.outcome or None,
        "priority": approval.priority,
        "workflow_id": approval.workflow,
        "run_id": approval.run_id,
        "step": approval.step_path,
        "initiator": inbox.name_of(approval.initiator) or None,
        "created_at": instant(approval.created_at),
        "due_at": instant(approval.due_at),
        "on_due": approval.on_due,
        "release_at": instant(approval.release_at if approval.is_reserved else None),
        "closed_at": instant(approval.closed_at),
        "claimed_by": inbox.name_of(approval.claimer) or None,
        "claimed_at": instant(approval.claimed_at if approval.claimer else None),
        "sent_back_at": instant(approval.sent_back_at),
        "needs_assignment": approval.needs_assignment,
        "version": approval.version,
        "links": _links(approval),
    }


def approval_detail(approval: Approval, person: Person) -> JSONObject:
    """One approval, loaded by `inbox.get_visible`, for this person."""
    suspension = approval.suspension
    schema = shown.installed_schema(suspension) or suspension.answer_schema_value
    step = suspended_step(suspension)
    answer = step.schemas.resume.type_ if step else None
    cover = secrets.cover_of(approval)
    moments: list[JSONValue] = [_moment(one, cover) for one in history.of(approval)]
    return {
        **approval_summary(approval),
        "payload": cover.question(approval.payload_value),
        "editable": [*approval.editable_fields],
        "schema": schema,
        "ui": ui_hints(answer) if step else {},
        "initial": _initial(answer, approval, schema) if step else None,
        "digest": approval.digest,
        "quorum": approval.quorum,
        "votes": sum(
            vote.version == approval.version for vote in approval.decisions.all()
        ),
        "may": may(approval, person),
        "coming": [_coming(one) for one in coming(approval)],
        "history": moments,
    }


def may(approval: Approval, person: Person) -> JSONObject:
    """What this person may do with the approval now, and why not."""
    asked = policies.asked_of(approval)
    verdict = policies.judge(person, asked)
    away = {principal.id: principal.name for principal in person.principals}
    acts: JSONObject = {
        name: {"allowed": permit.allowed, "reasons": list(permit.reasons)}
        for name, permit in permits.all_of(person, asked).items()
    }
    return {
        "view": verdict.may_view,
        "decide": verdict.may_decide,
        "reasons": list(verdict.reasons),
        "on_behalf_of": away.get(verdict.on_behalf_of or 0),
        "acts": acts,
    }


def delegation(found: Delegation) -> JSONObject:
    return {
        "id": found.pk,
        "delegator": found.delegator.get_username(),
        "delegate": found.delegate.get_username(),
        "starts_at": instant(found.starts_at),
        "ends_at": instant(found.ends_at),
        "workflow": found.workflow,
    }


def comment(said: ApprovalComment, cover: Cover) -> JSONObject:
    return {
        "at": instant(said.at),
        "author": inbox.name_of(said.author),
        "kind": said.kind,
        "addressee": inbox.name_of(said.addressee) or None,
        "text": cover.text(said.text),
        "version": said.version,
    }


def receipt(vote: Decision) -> JSONObject:
    """What was decided, on the strength of what, and where that is proved."""
    row = proofs.row_of(vote)
    return {
        **receipts.receipt_of(vote),
        "audit": {"seq": row.seq, "hash": row.hash} if row else None,
        "page": reverse("approvals:receipt", args=[vote.approval_id, vote.pk]),
    }


def _initial(answer: Any, approval: Approval, schema: JSONObject) -> JSONValue:
    """The type's defaults, and over them what the question proposes."""
    defaults = initial_values(answer)
    suggested = proposed_by(approval, schema)
    if suggested is None:
        return defaults
    initial = {**(defaults if isinstance(defaults, dict) else {}), **suggested}
    return without_secrets(initial, schema)


def _links(approval: Approval) -> JSONObject:
    """Below the approval's own address each act has its name; made once for a row."""
    own = reverse("approvals-rest:approval", args=[approval.pk])
    return {
        "self": own,
        **{act: f"{own}{act}/" for act in LINKED},
        "run": reverse("rest:run", args=[approval.run_id]),
        "page": approval.get_absolute_url(),
    }


def _coming(one: Coming) -> JSONObject:
    return {
        "kind": str(one.kind),
        "at": instant(one.at),
        "every": one.every.total_seconds() if one.every else None,
        "people": list(one.people),
        "replace": one.replace,
        "priority": one.priority,
    }


def _moment(moment: Moment, cover: Cover) -> JSONObject:
    return {
        "at": instant(moment.at),
        "kind": moment.kind,
        "who": moment.who or None,
        "on_behalf_of": moment.on_behalf_of or None,
        "outcome": moment.outcome or None,
        "comment": cover.text(moment.comment) or None,
        "channel": moment.channel or None,
    }
