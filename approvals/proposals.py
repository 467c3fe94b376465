"""What the form of an answer starts with."""

from __future__ import annotations

from approvals.verdicts import comment_field, properties, verdict_field
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
