"""The control plane: what callers ask of a run, each one short append.

Nothing here runs a step. Every function reads the run, decides, and appends at the
head it read; when it lost, it reads again and decides again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from django.utils import timezone

from workflows import (
    addressing,
    compatibility,
    conf,
    events,
    failures,
    graph,
    holder,
    json_gate,
    projection,
    recorder,
    registry,
)
from workflows.addressing import Target
from workflows.committer import Journal
from workflows.definition import Step, Workflow
from workflows.draft import Draft
from workflows.errors import (
    AlreadyResumed,
    DefinitionChanged,
    RunAlreadyStarted,
    RunIsRunning,
    SchemaMismatch,
    StateConflict,
    WorkflowNotFound,
)
from workflows.events import EventType
from workflows.graph import StepEntry
from workflows.json_gate import JSONObject, JSONValue
from workflows.loading import Loaded
from workflows.models import Run, Suspension
from workflows.run_rows import park, set_attention
from workflows.state import RunFold
from workflows.statuses import RunStatus, SuspensionStatus
from workflows.store import Append, Lease
from workflows.values import Values

PARKED_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a run is started with; checked before."""

    input: JSONValue
    state: JSONObject
    context: JSONObject
    per_step: bool = False
    tracing: JSONObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A resume: for whom, with what, by whom.

    ``check`` turns the data into what is recorded, by the step's resume schema.
    """

    target: Target
    check: Callable[[Step | None], JSONValue]
    context: JSONObject
    resumed_by: JSONValue = None
    per_step: bool = False


def definition_of(run: Run, known: Workflow | None = None) -> Workflow:
    """The workflow a run goes on under: the caller's own, or the registered one."""
    if known is not None and (known.id, known.version) == (run.workflow, run.version):
        return known
    return registry.get(run.workflow, run.version)


def lease_is_free(run: Run, now: datetime) -> bool:
    """Whether nobody alive executes the run."""
    if not run.lease_owner or run.lease_expires_at is None:
        return True
    return run.lease_expires_at < now or holder.is_dead(run.lease_owner)


def new_lease(run: Run, now: datetime) -> Lease:
    until = now + timedelta(seconds=conf.get("LEASE"))
    dead = run.lease_owner if holder.is_dead(run.lease_owner) else ""
    return Lease(holder.current(), until, over=dead)


async def start(
    journal: Journal,
    workflow: Workflow,
    row: Run,
    beginning: Beginning,
    *,
    take: bool,
) -> Loaded:
    """Start a pending run; with ``take`` this process takes its lease and begins.

    Nothing is read first: a run has begun exactly if its journal has an event 1. The
    first steps begin in the same append.
    """
    run_id, now = row.pk, timezone.now()
    loaded = Loaded(row, RunFold(), Values())
    data: JSONObject = {"input": beginning.input}
    for key, value in (
        ("state", beginning.state),
        ("context", beginning.context),
        ("per_step", beginning.per_step),
        ("tracing", beginning.tracing),
    ):
        if value:
            data[key] = value
    draft = Draft(loaded.fold, now, loaded.values)
    if take:
        data["holder"] = holder.current()
    draft.emit(EventType.START, "", data)
    if take:
        recorder.advance(workflow, draft)
    if not await journal.append(change_for(loaded.run, draft, take=take)):
        raise RunAlreadyStarted(f"run {run_id!r} was already started")
    loaded.run.input = json_gate.dumps(beginning.input)
    return loaded


def change_for(run: Run, draft: Draft, *, take: bool) -> Append:
    """The append of a caller: it takes the lease, or makes the run due now."""
    change = projection.change_of(run.pk, draft)
    if take and draft.fold.claim is None:  # it has stopped again in the same breath
        return change
    change.release = False
    if take:
        change.take, change.set_due = new_lease(run, draft.now), False
    elif not draft.fold.finished:
        change.set_due, change.due_at = True, draft.now
    return change


