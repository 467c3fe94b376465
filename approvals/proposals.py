"""What the form of an answer starts with."""

from __future__ import annotations

from approvals import secrets
from approvals.models import Approval
from approvals.verdicts import comment_field, properties, verdict_field
from workflows import masking
from workflows.json_gate import JSONObject, JSONValue


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


def proposed_by(approval: Approval, answer_schema: JSONObject) -> JSONObject | None:
    """What the form of an answer to this starts with.

    What is hidden in the question, and by the answer is not, is left out: the form
    would show it.
    """
    payload = approval.payload_value
    shown = secrets.cover_of(approval).question(payload)
    kept = {path for path, _text in masking.secrets_in(payload, answer_schema)}
    return proposed(masking.without_hidden(payload, shown, kept), answer_schema)
