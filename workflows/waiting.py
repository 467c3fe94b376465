"""Which waiting runs the code now installed could not continue; asked beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflows import compatibility, graph, json_gate, loading, recorder, registry
from workflows.definition import Workflow
from workflows.errors import StepNotFound, WorkflowNotFound
from workflows.graph import StepEntry
from workflows.models import Run, Suspension
from workflows.statuses import TERMINAL_RUN, SuspensionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """A run that would be parked, or a question whose page would have to say what
    changed (``answerable``), and why."""

    run_id: str
    workflow: str
    version: str
    step: str
    why: str
    answerable: bool = False


def stranded() -> Iterator[Stranded]:
    """Every run that has begun and not ended, against the installed definitions."""
    runs = Run.objects.exclude(status__in=TERMINAL_RUN).filter(head__gt=0)
    for run in runs.order_by("created_at").iterator(chunk_size=500):
        yield from _of(run)


def obstacle(run: Run) -> str:
    """Why the code now installed could not continue this run; empty when it could."""
    try:
        workflow = registry.get(run.workflow, run.version)
    except WorkflowNotFound as error:
        return str(error)
    return next(_differences(run, workflow), "")


def _of(run: Run) -> Iterator[Stranded]:
    try:
        workflow = registry.get(run.workflow, run.version)
    except WorkflowNotFound as error:
        yield _found(run, "", str(error))
        return
    if workflow.fingerprint == run.fingerprint:
        return
    differences = list(_differences(run, workflow))
    for difference in differences:
        yield _found(run, "", difference)
    if not differences:
        yield from _questions(run, workflow)


def _differences(run: Run, workflow: Workflow) -> Iterator[str]:
    if workflow.fingerprint != run.fingerprint:
        yield from compatibility.differences(workflow, loading.load(run.pk).fold)


def _questions(run: Run, workflow: Workflow) -> Iterator[Stranded]:
    for suspension in run.suspensions.filter(status=SuspensionStatus.OPEN):
        try:
            member = graph.find(workflow, suspension.step_path.split("."))
        except StepNotFound as error:
            yield _found(run, suspension.path, str(error))
            continue
        if isinstance(member, StepEntry) and not _same(member, suspension):
            yield _found(
                run, suspension.path, "its answer schema has changed", answerable=True
            )


def _same(member: StepEntry, suspension: Suspension) -> bool:
    installed = recorder.answer_schema(member.step.schemas.resume)
    return json_gate.canonical(installed) == json_gate.canonical(
        suspension.answer_schema_value
    )


def _found(run: Run, step: str, why: str, *, answerable: bool = False) -> Stranded:
    return Stranded(
        run_id=run.pk,
        workflow=run.workflow,
        version=run.version,
        step=step,
        why=why,
        answerable=answerable,
    )
