"""Check a time travel as asked for, before anything is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from pydantic import BaseModel

from workflows import arguments, failures, given, graph
from workflows.addressing import StepName, dotted, plain
from workflows.arguments import ANYTHING, plain_object
from workflows.definition import Workflow
from workflows.errors import BadArgument, FieldError, SchemaMismatch
from workflows.graph import ForeachEntry, NestedEntry, StepEntry
from workflows.journeys import Journey
from workflows.json_gate import JSONObject, JSONValue
from workflows.schema import Schema
from workflows.travel import Travel

A_LIST = Schema.of(list[Any])


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
    around = graph.find(workflow, path[:-1]) if path[1:] else None
    inside = around.workflow if isinstance(around, NestedEntry) else workflow
    return Journey(
        travel=Travel(
            path=path,
            context=_outputs(workflow, context, "context"),
            nested=_nested(workflow, nested_context),
            has_input=input_data is not None,
            input=_member_input(inside, member, input_data),
            has_answer=resume_data is not None,
            answer=_member_answer(inside, member, resume_data),
        ),
        state={} if initial_state is None else arguments.state(workflow, initial_state),
        context=plain_object("request_context", request_context),
        per_step=per_step,
    )


def _nested(
    workflow: Workflow, value: Mapping[str, Any] | None
) -> dict[str, JSONObject]:
    """What is known inside of nested workflows, by the ids of these."""
    place = "nested_context"
    found = plain_object(place, value)
    inside = {
        member.id: member.workflow
        for _, member in graph.walk(workflow)
        if isinstance(member, NestedEntry)
    }
    _refuse_unknown(found, inside, "nested workflow", place)
    return {id: _outputs(inside[id], found[id], place, id) for id in found}


def _outputs(workflow: Workflow, value: Any, *place: str) -> JSONObject:
    """What is known of steps, by their ids or dotted paths: an object of objects.

    ``input`` is what the workflow itself was given, and may be anything.
    """
    known = plain_object(place[0], value, *place[1:])
    paths = [".".join(path) for path, _ in graph.walk(workflow)]
    _refuse_unknown(known, ["input", *paths], "step", *place)
    for id, entry in known.items():
        if id != "input" or id in paths:
            plain_object(place[0], cast(Any, entry), *place[1:], id)
    return known


def _refuse_unknown(
    named: Iterable[str], known: Collection[str], what: str, *place: str
) -> None:
    for name in named:
        if plain(name) not in known:
            has = ", ".join(known) or "none"
            message = f"the workflow has no such {what}; it has: {has}"
            error: FieldError = {
                "loc": [*place, name],
                "msg": message,
                "type": "unknown",
            }
            raise BadArgument(f"{'.'.join(place)}: {name!r}: {message}", [error])


def _member_input(workflow: Workflow, member: graph.Named, value: Any) -> JSONValue:
    if value is None:
        return None
    try:
        return _input_schema(workflow, member).accept(value)
    except SchemaMismatch as error:
        title = f"Invalid input data for step {member.id!r}"
        raise failures.mismatch(title, error) from None


def _runs_for_each(workflow: Workflow, member: graph.Named) -> bool:
    return any(
        isinstance(entry, ForeachEntry) and entry.member is member
        for entry in workflow.entries
    )


def _input_schema(workflow: Workflow, member: graph.Named) -> Schema:
    if _runs_for_each(workflow, member):
        return A_LIST
    if not workflow.validate_inputs:
        return ANYTHING
    if isinstance(member, NestedEntry):
        return member.workflow.schemas.input
    return member.step.schemas.input if isinstance(member, StepEntry) else ANYTHING


def _member_answer(workflow: Workflow, member: graph.Named, value: Any) -> JSONValue:
    if value is None:
        return None
    if not isinstance(member, StepEntry) or _runs_for_each(workflow, member):
        message = f"{member.id!r} is no single step; travel to it, then resume"
        given.refuse("resume_data", message, "no_step")
    return arguments.answer_check(value)(member.step)
