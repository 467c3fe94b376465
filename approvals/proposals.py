"""What the form of an answer starts with."""

from __future__ import annotations

from collections.abc import Sequence
from operator import eq, itemgetter
from typing import TypeAlias

from approvals import patches, secrets
from approvals.models import Approval
from approvals.rule_models import CommentKind
from approvals.verdicts import comment_field, properties, verdict_field
from workflows import json_gate, masking
from workflows.json_gate import JSONObject, JSONValue

# The version that a change made, and the operations of its patch.
Change: TypeAlias = tuple[int, tuple[JSONObject, ...]]


def proposed(payload: JSONValue, answer_schema: JSONObject) -> JSONObject | None:
    """The fields that question and answer share: the person edits what was proposed.

    Never the verdict, and never the comment: a question's "reason" is the requester's.
    `None` when they share nothing.
    """
    if not isinstance(payload, dict):
        return None
    verdict = verdict_field(answer_schema)
    own_words = {verdict.name if verdict else "", comment_field(answer_schema)}
    asked = properties(answer_schema).keys() - own_words
    return {name: payload[name] for name in payload if name in asked} or None


def as_of(approval: Approval, version: int) -> JSONValue:
    """What was proposed in this version, by the changes that are on record.

    A secret in what the initiator changed is masked, as the record has it.
    """
    return _made(approval, _changes(approval), version)


def news_since(
    approval: Approval, version: int
) -> tuple[JSONValue, tuple[JSONObject, ...]]:
    """What was proposed in this version, and what makes it the proposal of now.

    A secret is among it only if it was touched since: masked, two of them look alike,
    and what was there differs from its mask.
    """
    changes = _changes(approval)
    before = _made(approval, changes, version)
    touched = [
        patches.names_in(op) for at, patch in changes for op in patch if at > version
    ]
    differs = patches.between(before, approval.payload_value)
    return before, tuple(
        op
        for op in differs
        if any(all(map(eq, patches.names_in(op), names)) for names in touched)
    )


def _made(approval: Approval, changes: Sequence[Change], version: int) -> JSONValue:
    payload = approval.suspension.payload_value
    for at, patch in changes:
        if at <= version:
            payload = patches.applied(patch, payload)
    return payload


def _changes(approval: Approval) -> list[Change]:
    """Each change on record with the version that it made, first things first."""
    asked_again = approval.comments.filter(kind=CommentKind.ANSWER)
    changes = [
        *(
            (vote.version, json_gate.loads(vote.patch))
            for vote in approval.decisions.all()
        ),
        *((answer.version, answer.patch_value) for answer in asked_again),
    ]
    return [
        (at, patches.operations(patch))
        for at, patch in sorted(changes, key=itemgetter(0))
    ]


def proposed_by(
    approval: Approval, answer_schema: JSONObject, *, version: int | None = None
) -> JSONObject | None:
    """What the form of an answer to this starts with, or started with in a version.

    What is hidden in the question, and by the answer is not, is left out: the form
    would show it.
    """
    payload = approval.payload_value if version is None else as_of(approval, version)
    shown = secrets.cover_of(approval).question(payload)
    kept = {path for path, _text in masking.secrets_in(payload, answer_schema)}
    return proposed(masking.without_hidden(payload, shown, kept), answer_schema)
