"""What the true model has against an answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from pydantic import TypeAdapter, ValidationError

from workflows import json_gate
from workflows.errors import FieldError, PayloadRejected, SchemaMismatch
from workflows.json_gate import JSONValue
from workflows.schema import Schema
from workflows.schema_faults import named
from workflows.strictness import closed_validator

logger = logging.getLogger(__name__)


def faults(type_: Any, value: JSONValue) -> Sequence[FieldError]:
    """Everything wrong with the value; nothing if it would be accepted."""
    try:
        Schema.of(type_).accept_strict(value)
    except PayloadRejected as rejected:
        is_long = any(fault["type"] == "too_large" for fault in rejected.errors)
        # The model may know which of the texts should be shorter.
        return (is_long and _with_types(type_, value)) or rejected.errors
    except SchemaMismatch as mismatch:
        return _with_types(type_, value) or mismatch.errors
    except Exception as crash:
        return _crashed(crash)
    return []


def faults_of_each(type_: Any, values: Sequence[JSONValue]) -> Sequence[FieldError]:
    """What is wrong with every one of the values."""
    first, *others = [faults(type_, value) for value in values]
    return [fault for fault in first if all(fault in other for other in others)]


def _with_types(type_: Any, value: JSONValue) -> Sequence[FieldError]:
    """The same faults, but those of a union with the type that each speaks of.

    The schema leaves these out, for they are nowhere in the data; but only they tell
    which faults concern the type that was chosen.
    """
    validator = closed_validator(TypeAdapter(type_).core_schema)
    try:
        validator.validate_json(
            json_gate.dumps(value), strict=True, by_alias=True, by_name=True
        )
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    else:
        return []
    return [
        {
            "loc": [*each["loc"], *named(each)],
            "msg": each["msg"],
            "type": each["type"],
        }
        for each in details
    ]


def _crashed(crash: Exception) -> list[FieldError]:
    # A validator of the author's own that breaks on bad input has refused it. Its
    # message may hold the input, so only its kind is logged.
    logger.warning("validator broke", extra={"error": type(crash).__name__})
    words = _("This answer could not be checked. Please look through it again.")
    return [{"loc": [], "msg": words, "type": "not_checked"}]