async def resume(
    journal: Journal,
    run_id: str,
    known: Workflow | None,
    answer: Answer,
    *,
    take: bool,
) -> Loaded:
    """Record an answer. With ``take`` the lease is taken too, if it is free.

    Exactly one of any number of callers wins a suspension; the others get
    ``AlreadyResumed`` and have changed nothing.
    """
    seen_open, lost_at = False, -1
    while True:
        loaded = await journal.load(run_id)
        fold, now = loaded.fold, timezone.now()
        if fold.seq == lost_at:  # its row was closed behind the journal's back
            raise AlreadyResumed(f"the suspension of run {run_id!r} is closed")
        lost_at = fold.seq
        if addressing.goes_on(fold, answer.target):
            addresses: list[str] = []
        else:
            await _refuse_answered(journal, loaded, answer.target)
            addresses = addressing.resolve(fold, answer.target, seen_open=seen_open)
            seen_open = True
        workflow = await _installed(journal, loaded, known)
        check_context(workflow, loaded, answer.context)
        took = take and lease_is_free(loaded.run, now)
        draft = Draft(fold, now, loaded.values)
        _emit_answer(draft, workflow, addresses, answer, took=took)
        if await journal.append(change_for(loaded.run, draft, take=took)):
            return loaded


def _emit_answer(
    draft: Draft,
    workflow: Workflow,
    addresses: list[str],
    answer: Answer,
    *,
    took: bool,
) -> None:
    shared: JSONObject = {}
    if answer.context:
        shared["context"] = answer.context
    if answer.per_step:
        shared["per_step"] = True
    if took:
        shared["holder"] = holder.current()
    if not addresses:
        draft.emit(EventType.RESUMED, "", shared)
    for address in addresses:
        visit = draft.fold.visits[address]
        data = {
            "suspension": visit.suspension,
            "resume_data": answer.check(step_at(workflow, address)),
            **shared,
        }
        if answer.resumed_by is not None:
            data["resumed_by"] = answer.resumed_by
        draft.emit(EventType.STEP_RESUMED, address, data)


def check_context(workflow: Workflow, loaded: Loaded, given: JSONObject) -> None:
    """Whether the run's request context with what is given fits the schema."""
    if not given:
        return
    before = loaded.values.merged(loaded.fold.context, "context")
    try:
        workflow.schemas.request_context.accept({**before, **given})
    except SchemaMismatch as error:
        title = f"Request context validation failed for workflow {workflow.id!r}"
        raise failures.mismatch(title, error) from None


def step_at(workflow: Workflow, address: str) -> Step | None:
    """The step of an address, or ``None`` when it is no step."""
    member = graph.find(workflow, events.ids(address))
    return member.step if isinstance(member, StepEntry) else None


async def _refuse_answered(journal: Journal, loaded: Loaded, target: Target) -> None:
    """A suspension named by its id tells by its own row that it was answered."""
    fold, named = loaded.fold, target.suspension_id
    if named is None or fold.finished or fold.status == RunStatus.PENDING:
        return
    if named in {visit.suspension for visit in fold.suspensions().values()}:
        return
    status = await journal.call(_suspension_status, loaded.run.pk, named)
    if status == SuspensionStatus.CONSUMED:
        raise AlreadyResumed("this step was already resumed by another caller")


def _suspension_status(run_id: str, suspension_id: str) -> str | None:
    found = Suspension.objects.filter(pk=suspension_id, run_id=run_id)
    return found.values_list("status", flat=True).first()


async def _installed(
    journal: Journal, loaded: Loaded, known: Workflow | None
) -> Workflow:
    """The definition the run can go on under; else it is parked and this raises."""
    try:
        workflow = definition_of(loaded.run, known)
        if workflow.fingerprint != loaded.run.fingerprint:
            compatibility.check(workflow, loaded.fold)
    except (DefinitionChanged, WorkflowNotFound) as error:
        await journal.call(set_attention, loaded.run.pk, str(error), timezone.now())
        raise
    return workflow


