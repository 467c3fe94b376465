"""What can be wrong with a step, a schema, or one option of a definition."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final

from workflows import json_gate, masking
from workflows.errors import SchemaMismatch
from workflows.schema import Schema, UnusableType
from workflows.signatures import UnreadableAnnotation
from workflows.step_definition import Step, has_function

_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_MAX_ID: Final = 128


def step_faults(step: Step) -> Iterator[str]:
    """What is wrong with a step, wherever it is used."""
    if not has_function(step):
        yield "has nothing to execute; give it a function"
        return
    yield from step.call_problems
    if step.retries is not None:
        yield from count_faults("retries", step.retries)
    yield from delay_faults("retry_delay", step.retry_delay)
    yield from delay_faults("timeout", step.timeout)
    if step.timeout == 0:
        yield "timeout is 0, so it could never succeed; give seconds or leave it out"
    if step.transaction and step.is_async:
        yield "transaction=True needs a sync function; write it without async"
    yield from metadata_faults(step.metadata)
    try:
        schemas = step.schemas
    except UnreadableAnnotation as error:
        yield f"{error}; correct the name, or give input_schema= and output_schema="
        return
    for name in ("input", "output", "resume", "suspend", "state", "request_context"):
        yield from schema_faults(name, getattr(schemas, name))


def schema_faults(name: str, schema: Schema) -> Iterator[str]:
    """Whether a type has a JSON Schema in both directions, and a fitting one."""
    try:
        accepted = schema.json_schema()
        written = schema.json_schema("serialization")
    except UnusableType as error:
        yield (
            f"{name}_schema can't be a schema of JSON: {error}; "
            "use types and defaults that have a JSON form"
        )
        return
    if name in ("state", "request_context") and not may_be_object(accepted):
        yield f"{name}_schema is not an object; use a model with named fields"
    odd = {*masking.secrets_but_texts(accepted), *masking.secrets_but_texts(written)}
    for place in sorted(odd):
        yield (
            f'{name}_schema marks "{place}" as secret, and only a text can be kept '
            "from view; use SecretStr, SecretBytes or Secret[str]"
        )


def id_faults(id_: object) -> Iterator[str]:
    """Whether an id can stand in paths, addresses and foreach indexes."""
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        yield (
            f"the id {id_!r} is reserved or not allowed; "
            "give an id= of letters, digits, _ and - only"
        )
    elif len(id_) > _MAX_ID:
        yield f"its id has {len(id_)} characters; use at most {_MAX_ID}"


def count_faults(name: str, value: object, least: int = 0) -> Iterator[str]:
    """Whether it is a whole number, and not a truth value."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        yield f"{name} is {value!r}; give a whole number of at least {least}"


def delay_faults(name: str, value: object, required: bool = False) -> Iterator[str]:
    """Whether it is a number of seconds; None is one where nothing is required."""
    if value is None and not required:
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:  # type: ignore[arg-type, operator]
        yield f"{name} is {value!r}; give seconds (0 or more) or a timedelta"


def metadata_faults(metadata: object) -> Iterator[str]:
    """Whether it is a dict of plain JSON."""
    if not isinstance(metadata, dict):
        yield "metadata is no dict; write metadata={...}"
        return
    try:
        json_gate.check(metadata)
    except SchemaMismatch as error:
        yield f"metadata is not JSON ({error}); use plain JSON values"


def may_be_list(schema: Any, whole: Any = None) -> bool:
    """Whether a JSON Schema lets a list pass; when in doubt, yes."""
    whole = schema if whole is None else whole
    if not isinstance(schema, dict):
        return True
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return may_be_list(whole.get("$defs", {}).get(name), whole)
    for options in ("anyOf", "oneOf"):
        if options in schema:
            return any(may_be_list(option, whole) for option in schema[options])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return any(isinstance(value, list) for value in values)
    kind = schema.get("type", "array")
    return "array" in kind if isinstance(kind, list) else kind == "array"


def may_be_object(schema: Any) -> bool:
    """Whether a JSON Schema lets an object pass; when in doubt, yes."""
    return not isinstance(schema, dict) or schema.get("type", "object") == "object"
