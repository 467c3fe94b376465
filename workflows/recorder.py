"""Turn what happened into events: a visit that begins, an outcome that arrived.

Works on a ``Draft`` only, so that after a lost append the same outcomes can be
recorded again on what the journal says by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from workflows import events, failures, json_gate
from workflows.definition import Workflow
from workflows.draft import Draft
from workflows.errors import SchemaMismatch
from workflows.events import EventType
from workflows.graph import (
    BranchEntry,
    LoopEntry,
    NestedEntry,
    SleepEntry,
    SleepUntilEntry,
    StepEntry,
)
from workflows.ids import uuid7
from workflows.json_gate import JSONObject, JSONValue
from workflows.models import Run, Suspension
from workflows.planner import plan
from workflows.schema import Schema
from workflows.state import Visit
from workflows.statuses import RunStatus, StepStatus
from workflows.steps import (
    Asked,
    Chose,
    Errored,
    Outcome,
    Slept,
    Stopped,
    Succeeded,
    until_of,
)
from workflows.work import End, Plan, Start, Work

DURABLE_DELAY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Happened:
    """An outcome of one piece of work, not yet in the journal."""

    work: Work
    outcome: Outcome


def advance(workflow: Workflow, draft: Draft) -> Plan:
    """Plan, begin what may start and end what may end, until nothing more can."""
    intended = plan(workflow, draft)
    while intended.starts or intended.ends:
        for ending in intended.ends:
            end(draft, ending)
        for start in intended.starts:
            begin(draft, start)
        intended = plan(workflow, draft)
    return intended


def end(draft: Draft, ending: End) -> None:
    """End a workflow with its checked output, or fail it."""
    value = draft.values.get(ending.output)
    schema = ending.workflow.schemas.output
    status: JSONObject = {"status": RunStatus.SUCCESS}
    source = "output_from" if ending.address else "from"
    try:
        checked = schema.dump(schema.load(value))
    except SchemaMismatch as error:
        title = f"Output validation failed for workflow {ending.workflow.id!r}"
        described = failures.describe(failures.mismatch(title, error))
        data: JSONObject = {"status": RunStatus.FAILED, "error": described}
    else:
        if json_gate.dumps(checked) == json_gate.dumps(value):
            data = {**status, source: ending.output}
        else:
            data = {**status, source: draft.fold.seq + 1, "output": checked}
    if ending.address:
        draft.emit_result(ending.address, data)
    else:
        draft.emit(EventType.FINISH, "", data)


def begin(draft: Draft, start: Start) -> None:
    """Start a visit on its checked input, or start and fail it at once."""
    value = draft.values.get(start.source)
    data: JSONObject = {
        "kind": "foreach" if start.loop else _kind(start),
        "entry": start.entry,
        "from": start.source,
    }
    if start.iteration:
        data["iteration"] = start.iteration
    try:
        checked = _checked(draft, start, value)
    except SchemaMismatch as error:
        draft.emit(EventType.STEP_START, start.address, data)
        failed: JSONObject = {
            "status": StepStatus.FAILED,
            "error": failures.describe(error),
        }
        draft.emit_result(start.address, failed)
        return
    if start.loop:
        assert isinstance(checked, list)
        data["count"] = len(checked)
    if checked is not value and json_gate.dumps(checked) != json_gate.dumps(value):
        data["input"] = checked
    draft.emit(EventType.STEP_START, start.address, data)
    if isinstance(start.member, SleepEntry | SleepUntilEntry):
        _sleep_at_once(draft, start)


def _kind(start: Start) -> str:
    assert start.member is not None
    return start.member.kind


def _checked(draft: Draft, start: Start, value: JSONValue) -> JSONValue:
    """The input as the visit gets it: defaults filled in, or ``SchemaMismatch``."""
    if start.loop:
        if not isinstance(value, list):
            raise SchemaMismatch(
                f"foreach over {start.loop.member.id!r} needs a list as its input, "
                f"not {type(value).__name__}"
            )
        return value
    member = start.member
    if isinstance(member, StepEntry):
        _check_context(draft, member)
        schema, name = member.step.schemas.input, f"step {member.id!r}"
    elif isinstance(member, NestedEntry):
        schema, name = member.workflow.schemas.input, f"workflow {member.id!r}"
    else:
        return value
    if schema.is_any or not start.workflow.validate_inputs:
        return value
    try:
        return schema.dump(schema.load(value))
    except SchemaMismatch as error:
        title = f"Step input validation failed for {name}"
        raise failures.mismatch(title, error) from None


def _check_context(draft: Draft, member: StepEntry) -> None:
    schema = member.step.schemas.request_context
    if schema.is_any:
        return
    try:
        schema.accept(draft.values.merged(draft.fold.context, "context"))
    except SchemaMismatch as error:
        title = f"Request context validation failed for step {member.id!r}"
        raise failures.mismatch(title, error) from None


def _sleep_at_once(draft: Draft, start: Start) -> None:
    """A sleep of known length needs no code to run: set its timer right here."""
    member = start.member
    given = member.duration if isinstance(member, SleepEntry) else None
    if isinstance(member, SleepUntilEntry):
        given = member.at  # type: ignore[assignment]
    if not callable(given):
        _sleep(draft, start.address, Slept(until_of(given, draft.now)))


def _sleep(draft: Draft, address: str, slept: Slept) -> None:
    if slept.until <= draft.now:
        source = draft.fold.visits[address].source
        data: JSONObject = {"status": StepStatus.SUCCESS, "output_from": source}
        draft.emit_result(address, data)
    else:
        until = round(slept.until.timestamp() * 1000)
        draft.emit(EventType.STEP_WAITING, address, {"until": until})


def still_wanted(draft: Draft, work: Work) -> bool:
    """Whether the visit the work belongs to still awaits this outcome."""
    if work.member is None and isinstance(work.entry, BranchEntry):
        scope = draft.fold.scopes.get(work.key.address.rpartition("@")[0])
        return (
            work.key.address not in draft.fold.verdicts
            and scope is not None
            and not scope.ended
        )
    if work.member is None:
        verdict = draft.fold.verdicts.get(work.key.address)
        return verdict is None or verdict.iteration < work.iteration
    visit = draft.fold.visits.get(work.key.address)
    return (
        visit is not None
        and visit.status == StepStatus.RUNNING
        and (visit.seq, visit.retries) == (work.key.visit, work.key.attempt)
    )


def record(draft: Draft, happened: Happened, run: Run) -> Suspension | None:
    """Write an outcome into the draft; gives the suspension it opens, if any."""
    work, outcome = happened.work, happened.outcome
    address = work.key.address
    match outcome:
        case Succeeded():
            _succeeded(draft, address, outcome)
        case Errored():
            _errored(draft, work, outcome)
        case Asked():
            return _asked(draft, work, outcome, run)
        case Stopped():
            data: JSONObject = {"status": StepStatus.CANCELED, "ends": "abort"}
            draft.emit_result(address, data | outcome.changes.as_data())
        case Slept():
            _sleep(draft, address, outcome)
        case Chose():
            _chose(draft, work, outcome)
        case _:
            assert_never(outcome)
    return None


def _succeeded(draft: Draft, address: str, outcome: Succeeded) -> None:
    data: JSONObject = {"status": StepStatus.SUCCESS, "output": outcome.output}
    if outcome.ends:
        data["ends"] = outcome.ends
    draft.emit_result(address, data | outcome.changes.as_data())


def _errored(draft: Draft, work: Work, outcome: Errored) -> None:
    if isinstance(work.entry, LoopEntry) and work.member is None:
        prefix = work.key.address.rpartition("@")[0]
        address = events.join(prefix, work.entry.member.id)
    else:
        address = work.key.address
        visit = draft.fold.visits[address]
        if isinstance(work.member, StepEntry) and visit.retries < _retries(work):
            _retry(draft, work, visit, outcome)
            return
    data: JSONObject = {"status": StepStatus.FAILED, "error": outcome.error}
    draft.emit_result(address, data)


def _retries(work: Work) -> int:
    assert isinstance(work.member, StepEntry)
    own = work.member.step.retries
    return work.workflow.retries if own is None else own


def _retry(draft: Draft, work: Work, visit: Visit, outcome: Errored) -> None:
    assert isinstance(work.member, StepEntry)
    own = work.member.step.retry_delay
    seconds = work.workflow.retry_delay if own is None else own
    delay = timedelta(seconds=seconds or 0)
    data: JSONObject = {
        "error": outcome.error,
        "retry_count": visit.retries + 1,
        "retry_at": round((draft.now + delay).timestamp() * 1000),
    }
    if delay > DURABLE_DELAY:
        data["durable"] = True
    draft.emit(EventType.STEP_RETRY, work.key.address, data)


def _asked(draft: Draft, work: Work, outcome: Asked, run: Run) -> Suspension | None:
    assert isinstance(work.member, StepEntry)
    address = work.key.address
    taken = [label for label in outcome.labels if label in draft.fold.labels()]
    if taken:
        message = (
            f"resume label {taken[0]!r} already names an open suspension of this run; "
            "a label belongs to one at a time"
        )
        _errored(draft, work, Errored(error={"name": "LabelInUse", "message": message}))
        return None
    suspension = _suspension(draft, work.member, address, outcome, run)
    data: JSONObject = {
        "payload": outcome.payload,
        "suspension": suspension.id,
        **outcome.changes.as_data(),
    }
    if outcome.labels:
        data["labels"] = list(outcome.labels)
    suspension.opened_seq = draft.emit(EventType.STEP_SUSPENDED, address, data)
    draft.emit_progress(address, StepStatus.SUSPENDED, suspension.opened_seq)
    return suspension


def _suspension(
    draft: Draft, member: StepEntry, address: str, outcome: Asked, run: Run
) -> Suspension:
    path, index = events.split(address)
    schema = answer_schema(member.step.schemas.resume)
    return Suspension(
        id=uuid7(),
        run=run,
        path=path,
        step_path=".".join(events.ids(address)),
        foreach_index=index,
        labels=json_gate.dumps(list(outcome.labels)),
        payload=json_gate.dumps(outcome.payload),
        answer_schema=json_gate.dumps(schema),
        digest=digest(outcome.payload, schema),
        metadata=json_gate.dumps(outcome.metadata),
        opened_at=draft.now,
    )


def answer_schema(schema: Schema) -> JSONObject:
    """The JSON Schema an answer is asked with."""
    return schema.json_schema()


def digest(payload: JSONValue, schema: JSONObject) -> str:
    """What a decision must name to prove which question it answers."""
    return json_gate.digest({"payload": payload, "answer_schema": schema})


def _chose(draft: Draft, work: Work, outcome: Chose) -> None:
    data: JSONObject = {"from": work.source}
    if isinstance(work.entry, BranchEntry):
        data["taken"] = list(outcome.taken)
    else:
        data |= {"iteration": work.iteration, "again": outcome.again}
    if outcome.aborted:
        data["ends"] = "abort"
    draft.emit(EventType.DECIDED, work.key.address, data)


def with_prepared(asked: Asked, prepared: JSONObject) -> Asked:
    """The question with what the hooks want to keep beside it."""
    if not prepared:
        return asked
    return replace(asked, metadata={**asked.metadata, "prepared": prepared})
