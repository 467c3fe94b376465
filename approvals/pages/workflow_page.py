"""The pages about workflows: what can be started, and the form that starts one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows import graph, registry
from workflows.rest import access

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.schema_forms import SchemaForm
    from workflows.definition import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One workflow of the list."""

    id: str
    description: str
    version: str
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowsPage:
    """What is installed, and whether this person may start it."""

    workflows: tuple[Card, ...]
    may_start: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPage:
    """A workflow and the form made of its input."""

    workflow: Workflow
    form: SchemaForm


def build_list(user: User) -> WorkflowsPage:
    """Each workflow once, in the version registered last."""
    ids = sorted({workflow.id for workflow in registry.all()})
    return WorkflowsPage(
        workflows=tuple(_card(registry.get(id_)) for id_ in ids),
        may_start=user.has_perm(access.START_RUN),
    )


def _card(workflow: Workflow) -> Card:
    steps = sum(isinstance(named, graph.StepEntry) for _, named in graph.walk(workflow))
    return Card(
        id=workflow.id,
        description=workflow.description,
        version=workflow.version,
        steps=steps,
    )
