"""Perform one piece of work: give user code its context, take its outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from workflows import events, failures, hooks, transactional
from workflows.context import (
    AbortSignal,
    Missing,
    RunFacts,
    Services,
    StepContext,
    VisitFacts,
)
from workflows.definition import Step
from workflows.errors import SchemaMismatch, WorkflowError
from workflows.graph import (
    BranchEntry,
    LoopEntry,
    MapEntry,
    SleepEntry,
    SleepUntilEntry,
    StepEntry,
)
from workflows.json_gate import JSONObject, JSONValue
from workflows.mapper import mapped
from workflows.outcomes import Aborted, Bailed, Suspended
from workflows.recorder import with_prepared
from workflows.schema import Schema
from workflows.state import RunFold
from workflows.steps import (
    Asked,
    Chose,
    Errored,
    Outcome,
    Recorded,
    Stopped,
    Succeeded,
    Threads,
    bailed,
    changes_of,
    execute,
    holds,
    length_of_sleep,
    raised,
)
from workflows.values import Values
from workflows.work import Work

logger = logging.getLogger(__name__)

Context = StepContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a piece of work may see: the run as it was when the work began."""

    run: RunFacts
    fold: RunFold
    values: Values
    threads: Threads
    claim: int
    write: Callable[[str, JSONValue], None]


async def perform(work: Work, scene: Scene, signal: AbortSignal) -> Outcome | Recorded:
    """Run the user code of one piece of work. Raises only when cancelled."""
    try:
        context = _context(work, scene, signal)
    except SchemaMismatch as error:
        return Errored(error=failures.describe(error))
    match work.member:
        case StepEntry():
            return await _step(work, work.member, context, scene)
        case MapEntry():
            return await _map(work.member, context, scene)
        case SleepEntry():
            duration = work.member.duration
            return await length_of_sleep(duration, context, scene.threads)
        case SleepUntilEntry():
            return await length_of_sleep(work.member.at, context, scene.threads)
        case _ if isinstance(work.entry, BranchEntry):
            return await _branch(work.entry, work, scene, signal)
        case _:
            assert isinstance(work.entry, LoopEntry)
            return await _loop(work.entry, context, scene)


async def _map(member: MapEntry, context: Context, scene: Scene) -> Outcome:
    try:
        value = await mapped(member.mapping, context, scene.threads)
        changes = changes_of(context)
        match context.ended:
            case Suspended():
                raise WorkflowError(f"map {member.id!r} can't suspend; a step can")
            case Aborted():
                return Stopped(changes=changes)
            case Bailed():
                return bailed(context.ended, changes)
        return Succeeded(output=value, changes=changes)
    except Exception as error:
        return raised(context, error)


async def _branch(
    entry: BranchEntry, work: Work, scene: Scene, signal: AbortSignal
) -> Outcome:
    """Every arm whose condition holds; one that raises counts as false."""
    taken = []
    for condition, member in entry.arms:
        context = _context(work, scene, signal)
        try:
            if await holds(condition, context, scene.threads):
                taken.append(member.id)
        except Exception:
            context.logger.exception("the condition of %s raised", member.id)
        if isinstance(context.ended, Aborted):
            return Chose(aborted=True)
    return Chose(taken=tuple(taken))


async def _loop(entry: LoopEntry, context: Context, scene: Scene) -> Outcome:
    try:
        held = await holds(entry.condition, context, scene.threads)
    except Exception as error:
        if isinstance(context.ended, Aborted):
            return Chose(aborted=True)
        return Errored(error=failures.describe(error))
    if isinstance(context.ended, Aborted):
        return Chose(aborted=True)
    return Chose(again=held is not entry.until)


async def _step(
    work: Work, member: StepEntry, context: Context, scene: Scene
) -> Outcome | Recorded:
    step = member.step

    def prepared(asked: Asked) -> Asked:
        return _prepared(step, scene.run, asked)

    if step.transaction:
        attempt = partial(transactional.run, step, work, context, scene.claim, prepared)
        outcome: Outcome | Recorded = await scene.threads.call(attempt)
        return outcome
    outcome = await execute(step, context, scene.threads)
    if not isinstance(outcome, Asked):
        return outcome
    try:
        asked: Asked = await scene.threads.call(prepared, outcome)
    except Exception as error:
        return Errored(error=failures.describe(error))
    return asked


