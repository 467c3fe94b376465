"""What a suspended step asks, in words: the title and the key facts of an approval.

Everything is taken from the payload as text; nothing in a payload is ever executed,
formatted or looked up.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.text import Truncator

from approvals import rendering
from approvals.verdicts import properties, resolved
from workflows import masking
from workflows.json_gate import JSONObject, JSONValue

TITLE_FIELDS = ("title", "question")
LONGEST_TITLE = 300
LONGEST_FACT = 200
AUTOMATIC_FACTS = 3


def title_of(
    *, given: str | None, payload: JSONValue, description: str, step_id: str
) -> str:
    """The policy's title, else the payload's own, else what the step is called."""
    asked = payload if isinstance(payload, str) else _own_title(payload)
    return _line(given or asked or description or in_words(step_id), LONGEST_TITLE)


def summary_of(
    *, fields: Sequence[str] | None, payload: JSONValue, schema: JSONObject
) -> list[list[str]]:
    """Each key fact: label, value, and its kind where that is more than plain text.

    Without a choice, the first plain fields.
    """
    payload = masking.masked(payload, schema)
    if fields is None:
        fields = _plain_fields(payload, schema)
    return [
        _fact(field, value, payload, schema)
        for field in fields
        if (value := _at(payload, field)) is not None
    ]


def label_of(field: str, schema: JSONObject) -> str:
    """The title that the schema gives a field, else the field's name in words."""
    *above, name = field.split(".")
    part = schema
    for parent in above:
        part = resolved(properties(part, schema).get(parent), schema)
    declared = properties(part, schema).get(name)
    # Behind a reference stands the title of a type, not of this field.
    title = declared.get("title") if isinstance(declared, dict) else None
    if not isinstance(title, str) or title == rendering.derived_title(name):
        return in_words(name)
    return title


def has_field(field: str, schema: JSONObject) -> bool:
    """Whether an object schema declares the field; a schema without fields has all."""
    part = schema
    for name in field.split("."):
        known = properties(part, schema)
        if known and name not in known:
            return False
        part = resolved(known.get(name), schema)
    return True


def in_words(name: str) -> str:
    """An id as people would write it: ``manager-approval`` is "Manager approval"."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def fact_text(value: JSONValue) -> str:
    """A value as one short line of text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(_is_plain(item) for item in value):
        return _line(", ".join(fact_text(item) for item in value), LONGEST_FACT)
    if isinstance(value, list | dict):
        return f"{len(value)} entries"
    return _line(str(value), LONGEST_FACT)


def _fact(
    field: str, value: JSONValue, payload: JSONValue, schema: JSONObject
) -> list[str]:
    kind = rendering.kind_at(payload, field, schema)
    fact = [label_of(field, schema), fact_text(value)]
    return [*fact, kind] if kind else fact


def _own_title(payload: JSONValue) -> str:
    if not isinstance(payload, dict):
        return ""
    texts = (payload.get(name) for name in TITLE_FIELDS)
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def _plain_fields(payload: JSONValue, schema: JSONObject) -> list[str]:
    if not isinstance(payload, dict):
        return []
    declared = [name for name in properties(schema) if name not in TITLE_FIELDS]
    plain = [
        name
        for name in declared
        if _is_plain(payload.get(name)) and payload.get(name) != masking.MASK
    ]
    return plain[:AUTOMATIC_FACTS]


def _is_plain(value: JSONValue) -> bool:
    return value is not None and not isinstance(value, list | dict)


def _at(payload: JSONValue, field: str) -> JSONValue:
    for name in field.split("."):
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def _line(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else Truncator(line).chars(longest)
