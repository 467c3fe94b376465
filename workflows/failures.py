"""Exceptions as they are recorded: name, message, attributes, causes; no stack."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_core import to_jsonable_python

from workflows import json_gate
from workflows.errors import FieldError, PayloadRejected, SchemaMismatch
from workflows.json_gate import JSONObject, JSONValue

MAX_CAUSES = 10
MAX_MESSAGE = 10_000


def describe(error: BaseException, depth: int = 0) -> JSONObject:
    """The error as JSON: what ``RunError`` is read back from."""
    described: JSONObject = {
        "name": type(error).__name__,
        "message": _clean(str(error)),
    }
    if attributes := _attributes(error):
        described["attributes"] = attributes
    cause = error.__cause__ or (
        None if error.__suppress_context__ else error.__context__
    )
    if cause is not None and depth < MAX_CAUSES:
        described["cause"] = describe(cause, depth + 1)
    return described


def mismatch(title: str, error: SchemaMismatch) -> SchemaMismatch:
    """The same fault under a title, one line for each bad field."""
    lines = [
        f"- {'.'.join(map(str, e['loc'])) or '(all)'}: {e['msg']}" for e in error.errors
    ]
    return SchemaMismatch("\n".join([title, *(lines or [str(error)])]), error.errors)


def _clean(text: str) -> str:
    """Text as the JSON gate lets it pass: no NUL, no lone surrogate, not endless."""
    short = text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + "…"
    encoded = short.encode("utf-8", "backslashreplace").decode("utf-8")
    return encoded.replace("\0", "\\x00")


def _attributes(error: BaseException) -> JSONObject:
    kept: JSONObject = {}
    for key, value in vars(error).items():
        if key.startswith("_"):
            continue
        try:
            kept[key] = _as_json(value)
        except (ValueError, TypeError, RecursionError, PayloadRejected):
            continue
    return kept


def _as_json(value: object) -> JSONValue:
    plain: JSONValue = to_jsonable_python(value)
    json_gate.check(plain, json_gate.limits())
    return plain


def fields(errors: Sequence[FieldError]) -> list[JSONValue]:
    """Field errors as plain JSON."""
    return [dict(error) for error in errors]  # type: ignore[arg-type]
