"""Time travel: what must hold before a step, so that the run can go on from it.

Pure: reads the graph, the fold and the given context, and writes instructions into
one event; the fold follows them (``fold._time_travel``). Nothing recorded is
overwritten: a new generation of the same journal begins, or a fork of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from workflows.definition import Workflow
from workflows.json_gate import JSONObject, JSONValue
from workflows.route import Route
from workflows.state import RunFold
from workflows.values import Values

Context: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """Where to go on, and what to know there beside what is recorded.

    ``context`` holds ``{"output": …, "payload": …}`` by step id; ``nested`` the same
    for the steps of a nested workflow, by its id.
    """

    path: Sequence[str]
    context: Context = field(default_factory=dict)
    nested: Mapping[str, Context] = field(default_factory=dict)
    has_input: bool = False
    input: JSONValue = None
    has_answer: bool = False
    answer: JSONValue = None


def instructions(
    workflow: Workflow,
    fold: RunFold,
    values: Values,
    travel: Travel,
    *,
    forks: bool = False,
) -> JSONObject:
    """The data of the event that takes the run to ``travel.path``.

    ``forks`` makes it stand alone, as the first event of another run. Raises
    ``StepNotFound`` for an unknown target and ``SchemaMismatch`` naming the steps
    before it of which neither record nor context has an output.
    """
    route = Route(fold, values, travel, forks)
    route.root(workflow, travel.path, travel.context)
    return route.data()
