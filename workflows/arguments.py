"""Check what callers hand to a run, before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Annotated, Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from pydantic import AfterValidator, BaseModel, Field

from workflows import failures, given, selectors
from workflows.addressing import StepName, Target, dotted
from workflows.control import Beginning
from workflows.definition import Step, Workflow
from workflows.errors import BadArgument, FieldError, SchemaMismatch
from workflows.ids import RUN_ID
from workflows.json_gate import JSONObject, JSONValue
from workflows.schema import Schema
from workflows.statuses import RunStatus

ANYTHING = Schema.of(None)


def _hexadecimal(text: str) -> str:
    if not re.fullmatch("0*[1-9a-fA-F][0-9a-fA-F]*", text):
        raise ValueError("must be hexadecimal digits, not all of them zero")
    return text


Hexadecimal = Annotated[str, AfterValidator(_hexadecimal)]


class Tracing(BaseModel):
    """What ``start(tracing=…)`` takes."""

    root_span_name: str | None = None
    metadata: dict[str, Any] | None = None
    request_context_keys: list[str] | None = None
    trace_id: Annotated[Hexadecimal, Field(max_length=32)] | None = None
    parent_span_id: Annotated[Hexadecimal, Field(max_length=16)] | None = None
    tags: list[str] | None = None


TRACING = Schema.of(Tracing)


def run_id(value: object) -> str:
    """The id a caller wants for a new run."""
    if not isinstance(value, str) or not RUN_ID.fullmatch(value):
        message = "is not 1 to 128 characters of A-Za-z0-9._:-"
        error: FieldError = {"loc": ["run_id"], "msg": message, "type": "run_id"}
        raise BadArgument(f"run id {value!r} {message}", [error])
    return value


def resource_id(value: str | None) -> str:
    """What a run is about, as its column takes it."""
    given.text("resource_id", value, most=200)
    return value or ""


def initiator(value: object) -> Any:
    """The primary key of who asks for a run, by its form; ``store`` looks it up."""
    if value is None:
        return None
    key = value.pk if isinstance(value, AbstractBaseUser) else value
    if isinstance(key, int | str | UUID) and not isinstance(key, bool):
        with suppress(ValidationError):
            return get_user_model()._meta.pk.to_python(key)
    given.refuse("initiator", "must be a stored user or its primary key", "user")


def page(
    resource_id: object, since: object, until: object, limit: object, cursor: object
) -> None:
    """What asks for a page of runs, but for ``status``. Raises ``BadArgument``."""
    given.text("resource_id", resource_id)
    given.moment("since", since)
    given.moment("until", until)
    given.whole("limit", limit, 1, selectors.MAX_PAGE)
    given.text("cursor", cursor)


def run_status(value: RunStatus | str | None) -> RunStatus | None:
    """A status to look for, or None for every one."""
    if value is None or (isinstance(value, str) and value in RunStatus.values):
        return None if value is None else RunStatus(value)
    given.refuse("status", f"must be one of {', '.join(RunStatus.values)}", "enum")


def beginning(
    workflow: Workflow,
    input_data: Any,
    initial_state: Mapping[str, Any] | BaseModel | None,
    request_context: Mapping[str, Any] | None,
    per_step: bool,
    tracing: Mapping[str, Any] | None,
) -> Beginning:
    """What a run is started with. Raises ``SchemaMismatch``."""
    context = plain_object("request_context", request_context)
    _checked("Request context validation failed", workflow, "request_context", context)
    return Beginning(
        input=_input(workflow, input_data),
        state=state(workflow, initial_state),
        context=context,
        per_step=per_step,
        tracing=_tracing(tracing),
    )


def _tracing(options: Mapping[str, Any] | None) -> JSONObject:
    found = plain_object("tracing", options)
    with placed_at("tracing"):
        checked = TRACING.accept_strict(found)
    assert isinstance(checked, dict)
    return {name: value for name, value in checked.items() if value is not None}


def _input(workflow: Workflow, value: Any) -> JSONValue:
    if not workflow.validate_inputs:
        return ANYTHING.accept(value)
    return _checked("Invalid input data", workflow, "input", value)


def _checked(title: str, workflow: Workflow, part: str, value: Any) -> JSONValue:
    schema: Schema = getattr(workflow.schemas, part)
    try:
        return schema.accept(value)
    except SchemaMismatch as error:
        raise failures.mismatch(
            f"{title} for workflow {workflow.id!r}", error
        ) from None


def state(
    workflow: Workflow, value: Mapping[str, Any] | BaseModel | None
) -> JSONObject:
    """The first state: as given, else the schema's defaults where it has them all."""
    if value is not None:
        found = _checked("Invalid initial state", workflow, "state", value)
    else:
        try:
            found = workflow.schemas.state.accept({})
        except SchemaMismatch:
            return {}
    if not isinstance(found, dict):
        raise _no_object("initial_state")
    return found


def plain_object(
    place: str, value: Mapping[str, Any] | BaseModel | None, *inside: str
) -> JSONObject:
    """The argument ``place``, or what lies ``inside`` it, as a plain JSON object.

    Empty for none.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping | BaseModel):
        raise _no_object(place, *inside)
    found = plain_json(place, dict(value), *inside)
    assert isinstance(found, dict)
    return found


def plain_json(place: str, value: Any, *inside: str) -> JSONValue:
    """The argument ``place``, or what lies ``inside`` it, which is any JSON."""
    with placed_at(place, *inside):
        return ANYTHING.accept(value)


@contextmanager
def placed_at(*place: str) -> Iterator[None]:
    """Say of the faults found inside in which argument they lie."""
    try:
        yield
    except SchemaMismatch as error:
        located = [
            FieldError(
                loc=[*place, *fault["loc"]], msg=fault["msg"], type=fault["type"]
            )
            for fault in error.errors
        ]
        found = SchemaMismatch(str(error), located)
        title = f"{'.'.join(place)} can't be taken"
        raise failures.mismatch(title, found) from None


def _no_object(*place: str) -> SchemaMismatch:
    message = "must be an object"
    error: FieldError = {"loc": [*place], "msg": message, "type": "dict_type"}
    return SchemaMismatch(f"{'.'.join(place)} {message}", [error])


def target(
    suspension_id: str | None,
    step: StepName | None,
    label: str | None,
    foreach_index: int | None,
    has_data: bool,
) -> Target:
    """Whom a resume is meant for. Raises ``StepNotFound`` and ``BadArgument``."""
    given.text("suspension_id", suspension_id)
    given.text("label", label)
    if foreach_index is not None:
        given.whole("foreach_index", foreach_index, 0)
    return Target(
        suspension_id=suspension_id,
        step=None if step is None else dotted(step),
        label=label,
        foreach_index=foreach_index,
        has_data=has_data,
    )


def answer_check(data: Any) -> Callable[[Step | None], JSONValue]:
    """Turn resume data into what is recorded, by the schema of the step it is for."""

    def check(step: Step | None) -> JSONValue:
        schema = step.schemas.resume if step else ANYTHING
        try:
            return schema.accept(data)
        except SchemaMismatch as error:
            name = step.id if step else "?"
            title = f"Resume data validation failed for step {name!r}"
            raise failures.mismatch(title, error) from None

    return check
