"""What happens next, as the workflow declares it: one look ahead for each outcome.

An author may say more of a step than its description: ``metadata={"effects": [...]}``
lists what it does, ``"irreversible": True`` that nothing takes it back. Of the step
that asks, ``"outcomes": {"rejected": "..."}`` says what an answer leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

import workflows
from approvals.models import Approval
from approvals.questions import in_words
from workflows import graph, registry
from workflows.definition import Workflow
from workflows.json_gate import JSONObject

if TYPE_CHECKING:
    from approvals.schema_forms import SchemaForm
    from workflows import Step

MOST_STEPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One step that lies ahead."""

    name: str
    effects: tuple[str, ...]
    irreversible: bool
    perhaps: bool  # only if a condition of the workflow holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one answer leads to: in the author's words, or step by step."""

    label: str
    words: str
    steps: tuple[Ahead, ...]


def of(approval: Approval, form: SchemaForm | None) -> tuple[Outcome, ...]:
    """The outcomes a person can choose, and what each leads to."""
    step = workflows.suspended_step(approval.suspension)
    if form is None or step is None:
        return ()
    told = declared(step)
    steps = tuple(_ahead(approval))
    return tuple(
        Outcome(
            label=choice.label,
            words=told.get(choice.verdict) or _unsaid(choice.is_rejection, steps),
            steps=() if choice.is_rejection or choice.verdict in told else steps,
        )
        for choice in form.verdict.choices
    )


def declared(step: Step) -> dict[str, str]:
    """What each verdict leads to, as far as the author of the step says so."""
    told = step.metadata.get("outcomes")
    given = told if isinstance(told, dict) else {}
    return {verdict: str(words) for verdict, words in given.items() if words}


def _unsaid(is_rejection: bool, steps: tuple[Ahead, ...]) -> str:
    if is_rejection:
        return _("Depends on the workflow; it may end here.")
    return "" if steps else _("This is the last step.")


def _ahead(approval: Approval) -> Iterator[Ahead]:
    """The steps declared behind the one that asks, the nearest first.

    After the last step of a nested workflow the one around it goes on.
    """
    run, behind = approval.run, []
    inside: Workflow = registry.get(run.workflow, run.version)
    for id_ in approval.step_path.split("."):
        index, _entry, member = graph.place(inside, id_)
        behind.append(inside.entries[index + 1 :])
        if isinstance(member, graph.NestedEntry):
            inside = member.workflow
    entries = chain.from_iterable(reversed(behind))
    return islice(chain.from_iterable(map(_steps, entries)), MOST_STEPS)


def _steps(entry: graph.Entry) -> Iterator[Ahead]:
    perhaps = isinstance(entry, graph.BranchEntry)
    for member in graph.members(entry):
        if isinstance(member, graph.StepEntry | graph.NestedEntry):
            yield _step(member, perhaps=perhaps)


def _step(member: graph.StepEntry | graph.NestedEntry, *, perhaps: bool) -> Ahead:
    about = member.step if isinstance(member, graph.StepEntry) else member.workflow
    inner = [
        part
        for entry in (about.entries if isinstance(about, Workflow) else ())
        for part in _steps(entry)
    ]
    within = tuple(effect for part in inner for effect in part.effects)
    return Ahead(
        name=in_words(member.id),
        effects=_effects(about.metadata)
        or tuple(filter(None, [about.description]))
        or within,
        irreversible=about.metadata.get("irreversible") is True
        or any(part.irreversible for part in inner),
        perhaps=perhaps,
    )


def _effects(metadata: JSONObject) -> tuple[str, ...]:
    effects = metadata.get("effects")
    return tuple(map(str, effects)) if isinstance(effects, list) else ()