def _prepared(step: Step, run: RunFacts, asked: Asked) -> Asked:
    """Let the hooks add to a question; one that raises fails the step."""
    kept: JSONObject = {}
    for listener in hooks.registered():
        kept |= (
            listener.prepare(
                step=step,
                workflow_id=run.workflow_id,
                run=run,
                payload=asked.payload,
                metadata=asked.metadata,
            )
            or {}
        )
    return with_prepared(asked, kept)


def _context(work: Work, scene: Scene, signal: AbortSignal) -> Context:
    address = work.key.address
    visit = _visit(work, scene)
    schemas = work.member.step.schemas if isinstance(work.member, StepEntry) else None

    def load(schema: Schema | None, value: JSONValue, what: str) -> Any:
        return _load(schema or Schema.of(None), value, what, work)

    def answered(schema: Schema | None, value: JSONValue, what: str) -> Any:
        return None if value is None else load(schema, value, what)

    def write(chunk: JSONValue) -> None:
        scene.write(address, chunk)

    scope = address.rpartition("@")[0] if "@" in address else events.scope_of(address)
    return StepContext(
        run=scene.run,
        visit=visit,
        services=Services(
            step_result=_lookup(scene, scope),
            init_data=_init_data(work, scene, scope),
            write=write,
            signal=signal,
        ),
        input_data=load(schemas.input if schemas else None, visit.input_data, "input"),
        resume_data=answered(
            schemas.resume if schemas else None, visit.resume_data, "resume data"
        ),
        suspend_data=answered(
            schemas.suspend if schemas else None, visit.suspend_data, "payload"
        ),
        state_schema=_state_schema(work),
    )


def _load(schema: Schema, value: JSONValue, what: str, work: Work) -> Any:
    try:
        return schema.load(value)
    except SchemaMismatch as error:
        if what == "input" and not work.workflow.validate_inputs:
            return Schema.of(None).load(value)
        name = work.member.id if work.member else work.key.address
        raise failures.mismatch(f"{what} of {name!r} is invalid", error) from None


def _state_schema(work: Work) -> Schema:
    own = work.member.step.schemas.state if isinstance(work.member, StepEntry) else None
    if own is not None and not own.is_any:
        return own
    return work.workflow.schemas.state


def _visit(work: Work, scene: Scene) -> VisitFacts:
    fold, values = scene.fold, scene.values
    if work.member is None:
        prefix = work.key.address.rpartition("@")[0]
        return VisitFacts(
            step_id=work.key.address,
            path=tuple(events.ids(prefix)),
            iteration=work.iteration,
            input_data=values.get(work.source),
            state=values.merged(fold.state, "state"),
            context=values.merged(fold.context, "context"),
        )
    visit = fold.visits[work.key.address]
    path, index = events.split(work.key.address)
    resumed = values.data(visit.resumed) if visit.resumed else {}
    asked = values.data(visit.suspended) if visit.suspended else {}
    return VisitFacts(
        step_id=work.member.id,
        path=tuple(events.ids(path)),
        foreach_index=index,
        iteration=visit.iteration,
        retry_count=visit.retries,
        idempotency_key=f"{scene.run.run_id}:{visit.seq}",
        input_data=values.get(visit.input),
        resumed=visit.resumed is not None,
        resume_data=resumed.get("resume_data"),
        suspend_data=asked.get("payload") if resumed else None,
        resumed_by=resumed.get("resumed_by"),
        state=values.merged(visit.state, "state"),
        context=values.merged(visit.context, "context"),
    )


def _lookup(scene: Scene, scope: str) -> Callable[[str], JSONValue | Missing]:
    """Find a step's result in this workflow, then in the ones around it."""

    def find(path: str) -> JSONValue | Missing:
        prefix = scope
        while True:
            visit = scene.fold.visits.get(events.join(prefix, path))
            if visit is not None and visit.result is not None:
                return scene.values.get(visit.result)
            if not prefix:
                return Missing.MISSING
            prefix = events.scope_of(prefix)

    return find


def _init_data(work: Work, scene: Scene, scope: str) -> Callable[[], Any]:
    def init_data() -> Any:
        value = scene.values.get(scene.fold.scopes[scope].source)
        return _load(work.workflow.schemas.input, value, "input", work)

    return init_data
