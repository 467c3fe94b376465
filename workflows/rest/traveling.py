"""The data of a time travel over REST, as the schemas take what a client sends."""

from typing import Any

from workflows import graph, registry
from workflows.addressing import dotted
from workflows.definition import Workflow
from workflows.graph import ForeachEntry, Named, NestedEntry, StepEntry
from workflows.models import Run
from workflows.rest.bodies import TravelInTime
from workflows.rest.problems import pointing_at
from workflows.schema import Schema

ANYTHING = Schema.of(None)


def strictly_traveling(run: Run, body: TravelInTime) -> TravelInTime:
    """The body with its values checked and loaded; raises `StepNotFound`.

    Null is no value here, as in the engine: what is recorded counts then.
    """
    workflow: Workflow = registry.get(run.workflow, run.version)
    member = graph.find(workflow, dotted(body.step).split("."))
    schemas = {
        "input_data": _input_schema(workflow, member),
        "resume_data": _resume_schema(member),
        "initial_state": workflow.schemas.state,
    }
    values = {name: _loaded(body, name, schema) for name, schema in schemas.items()}
    return body.model_copy(update=values)


def _loaded(body: TravelInTime, name: str, schema: Schema) -> Any:
    value = getattr(body, name)
    if value is None:
        return None
    with pointing_at(f"/{name}"):
        return schema.load(schema.accept_strict(value))


def _input_schema(workflow: Workflow, member: Named) -> Schema:
    """Of what the step is given; a foreach is given a list, of its own kind."""
    lists = [e for e in workflow.entries if isinstance(e, ForeachEntry)]
    if not workflow.validate_inputs or any(e.member is member for e in lists):
        return ANYTHING
    if isinstance(member, NestedEntry):
        return member.workflow.schemas.input
    return member.step.schemas.input if isinstance(member, StepEntry) else ANYTHING


def _resume_schema(member: Named) -> Schema:
    return member.step.schemas.resume if isinstance(member, StepEntry) else ANYTHING
