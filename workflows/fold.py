"""``fold``: read a journal into a ``RunFold``, one event after the other.

Pure, and total: every event type has its function at the foot of the module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, cast

from workflows import events
from workflows.events import EventType, JournalEvent
from workflows.state import OPEN, Claim, Ref, RunFold, Scope, Verdict, Visit
from workflows.statuses import RunStatus, StepStatus

Apply: TypeAlias = "Callable[[RunFold, JournalEvent], None]"


def fold(journal: Iterable[JournalEvent], start: RunFold | None = None) -> RunFold:
    """Fold events, in order, onto ``start`` (changed in place) or an empty run."""
    run = start or RunFold()
    for event in journal:
        apply(run, event)
    return run


def apply(run: RunFold, event: JournalEvent) -> None:
    """Take in the next event; its number must be ``run.seq + 1``."""
    if event.seq != run.seq + 1:
        raise ValueError(f"event {event.seq} cannot follow event {run.seq}")
    run.seq = event.seq
    _merge(run, event)
    _APPLY[event.type](run, event)


def _merge(run: RunFold, event: JournalEvent) -> None:
    """State and request context ride on any event, key by key."""
    state, context = event.data.get("state"), event.data.get("context")
    removed = event.data.get("context_removed")
    if isinstance(state, dict) and state:
        run.state = {**run.state, **dict.fromkeys(state, event.seq)}
    if isinstance(context, dict) and context:
        run.context = {**run.context, **dict.fromkeys(context, event.seq)}
    if isinstance(removed, list):
        kept = {k: v for k, v in run.context.items() if k not in removed}
        run.context = kept


def _ms(event: JournalEvent) -> int:
    return round(event.at.timestamp() * 1000)


def _take_claim(run: RunFold, event: JournalEvent) -> None:
    holder = event.data.get("holder")
    if isinstance(holder, str):
        run.claim = Claim(event.seq, holder)
        run.attention = ""


def _allow(run: RunFold, event: JournalEvent) -> None:
    run.allowance = 1 if event.data.get("per_step") else None


def _start(run: RunFold, event: JournalEvent) -> None:
    run.start = event.seq
    run.scopes[""] = Scope(source=event.seq)
    _allow(run, event)
    _take_claim(run, event)
    run.status = RunStatus.RUNNING if run.claim else RunStatus.PENDING


def _claimed(run: RunFold, event: JournalEvent) -> None:
    _take_claim(run, event)
    run.status = RunStatus.RUNNING
    if event.data.get("recovery"):
        run.recoveries += 1
    elif event.type == EventType.RESTARTED:
        run.recoveries = 0
        if "holder" not in event.data:
            run.claim = None


def _resumed(run: RunFold, event: JournalEvent) -> None:
    _allow(run, event)
    _take_claim(run, event)
    run.was_resumed = True
    run.status = RunStatus.RUNNING


def _step_start(run: RunFold, event: JournalEvent) -> None:
    run.status = RunStatus.RUNNING
    if "attempt" in event.data:
        visit = run.visits[event.address]
        visit.status, visit.wake_at = StepStatus.RUNNING, None
        return
    data = cast("dict[str, Any]", event.data)
    if event.address in run.visits:
        _forget_within(run, event.address)
        del run.visits[event.address]
    visit = run.visits[event.address] = Visit(
        kind=data["kind"],
        entry=data["entry"],
        seq=event.seq,
        started=event.seq,
        source=data["from"],
        iteration=data.get("iteration", 0),
        count=data.get("count"),
        state=run.state,
        context=run.context,
        started_at=_ms(event),
    )
    _enter_item(run, event.address)
    if visit.kind == "workflow":
        run.scopes[event.address] = Scope(source=event.seq)
    elif run.allowance is not None and visit.kind != "foreach":
        run.allowance = max(0, run.allowance - 1)
    _move_cursor(run, event.address, visit)


def _enter_item(run: RunFold, address: str) -> None:
    parent, index = events.split(address)
    if index is not None:
        loop = run.visits[parent]
        loop.next = max(loop.next, index + 1)
        if index not in loop.open:
            loop.open.append(index)


def _move_cursor(run: RunFold, address: str, visit: Visit) -> None:
    scope = run.scopes[events.scope_of(address)]
    if visit.entry > scope.cursor or scope.cursor_source is None:
        scope.cursor, scope.cursor_source = visit.entry, visit.source


def _forget_within(run: RunFold, address: str) -> None:
    for inner in run.within(address):
        del run.visits[inner]
    starts = (f"{address}.", f"{address}[", f"{address}@")
    for table in (run.scopes, run.verdicts):
        for key in [k for k in table if k == address or k.startswith(starts)]:
            del table[key]


def _step_result(run: RunFold, event: JournalEvent) -> None:
    visit = run.visits[event.address]
    visit.status = StepStatus(str(event.data["status"]))
    visit.ended_at = _ms(event)
    visit.wake_at, visit.state, visit.context = None, {}, {}
    if visit.status == StepStatus.SUCCESS:
        visit.result = event.seq
        run.recoveries = 0
        _leave_item(run, event.address)
    elif visit.status == StepStatus.FAILED:
        visit.failure = event.seq
    ended = event.data.get("ends")
    if ended in ("bail", "abort"):
        visit.bailed = ended == "bail"
        scope = run.scopes[events.scope_of(event.address)]
        if not scope.ended:
            scope.ended, scope.result = str(ended), event.seq


def _leave_item(run: RunFold, address: str) -> None:
    parent, index = events.split(address)
    if index is not None and index in run.visits[parent].open:
        run.visits[parent].open.remove(index)
        run.visits[parent].done += 1


def _step_suspended(run: RunFold, event: JournalEvent) -> None:
    visit = run.visits[event.address]
    visit.status = StepStatus.SUSPENDED
    visit.suspended, visit.suspended_at = event.seq, _ms(event)
    visit.suspension = str(event.data["suspension"])
    visit.labels = cast("list[str]", event.data.get("labels") or [])


def _step_resumed(run: RunFold, event: JournalEvent) -> None:
    visit = run.visits[event.address]
    visit.status = StepStatus.RUNNING
    visit.seq = visit.resumed = event.seq
    visit.resumed_at, visit.retries = _ms(event), 0
    visit.state, visit.context = run.state, run.context
    visit.suspension = None
    run.was_resumed = True
    run.allowance = 0 if event.data.get("per_step") else None
    _take_claim(run, event)
    run.status = RunStatus.RUNNING


def _step_retry(run: RunFold, event: JournalEvent) -> None:
    visit = run.visits[event.address]
    visit.retries += 1
    visit.wake_at = cast(int, event.data["retry_at"])
    if event.data.get("durable"):
        visit.status = StepStatus.WAITING


def _step_waiting(run: RunFold, event: JournalEvent) -> None:
    visit = run.visits[event.address]
    visit.status, visit.wake_at = StepStatus.WAITING, cast(int, event.data["until"])


def _decided(run: RunFold, event: JournalEvent) -> None:
    data = cast("dict[str, Any]", event.data)
    run.verdicts[event.address] = Verdict(
        taken=data.get("taken", []),
        iteration=data.get("iteration", 0),
        again=data.get("again", False),
    )
    prefix, _, entry = event.address.rpartition("@")
    scope = run.scopes[prefix]
    if event.data.get("ends") == "abort" and not scope.ended:
        scope.ended, scope.result = "abort", event.seq
    if int(entry) > scope.cursor or scope.cursor_source is None:
        scope.cursor, scope.cursor_source = int(entry), data["from"]


def _let_go(status: RunStatus) -> Apply:
    def apply(run: RunFold, event: JournalEvent) -> None:
        run.claim, run.status = None, status

    return apply


def _attention(run: RunFold, event: JournalEvent) -> None:
    run.attention = str(event.data["reason"])
    run.claim = None
    if status := event.data.get("status"):
        run.status = RunStatus(str(status))


def _close_open(run: RunFold, event: JournalEvent) -> None:
    for visit in run.visits.values():
        if visit.status in OPEN:
            visit.status, visit.ended_at = StepStatus.CANCELED, _ms(event)
            visit.state, visit.context = {}, {}


def _canceled(run: RunFold, event: JournalEvent) -> None:
    run.claim, run.status, run.attention = None, RunStatus.CANCELED, ""
    _close_open(run, event)


def _finish(run: RunFold, event: JournalEvent) -> None:
    run.claim, run.attention = None, ""
    run.status = RunStatus(str(event.data["status"]))
    if run.status == RunStatus.SUCCESS:
        run.result = cast("Ref", event.data["from"])
    else:
        run.failure = event.seq
    _close_open(run, event)


def _time_travel(run: RunFold, event: JournalEvent) -> None:
    """Follow the instructions ``travel.instructions`` wrote into the event."""
    data = cast("dict[str, Any]", event.data)
    run.generation += 1
    run.status, run.attention = RunStatus.RUNNING, ""
    run.result = run.failure = None
    if run.start is None:
        run.start = event.seq
        run.scopes[""] = Scope(source=event.seq)
    for address in data.get("forget", []):
        _forget_within(run, address)
        run.visits.pop(address, None)
    for key in data.get("forget_verdicts", []):
        run.verdicts.pop(key, None)
    for address, entry in data.get("entries", {}).items():
        run.visits[address].entry = entry
    for address, put in data.get("put", {}).items():
        _put(run, event, address, put)
    for key, verdict in data.get("verdicts", {}).items():
        run.verdicts[key] = Verdict(**verdict)
    for prefix, scope in data.get("scopes", {}).items():
        _rewind(run, event, prefix, scope)
    for address in data.get("reopen", []):
        _reopen(run, address)
    _allow(run, event)
    _take_claim(run, event)


def _put(run: RunFold, event: JournalEvent, address: str, put: dict[str, Any]) -> None:
    if address in run.visits:
        _forget_within(run, address)
    status = StepStatus(put["status"])
    visit = run.visits[address] = Visit(
        kind=put["kind"],
        entry=put["entry"],
        seq=event.seq,
        started=0,
        source=put.get("from") or ["put", event.seq, address, "payload"],
        status=status,
        iteration=put.get("iteration", 0),
        count=put.get("count"),
        suspended=put.get("suspended"),
        resumed=event.seq if put.get("resumed") else None,
        started_at=_ms(event),
        ended_at=None if status in OPEN else _ms(event),
        state=run.state,
        context=run.context,
    )
    if status == StepStatus.SUCCESS:
        visit.result = ["put", event.seq, address, "output"]
    elif status == StepStatus.FAILED:
        visit.failure = ["put", event.seq, address, "error"]


def _rewind(
    run: RunFold, event: JournalEvent, prefix: str, scope: dict[str, Any]
) -> None:
    entered = run.scopes.get(prefix)
    visit = run.visits.get(prefix)
    source = scope.get("source") or (entered.source if entered else None)
    if source is None:
        source = visit.input if visit else event.seq
    run.scopes[prefix] = Scope(
        source=source, cursor=scope["cursor"], cursor_source=scope.get("from")
    )


def _reopen(run: RunFold, address: str) -> None:
    visit = run.visits[address]
    visit.status, visit.result, visit.failure = StepStatus.RUNNING, None, None
    visit.ended_at = None
    visit.open, visit.next = [], 0


def _nothing(run: RunFold, event: JournalEvent) -> None:
    """Chunks and progress are for readers; they change nothing."""


_APPLY: dict[EventType, Apply] = {
    EventType.START: _start,
    EventType.CLAIMED: _claimed,
    EventType.RESTARTED: _claimed,
    EventType.RESUMED: _resumed,
    EventType.STEP_START: _step_start,
    EventType.STEP_OUTPUT: _nothing,
    EventType.STEP_PROGRESS: _nothing,
    EventType.STEP_RESULT: _step_result,
    EventType.STEP_SUSPENDED: _step_suspended,
    EventType.STEP_RESUMED: _step_resumed,
    EventType.STEP_RETRY: _step_retry,
    EventType.STEP_WAITING: _step_waiting,
    EventType.DECIDED: _decided,
    EventType.SUSPENDED: _let_go(RunStatus.SUSPENDED),
    EventType.WAITING: _let_go(RunStatus.WAITING),
    EventType.PAUSED: _let_go(RunStatus.PAUSED),
    EventType.ATTENTION: _attention,
    EventType.TIME_TRAVEL: _time_travel,
    EventType.CANCELED: _canceled,
    EventType.FINISH: _finish,
}
