"""What a due date answers when nobody does: a verdict and the schema's defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from approvals.answers import Answer
from approvals.statuses import OnDue
from approvals.verdicts import REJECTIONS, VerdictField, verdict_field, verdict_of
from workflows.errors import DefinitionError, SchemaMismatch
from workflows.json_gate import JSONValue

if TYPE_CHECKING:
    from workflows.definition import Step

APPROVALS = frozenset({"approve", "approved", "accept", "accepted", "allow"})
ANSWERING = frozenset({OnDue.APPROVE, OnDue.REJECT})


def default_answer(step: Step, on_due: str) -> Answer:
    """What ``on_due`` approve or reject submits; ``DefinitionError`` if none fits."""
    resume = step.schemas.resume
    schema = resume.json_schema()
    field = verdict_field(schema)
    if field is None:
        raise _wrong(
            on_due, "the answer has no field approved, decision or outcome to set"
        )
    chosen = _choice(field, on_due)
    if chosen is None:
        raise _wrong(on_due, f"no choice of {field.name} says so")
    try:
        data = resume.accept_strict({field.name: chosen})
    except SchemaMismatch as mismatch:
        raise _wrong(on_due, f"the defaults make no answer: {mismatch}") from mismatch
    return Answer(data=data, verdict=verdict_of(data, schema))


def _choice(field: VerdictField, on_due: str) -> JSONValue:
    """The one choice that says it: by its name, or as the only other one there is."""
    if field.choices == (True, False):
        return on_due == OnDue.APPROVE
    rejections = [c for c in field.choices if str(c).lower() in REJECTIONS]
    others = [c for c in field.choices if c not in rejections]
    if on_due == OnDue.REJECT:
        return rejections[0] if rejections else None
    named = [c for c in others if str(c).lower() in APPROVALS]
    if named:
        return named[0]
    return others[0] if len(others) == 1 else None


def _wrong(on_due: str, fault: str) -> DefinitionError:
    return DefinitionError(f'approval_policy: on_due="{on_due}" is wrong: {fault}.')
