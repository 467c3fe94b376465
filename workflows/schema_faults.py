"""Pydantic's errors as ours: place, message and kind, never the value given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workflows.errors import FieldError, SchemaMismatch


def mismatch(error: ValidationError, data: object) -> SchemaMismatch:
    """What did not fit; the input is left out, it may be a secret."""
    faults: list[FieldError] = [
        {
            "loc": [*within_data(fault["loc"], fault["type"], data), *named(fault)],
            "msg": fault["msg"],
            "type": fault["type"],
        }
        for fault in error.errors(include_url=False, include_input=False)
    ]
    return SchemaMismatch("\n".join(map(_line, faults)), faults)


def named(fault: ErrorDetails) -> list[str | int]:
    """The field that a model's validator blames, by ``{"field": ...}`` in its context.

    Pydantic places such an error at the model.
    """
    field = fault.get("ctx", {}).get("field")
    return [field] if isinstance(field, str) else []


def not_json() -> SchemaMismatch:
    """A value that has no JSON form under its schema."""
    message = "can't be written as JSON"
    return SchemaMismatch(message, [{"loc": [], "msg": message, "type": "not_json"}])


def within_data(loc: Sequence[str | int], kind: str, data: object) -> list[str | int]:
    """``loc`` without what Pydantic adds for its own use, such as members of a union.

    What is left can be followed through the data given; only a missing field is
    named though it isn't there.
    """
    place: list[str | int] = []
    for at, key in enumerate(loc):
        is_last = at == len(loc) - 1
        if isinstance(data, Mapping) and key in data:
            data = data[key]
        elif isinstance(data, list | tuple) and isinstance(key, int):
            data = data[key] if -len(data) <= key < len(data) else None
        elif not (is_last and kind.startswith("missing")):
            continue
        place.append(key)
    return place


def _line(fault: FieldError) -> str:
    return f"- {'.'.join(map(str, fault['loc'])) or 'value'}: {fault['msg']}"
