"""Small questions to a JSON Schema, answered whatever an author put into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workflows.json_gate import JSONObject, JSONValue

from .json_schemas import LABELS
from .shapes import Info
from .values import MISSING
from .wording import humanise, humanise_class, value_labels

_UNIONS: Final = ("anyOf", "oneOf")
_NULL: Final[JSONObject] = {"type": "null"}


def dictionary(value: JSONValue) -> JSONObject:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items_of(value: JSONValue) -> list[JSONValue]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def info_of(
    schema: JSONObject,
    merged: JSONObject,
    *,
    name: str,
    required: bool,
    nullable: bool,
    beside: Sequence[JSONObject] = (),
) -> Info:
    """What the author said about the part.

    A field is called by its own title, else by its name; what has no name, such as an
    item of a list, is called by its type.
    """
    # Beside a reference it is the author's; that of the type is only in `merged`.
    title = str(schema.get("title", "")) if name else ""
    return Info(
        label=title or humanise(name) or title_of(merged),
        help=str(merged.get("description", "")),
        required=required,
        nullable=nullable,
        read_only=merged.get("readOnly") is True,
        default=merged.get("default", MISSING),
        hints=merged,
        beside=beside,
    )


def title_of(schema: JSONObject) -> str:
    """The title in words; empty when there is none."""
    return humanise_class(str(schema.get("title", "")))


def options_of(schema: JSONObject) -> list[tuple[JSONValue, str]]:
    """The values a part may have and their labels, where the schema lists them."""
    values = items_of(schema.get("enum")) or (
        [schema["const"]] if "const" in schema else []
    )
    return [
        (value, _given_label(schema, index, value) or words)
        for index, (value, words) in enumerate(
            zip(values, value_labels(values), strict=True)
        )
    ]


def _given_label(schema: JSONObject, index: int, value: JSONValue) -> str:
    """The author's label, else the enum's own, if there is any."""
    given = schema.get("labels")
    if isinstance(given, dict) and str(value) in given:
        return str(given[str(value)])
    for labels in (items_of(given), items_of(schema.get(LABELS))):
        if index < len(labels):
            return str(labels[index])
    return ""


def without_null(schema: JSONObject) -> tuple[JSONObject, bool]:
    """The schema of everything but null, and whether null was allowed.

    A union of which one type is left becomes that type.
    """
    values = items_of(schema.get("enum"))
    if None in values:
        return _without_value(schema, values, None), True
    for union in _UNIONS:
        choices = items_of(schema.get(union))
        if choices:
            return _without_null_choice(schema, union, choices)
    return schema, False


def _without_value(
    schema: JSONObject, values: list[JSONValue], gone: JSONValue
) -> JSONObject:
    """Without one of the values, and without its label."""
    kept = [index for index, value in enumerate(values) if value is not gone]
    lists = ("enum", "labels", LABELS)
    return {
        name: [part[index] for index in kept if index < len(part)]
        if name in lists and isinstance(part, list)
        else part
        for name, part in schema.items()
    }


def _without_null_choice(
    schema: JSONObject, union: str, choices: list[JSONValue]
) -> tuple[JSONObject, bool]:
    kept: list[JSONValue] = [choice for choice in choices if choice != _NULL]
    had_null = len(kept) < len(choices)
    if len(kept) > 1:
        return {**schema, union: kept}, had_null
    rest = {key: part for key, part in schema.items() if key != union}
    return {**(dictionary(kept[0]) if kept else _NULL), **rest}, had_null
