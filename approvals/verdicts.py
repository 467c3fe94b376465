"""The verdict in an answer, and when the votes of several people meet the rule.

The verdict is read from the answer's JSON Schema: a required ``approved: bool``, or a
``Literal``/``Enum`` field named ``decision`` or ``outcome``, or else "submitted".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from approvals.statuses import RejectRule
from workflows.json_gate import JSONObject, JSONValue

APPROVED, REJECTED, SUBMITTED = "approved", "rejected", "submitted"
REJECTIONS = frozenset({"reject", "rejected", "deny"})
# What authors call a verdict, and what everybody is told of it.
USUAL = {"approve": APPROVED, "reject": REJECTED}
LONGEST_VERDICT = 200  # what the tables keep of one
CHOICE_FIELDS = ("decision", "outcome")
COMMENT_FIELDS = ("comment", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer says, in one word."""

    value: str
    rejection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictField:
    """The field of an answer that holds the verdict, and the verdicts it allows."""

    name: str
    choices: tuple[JSONValue, ...]


def verdict_field(schema: JSONObject) -> VerdictField | None:
    """Which field of the answer is the verdict; ``None`` when none is."""
    fields = properties(schema)
    required = _items(resolved(schema, schema).get("required"))
    approved = resolved(fields.get("approved"), schema)
    if approved.get("type") == "boolean" and "approved" in required:
        return VerdictField(name="approved", choices=(True, False))
    for name in CHOICE_FIELDS:
        choices = _choices(resolved(fields.get(name), schema))
        if choices:
            return VerdictField(name=name, choices=choices)
    return None


def verdict_of(answer: JSONValue, schema: JSONObject) -> Verdict:
    """The verdict in an answer that fits the schema."""
    field = verdict_field(schema)
    if field is None or not isinstance(answer, dict):
        return Verdict(value=SUBMITTED)
    value = answer.get(field.name)
    if isinstance(value, bool):
        return Verdict(value=APPROVED if value else REJECTED, rejection=not value)
    if value is None:
        return Verdict(value=SUBMITTED)
    word = str(value)[:LONGEST_VERDICT]
    return Verdict(value=word, rejection=word.lower() in REJECTIONS)


def usual(verdict: str) -> str:
    """The verdict as the words for people know it: ``reject`` is "rejected"."""
    return USUAL.get(verdict.lower(), verdict)


def comment_field(schema: JSONObject) -> str | None:
    """The text field in which a person says why; ``None`` when there is none."""
    fields = properties(schema)
    for name in COMMENT_FIELDS:
        if _is_text(resolved(fields.get(name), schema), schema):
            return name
    return None


def settled(votes: Sequence[Verdict], *, quorum: int, reject: str) -> str | None:
    """The verdict that has met the rule with the last of these votes, if any has."""
    if not votes:
        return None
    last = votes[-1]
    if last.rejection and reject == RejectRule.ANY:
        return last.value
    if last.rejection:  # by whichever word
        count = sum(vote.rejection for vote in votes)
    else:
        count = sum(vote.value == last.value for vote in votes)
    return last.value if count >= quorum else None


def properties(part: JSONObject, root: JSONObject | None = None) -> JSONObject:
    """The fields of an object schema, also when the schema is a reference."""
    found = resolved(part, part if root is None else root).get("properties")
    return found if isinstance(found, dict) else {}


def resolved(part: JSONValue, schema: JSONObject) -> JSONObject:
    """Follow a reference into the schema's own definitions."""
    if not isinstance(part, dict):
        return {}
    reference = part.get("$ref")
    if not isinstance(reference, str):
        return part
    definitions = schema.get("$defs")
    name = reference.rpartition("/")[2]
    found = definitions.get(name) if isinstance(definitions, dict) else None
    return found if isinstance(found, dict) else {}


def _choices(field: JSONObject) -> tuple[JSONValue, ...]:
    return tuple(_items(field.get("enum"))) or tuple(
        [field["const"]] if "const" in field else []
    )


def _is_text(field: JSONObject, schema: JSONObject) -> bool:
    if field.get("type") == "string" and "enum" not in field:
        return True
    return any(
        _is_text(resolved(option, schema), schema)
        for option in _items(field.get("anyOf"))
    )


def _items(value: JSONValue) -> list[JSONValue]:
    return value if isinstance(value, list) else []
