"""A run on paper: the pure core driven without a database, clock or user code.

It does what the executor does (plan, record outcomes, append), but the test decides
every outcome, and the rules that must always hold are checked at each append.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows import events, json_gate, recorder
from workflows.definition import Workflow
from workflows.draft import Draft
from workflows.events import EventType, JournalEvent
from workflows.fold import fold
from workflows.json_gate import JSONObject
from workflows.models import Run
from workflows.recorder import Happened
from workflows.state import OPEN, RunFold
from workflows.statuses import RUN_MOVES, TERMINAL_RUN, RunStatus, StepStatus
from workflows.steps import Outcome
from workflows.values import Values
from workflows.work import Plan, Work, WorkKey

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
STOPPED = {RunStatus.SUSPENDED, RunStatus.WAITING, RunStatus.PAUSED}


@dataclass
class PaperRun:
    """The journal, what it folds to, and the work an executor has in hand."""

    flow: Workflow
    now: datetime = EPOCH
    journal: list[JournalEvent] = field(default_factory=list)
    fold: RunFold = field(default_factory=RunFold)
    values: Values = field(default_factory=Values)
    in_hand: dict[WorkKey, Work] = field(default_factory=dict)
    begun: set[WorkKey] = field(default_factory=set)
    wake_at: int | None = None

    # What callers and executors do.

    def start(self, *, per_step: bool = False) -> None:
        data: JSONObject = {"input": {"given": True}, "holder": "me"}
        if per_step:
            data["per_step"] = True
        self.append(EventType.START, data=data)

    def append(
        self, kind: EventType, address: str = "", data: JSONObject | None = None
    ) -> None:
        """A caller's event; whoever executes the run then plans."""
        draft = self.draft()
        draft.emit(kind, address, data)
        self.plan(draft)

    def finish(self, outcomes: Iterable[tuple[Work, Outcome]]) -> None:
        """Outcomes that arrive in the same moment, written by one append."""
        draft = self.draft()
        for work, outcome in outcomes:
            self.in_hand.pop(work.key, None)
            if recorder.still_wanted(draft, work):
                recorder.record(draft, Happened(work, outcome), Run(id="paper"))
        self.plan(draft)

    def resume(self, address: str, *, per_step: bool = False) -> None:
        visit = self.fold.visits[address]
        data: JSONObject = {
            "suspension": visit.suspension,
            "resume_data": {"ok": True},
            "holder": "me",
        }
        if per_step:
            data["per_step"] = True
        self.append(EventType.STEP_RESUMED, address, data)

    def go_on(self, *, per_step: bool = False) -> None:
        data: JSONObject = {"holder": "me"}
        if per_step:
            data["per_step"] = True
        self.append(EventType.RESUMED, data=data)

    def cancel(self) -> None:
        self.append(EventType.CANCELED)

    def claim(self, *, recovery: bool = False) -> None:
        """Another executor takes over: it has nothing in hand."""
        self.in_hand.clear()
        self.begun.clear()
        data: JSONObject = {"holder": "another"}
        if recovery:
            data["recovery"] = True
        self.append(EventType.CLAIMED, data=data)

    def sleep(self) -> None:
        """Time passes until the nearest timer, and an executor takes the run."""
        assert self.wake_at is not None
        at = datetime.fromtimestamp(self.wake_at / 1000, tz=UTC)
        self.now = max(self.now, at)
        self.claim()

    # The executor's turn.

    def draft(self) -> Draft:
        self.now += timedelta(milliseconds=7)
        return Draft(copy.deepcopy(self.fold), self.now, self.values)

    def plan(self, draft: Draft) -> None:
        twin = Draft(copy.deepcopy(draft.fold), draft.now, Values(self.known(draft)))
        intended = recorder.advance(self.flow, draft)
        self._planning_is_deterministic(draft, intended, twin)
        self._events_are_legal(draft)
        self.journal += draft.events
        self.fold = draft.fold
        self._forget_begun(draft)
        self._take_in_hand(intended)
        last = draft.events[-1].data.get("wake_at") if draft.events else None
        self.wake_at = last if isinstance(last, int) else None
        self.check()

    def known(self, draft: Draft) -> dict[int, Any]:
        return {event.seq: event.data for event in [*self.journal, *draft.events]}

    def _forget_begun(self, draft: Draft) -> None:
        """The conditions of a branch are asked again when its workflow comes again."""
        for event in draft.events:
            if event.type == EventType.STEP_START and "attempt" not in event.data:
                inner = (f"{event.address}.", f"{event.address}@")
                self.begun = {k for k in self.begun if not k.address.startswith(inner)}

    def _take_in_hand(self, intended: Plan) -> None:
        keys = [work.key for work in intended.work]
        assert len(keys) == len(set(keys))
        wanted = set(keys)
        for key in set(self.in_hand) - wanted:
            # A condition left off by a pause is asked anew; it was not recorded.
            if self.in_hand.pop(key).member is None:
                self.begun.discard(key)
        for work in intended.work:
            if work.key not in self.in_hand:
                assert work.key not in self.begun, f"{work.key} is executed twice"
                self.begun.add(work.key)
                self.in_hand[work.key] = work

    # What must hold whatever happens.

    def _planning_is_deterministic(
        self, draft: Draft, intended: Plan, twin: Draft
    ) -> None:
        again = recorder.advance(self.flow, twin)
        planned = draft.events[len(draft.events) - len(twin.events) :]
        assert twin.events == planned
        assert [w.key for w in again.work] == [w.key for w in intended.work]
        assert again.wake_at == intended.wake_at
        assert twin.fold == draft.fold

    def _events_are_legal(self, draft: Draft) -> None:
        before = copy.deepcopy(self.fold)
        for event in draft.events:
            if event.type == EventType.STEP_START and "attempt" not in event.data:
                _starts_once(before, event)
                _waits_for_what_is_before(before, event)
            status = before.status
            fold([event], before)
            if before.status != status and event.type != EventType.TIME_TRAVEL:
                assert before.status in RUN_MOVES.get(status, ()), (
                    status,
                    before.status,
                )

    def check(self) -> None:
        """No limbo, nothing lost, nothing open that has ended."""
        self._folds_the_same_from_any_snapshot()
        self._is_not_in_limbo()
        for address, visit in self.fold.visits.items():
            value = self.values.get(visit.input)
            if visit.result is not None:
                self.values.get(visit.result)
            if visit.failure is not None and visit.status == StepStatus.FAILED:
                assert self.values.error(visit.failure)["name"]
            parent = events.scope_of(address)
            assert parent in self.fold.scopes, address
            assert value is not None or visit.source is not None

    def _folds_the_same_from_any_snapshot(self) -> None:
        middle = len(self.journal) // 2
        snapshot = fold(copy.deepcopy(self.journal[:middle])).to_json()
        start = RunFold.from_json(json_gate.loads(json_gate.dumps(snapshot)))  # type: ignore[arg-type]
        assert fold(self.journal[middle:], start) == self.fold
        assert fold(self.journal) == self.fold

    def _is_not_in_limbo(self) -> None:
        run = self.fold
        if run.finished:
            assert run.status in TERMINAL_RUN
            assert not self.in_hand
            assert not [a for a, v in run.visits.items() if v.status in OPEN]
        elif run.status in STOPPED:
            assert run.claim is None
            assert not self.in_hand
            assert run.status != RunStatus.SUSPENDED or run.suspensions()
            assert run.status != RunStatus.WAITING or self.wake_at is not None
        else:
            assert run.status == RunStatus.RUNNING
            assert run.claim is not None
            assert self.in_hand


def _starts_once(before: RunFold, event: JournalEvent) -> None:
    """A visit begins where none is; only a loop comes again, for its next turn."""
    visit = before.visits.get(event.address)
    if visit is not None:
        assert visit.status == StepStatus.SUCCESS
        assert event.data.get("iteration") == visit.iteration + 1


def _waits_for_what_is_before(before: RunFold, event: JournalEvent) -> None:
    """Nothing begins while something before it in its workflow is open."""
    scope = events.scope_of(event.address)
    for address, visit in before.visits.items():
        if events.scope_of(address) == scope and visit.entry < int(
            str(event.data["entry"])
        ):
            assert visit.status not in OPEN, f"{event.address} before {address} ended"
