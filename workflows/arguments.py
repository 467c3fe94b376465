"""Check what callers hand to a run, before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from pydantic import BaseModel

from workflows import failures, graph
from workflows.addressing import StepName, dotted
from workflows.control import Beginning
from workflows.definition import Step, Workflow
from workflows.errors import FieldError, SchemaMismatch
from workflows.graph import ForeachEntry, NestedEntry, StepEntry
from workflows.journeys import Journey
from workflows.json_gate import JSONObject, JSONValue
from workflows.schema import Schema
from workflows.travel import Travel

ANYTHING = Schema.of(None)


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
        state=_state(workflow, initial_state),
        context=context,
        per_step=per_step,
        tracing=_tracing(tracing),
    )


def _tracing(given: Mapping[str, Any] | None) -> JSONObject:
    options = plain_object("tracing", given)
    for name, digits in (("trace_id", 32), ("parent_span_id", 16)):
        value = options.get(name)
        if value is not None and not re.fullmatch(
            rf"[0-9a-fA-F]{{1,{digits}}}", str(value)
        ):
            message = f"must be 1 to {digits} hexadecimal digits"
            raise SchemaMismatch(
                f"tracing: {name} {message}",
                [{"loc": ["tracing", name], "msg": message, "type": "hex"}],
            )
    return options


def _input(workflow: Workflow, given: Any) -> JSONValue:
    if not workflow.validate_inputs:
        return ANYTHING.accept(given)
    return _checked("Invalid input data", workflow, "input", given)


def _checked(title: str, workflow: Workflow, part: str, value: Any) -> JSONValue:
    schema: Schema = getattr(workflow.schemas, part)
    try:
        return schema.accept(value)
    except SchemaMismatch as error:
        raise failures.mismatch(
            f"{title} for workflow {workflow.id!r}", error
        ) from None


def _state(
    workflow: Workflow, given: Mapping[str, Any] | BaseModel | None
) -> JSONObject:
    """The first state: as given, else the schema's defaults where it has them all."""
    if given is not None:
        state = _checked("Invalid initial state", workflow, "state", given)
    else:
        try:
            state = workflow.schemas.state.accept({})
        except SchemaMismatch:
            return {}
    if not isinstance(state, dict):
        raise _no_object("initial_state")
    return state


def plain_object(name: str, given: Mapping[str, Any] | BaseModel | None) -> JSONObject:
    """The argument ``name``, a mapping, as plain JSON; empty for none."""
    if given is None:
        return {}
    if not isinstance(given, Mapping | BaseModel):
        raise _no_object(name)
    value = ANYTHING.accept(dict(given))
    assert isinstance(value, dict)
    return value


def _no_object(name: str) -> SchemaMismatch:
    message = "must be an object"
    error: FieldError = {"loc": [name], "msg": message, "type": "dict_type"}
    return SchemaMismatch(f"{name} {message}", [error])


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


def journey(
    workflow: Workflow,
    step: StepName,
    *,
    input_data: Any,
    resume_data: Any,
    initial_state: Mapping[str, Any] | BaseModel | None,
    context: Mapping[str, Any] | None,
    nested_context: Mapping[str, Any] | None,
    request_context: Mapping[str, Any] | None,
    per_step: bool,
) -> Journey:
    """A time travel as asked for. Raises ``StepNotFound`` and ``SchemaMismatch``."""
    path = dotted(step).split(".")
    member = graph.find(workflow, path)
    return Journey(
        travel=Travel(
            path=path,
            context=_outputs("context", context),
            nested=_nested(nested_context),
            has_input=input_data is not None,
            input=_member_input(workflow, member, input_data),
            has_answer=resume_data is not None,
            answer=_member_answer(member, resume_data),
        ),
        state={} if initial_state is None else _state(workflow, initial_state),
        context=plain_object("request_context", request_context),
        per_step=per_step,
    )


def _nested(given: Mapping[str, Any] | None) -> dict[str, JSONObject]:
    name = "nested_context"
    found = plain_object(name, given)
    return {id: _outputs(f"{name}.{id}", inner) for id, inner in found.items()}


def _outputs(name: str, given: Any) -> JSONObject:
    """What is known of steps, by their ids: an object of objects."""
    found = plain_object(name, given)
    for id, entry in found.items():
        plain_object(f"{name}.{id}", cast(Any, entry))
    return found


def _member_input(workflow: Workflow, member: graph.Named, value: Any) -> JSONValue:
    if value is None:
        return None
    is_list = any(
        isinstance(entry, ForeachEntry) and entry.member is member
        for entry in workflow.entries
    )
    if is_list or not workflow.validate_inputs:
        return ANYTHING.accept(value)
    if isinstance(member, StepEntry):
        return member.step.schemas.input.accept(value)
    if isinstance(member, NestedEntry):
        return member.workflow.schemas.input.accept(value)
    return ANYTHING.accept(value)


def _member_answer(member: graph.Named, value: Any) -> JSONValue:
    if value is None:
        return None
    return answer_check(value)(member.step if isinstance(member, StepEntry) else None)