async def cancel(journal: Journal, run_id: str, *, by: JSONValue = None) -> RunStatus:
    """Cancel a run that has not ended; gives the status that holds afterwards."""
    while True:
        loaded = await journal.load(run_id)
        if loaded.fold.finished:
            return loaded.fold.status
        draft = Draft(loaded.fold, timezone.now(), loaded.values)
        draft.emit(EventType.CANCELED, "", {"by": by})
        change = projection.change_of(run_id, draft)
        if await journal.append(change):
            return RunStatus.CANCELED


async def restart(
    journal: Journal,
    run_id: str,
    known: Workflow | None,
    *,
    take: bool,
    by: JSONValue = None,
) -> Loaded:
    """Take up a run whose executor is gone; the fold has no claim if it need not be.

    Raises ``RunIsRunning`` while an executor lives, ``StateConflict`` for a run that
    was never started.
    """
    while True:
        loaded = await journal.load(run_id)
        fold, now = loaded.fold, timezone.now()
        if fold.start is None:
            raise StateConflict(f"run {run_id!r} was not active: it was never started")
        stopped = fold.status not in (RunStatus.RUNNING, RunStatus.PENDING)
        parked = fold.attention or loaded.run.attention
        if fold.finished or (stopped and not parked):
            return loaded
        if not lease_is_free(loaded.run, now):
            raise RunIsRunning(f"run {run_id!r} is being executed")
        await _installed(journal, loaded, known)
        draft = Draft(fold, now, loaded.values)
        data: JSONObject = {"holder": holder.current()} if take else {}
        if by is not None:
            data["by"] = by
        draft.emit(EventType.RESTARTED, "", data)
        if await journal.append(change_for(loaded.run, draft, take=take)):
            return loaded


async def claim(
    journal: Journal, run_id: str, known: Workflow | None = None
) -> Loaded | None:
    """Take the lease of a due run; ``None`` when there is nothing to take.

    A run that can't go on is parked: it says why, and is looked at again later.
    """
    loaded = await journal.load(run_id)
    run, fold, now = loaded.run, loaded.fold, timezone.now()
    is_due = run.due_at is not None and run.due_at <= now
    recovers = bool(run.lease_owner)
    if fold.finished or not lease_is_free(run, now) or not (is_due or recovers):
        return None
    try:
        workflow = definition_of(run, known)
        if workflow.fingerprint != run.fingerprint:
            compatibility.check(workflow, fold)
    except (DefinitionChanged, WorkflowNotFound) as error:
        await journal.call(park, run, str(error), now, now + PARKED_FOR)
        return None
    draft = Draft(fold, now, loaded.values)
    if recovers and (reason := _give_up(workflow, fold)):
        draft.emit(EventType.ATTENTION, "", {"reason": reason})
        await journal.append(projection.change_of(run_id, draft))
        return None
    data: JSONObject = {"holder": holder.current()}
    if recovers:
        data["recovery"] = True
    draft.emit(EventType.CLAIMED, "", data)
    return loaded if await journal.append(change_for(run, draft, take=True)) else None


def _give_up(workflow: Workflow, fold: RunFold) -> str:
    """Why a run whose executor died is not taken up again, if so."""
    if not workflow.auto_restart:
        return "its executor died and the workflow has auto_restart switched off"
    if fold.recoveries >= conf.get("MAX_RECOVERIES"):
        return f"its executor died {fold.recoveries} times without a recorded step"
    return ""


async def give_back(journal: Journal, loaded: Loaded, reason: str) -> None:
    """Return a claimed run that could not begin; it stays pending and says why."""
    draft = Draft(loaded.fold, timezone.now(), loaded.values)
    status = cast(JSONValue, str(RunStatus.PENDING))
    draft.emit(EventType.ATTENTION, "", {"reason": reason, "status": status})
    await journal.append(projection.change_of(loaded.run.pk, draft))
