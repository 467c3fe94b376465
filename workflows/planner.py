"""``plan``: what a run does next.

Pure, like the fold it reads: it walks the graph beside the fold, from each
workflow's cursor on, and says what to start, what to execute and what simply
follows (a nested workflow that ended, a block that joined, the end of the run).
What follows is emitted onto a ``Draft``: a fold that runs ahead of the journal by
the events not yet appended.

Every place answers with one of ``Done``, ``Failed``, ``Ended`` or ``Open``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, assert_never

from workflows import events
from workflows.draft import Draft
from workflows.events import EventType
from workflows.graph import (
    BranchEntry,
    ForeachEntry,
    LoopEntry,
    NestedEntry,
    ParallelEntry,
    SleepEntry,
    SleepUntilEntry,
    StepEntry,
)
from workflows.json_gate import JSONObject
from workflows.places import At, Done, Ended, Failed, Open, Place, Waits, ended
from workflows.state import OPEN, Ref, Visit
from workflows.statuses import RunStatus, StepStatus
from workflows.work import End, Leaf, Plan, Start, Work, WorkKey

if TYPE_CHECKING:
    from workflows.definition import Workflow


def plan(workflow: Workflow, draft: Draft) -> Plan:
    """What may start and what must execute now; emits what simply follows.

    With nothing to start and nothing to execute, the event that lets go of the
    run is emitted too: finish, canceled, suspended, waiting or paused.
    """
    if draft.fold.start is None or draft.fold.finished:
        return Plan()
    return _Planner(draft).run(workflow)


class _Planner:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.fold = draft.fold
        self.plan = Plan()

    def run(self, workflow: Workflow) -> Plan:
        place = self.scope(workflow, "")
        if isinstance(place, Done) and self._has_run_its_step():
            place = Open(Waits.PAUSED)
        if isinstance(place, Done) and self.must_be_checked(workflow, ""):
            self.plan.ends.append(End(workflow, "", place.ref))
        if not (self.plan.starts or self.plan.ends):
            self._settle(place)
        return self.plan

    def _has_run_its_step(self) -> bool:
        """Per-step mode pauses behind the last step too; going on then ends the run."""
        return self.fold.allowance == 0 and not self.fold.scopes[""].ended

    def must_be_checked(self, workflow: Workflow, address: str) -> bool:
        """Whether a workflow's output has a schema; what ``bail`` gave counts as is."""
        ended = self.fold.scopes[address].ended
        return not ended and not workflow.schemas.output.is_any

    def _settle(self, place: Place) -> None:
        match place:
            case Done(ref):
                self.draft.emit_finish(ref)
            case Failed(ref):
                data: JSONObject = {"status": RunStatus.FAILED, "error_from": ref}
                self.draft.emit(EventType.FINISH, "", data)
            case Ended():
                self.draft.emit(EventType.CANCELED)
            case Open(waits):
                self._let_go(waits)
            case _:
                assert_never(place)

    def _let_go(self, waits: Waits) -> None:
        if waits & Waits.RUNNING:
            return
        if waits & Waits.PAUSED:
            kind, status = EventType.PAUSED, RunStatus.PAUSED
        elif waits & Waits.SUSPENDED:
            kind, status = EventType.SUSPENDED, RunStatus.SUSPENDED
        else:
            kind, status = EventType.WAITING, RunStatus.WAITING
        if self.fold.claim is not None or self.fold.status != status:
            data: JSONObject = {}
            if self.plan.wake_at is not None:
                data["wake_at"] = self.plan.wake_at
            self.draft.emit(kind, "", data)

    # One workflow: its entries in turn, from the cursor on.

    def scope(self, workflow: Workflow, prefix: str) -> Place:
        scope = self.fold.scopes[prefix]
        source = scope.cursor_source if scope.cursor else None
        place: Place = Done(scope.source if source is None else source)
        for index in range(scope.cursor, len(workflow.entries)):
            if scope.ended or not isinstance(place, Done):
                break
            place = self.entry(workflow, prefix, index, place.ref)
        if not scope.ended:
            return place
        self.close(self._inside(prefix))
        if scope.ended == "abort":
            return Ended()
        assert scope.result is not None
        return Done(scope.result)

    def _inside(self, prefix: str) -> list[str]:
        return self.fold.within(prefix) if prefix else list(self.fold.visits)

    def close(self, addresses: Iterable[str]) -> None:
        """Cancel what is still open there, innermost first."""
        for address in reversed(list(addresses)):
            if self.fold.visits[address].status in OPEN:
                self.draft.emit_result(address, {"status": StepStatus.CANCELED})

    def entry(self, workflow: Workflow, prefix: str, index: int, source: Ref) -> Place:
        entry = workflow.entries[index]
        at = At(workflow, prefix, index, source)
        match entry:
            case ParallelEntry():
                return self.block(at, entry.members, lenient=entry.allow_failure)
            case BranchEntry():
                return self.branch(at, entry)
            case LoopEntry():
                return self.loop(at, entry)
            case ForeachEntry():
                return self.foreach(at, entry)
            case _:
                return self.member(at, entry, events.join(prefix, entry.id))

    # One step, map, sleep or nested workflow.

    def member(
        self, at: At, member: Leaf | NestedEntry, address: str, iteration: int = 0
    ) -> Place:
        visit = self.fold.visits.get(address)
        if visit is None:
            return self.start(at, member, address, iteration)
        if visit.status not in OPEN:
            return ended(visit)
        if isinstance(member, NestedEntry):
            return self.nested(member, address)
        return self.leaf(at, member, address, visit)

    def start(
        self, at: At, member: Leaf | NestedEntry, address: str, iteration: int
    ) -> Place:
        if not self.may_start():
            return Open(Waits.PAUSED)
        self.plan.starts.append(
            Start(
                address=address,
                workflow=at.workflow,
                entry=at.index,
                member=member,
                source=at.source,
                iteration=iteration,
            )
        )
        return Open(Waits.RUNNING)

    def may_start(self) -> bool:
        """Per-step mode lets one step start; a block then starts one member."""
        allowance = self.fold.allowance
        return allowance is None or allowance > len(self.plan.starts)

    def leaf(self, at: At, member: Leaf, address: str, visit: Visit) -> Place:
        if visit.status == StepStatus.SUSPENDED:
            return Open(Waits.SUSPENDED)
        if visit.status == StepStatus.WAITING and not self._woken(visit):
            return Open(Waits.WAITING)
        if visit.status == StepStatus.WAITING:
            if isinstance(member, SleepEntry | SleepUntilEntry):
                return self.pass_on(address, visit.source)
            self.draft.emit(
                EventType.STEP_START, address, {"attempt": visit.retries + 1}
            )
        self.plan.work.append(
            Work(
                key=WorkKey(address, visit.seq, visit.retries),
                workflow=at.workflow,
                entry=at.workflow.entries[at.index],
                member=member,
                source=visit.source,
                iteration=visit.iteration,
                not_before=visit.wake_at,
            )
        )
        return Open(Waits.RUNNING)

    def _woken(self, visit: Visit) -> bool:
        assert visit.wake_at is not None
        if visit.wake_at <= self.draft.now_ms:
            return True
        if self.plan.wake_at is None or visit.wake_at < self.plan.wake_at:
            self.plan.wake_at = visit.wake_at
        return False

    def pass_on(self, address: str, ref: Ref) -> Place:
        data: JSONObject = {"status": StepStatus.SUCCESS, "output_from": ref}
        return Done(self.draft.emit_result(address, data))

    def nested(self, member: NestedEntry, address: str) -> Place:
        place = self.scope(member.workflow, address)
        match place:
            case Done(ref) if self.must_be_checked(member.workflow, address):
                self.plan.ends.append(End(member.workflow, address, ref))
                return Open(Waits.RUNNING)
            case Done(ref):
                return self.pass_on(address, ref)
            case Failed():
                return self.fail(address, place)
            case Ended():
                message = f"nested workflow {member.id!r} was canceled"
                error: JSONObject = {"name": "WorkflowCanceled", "message": message}
                data: JSONObject = {"status": StepStatus.FAILED, "error": error}
                return Failed(self.draft.emit_result(address, data))
            case Open():
                return place

    # Blocks.

    def block(
        self, at: At, members: Sequence[StepEntry | NestedEntry], *, lenient: bool
    ) -> Place:
        addresses = [events.join(at.prefix, member.id) for member in members]
        places = [
            self.member(at, member, address)
            for member, address in zip(members, addresses, strict=True)
        ]

        unsettled = self.unsettled(places, addresses, lenient=lenient)
        if unsettled is not None:
            return unsettled
        refs = {
            member.id: place.ref if isinstance(place, Done) else None
            for member, place in zip(members, places, strict=True)
        }
        return Done(["object", refs])

    def unsettled(
        self, places: Sequence[Place], addresses: Sequence[str], *, lenient: bool
    ) -> Open | Failed | None:
        """Why a block has not joined: all are left to settle, then a failure
        withdraws what is suspended."""
        waits = Waits(0)
        for place in places:
            if isinstance(place, Open):
                waits |= place.waits
        failed = [place for place in places if isinstance(place, Failed)]
        if waits & (Waits.RUNNING | Waits.WAITING):
            return Open(waits)
        if failed and not lenient:
            for address in addresses:
                if address in self.fold.visits:
                    self.close([address, *self.fold.within(address)])
            return failed[0]
        return Open(waits) if waits else None

    def branch(self, at: At, entry: BranchEntry) -> Place:
        key = f"{at.prefix}@{at.index}"
        verdict = self.fold.verdicts.get(key)
        if verdict is None:
            return self.decide(at, key, at.source, self.fold.scopes[at.prefix].cursor)
        taken = [member for _, member in entry.arms if member.id in verdict.taken]
        return self.block(at, taken, lenient=False)

    def decide(
        self, at: At, key: str, source: Ref, visit: int, iteration: int = 0
    ) -> Place:
        """Have the conditions evaluated, once: their verdict is an event."""
        if not self.may_start():
            return Open(Waits.PAUSED)
        self.plan.work.append(
            Work(
                key=WorkKey(key, visit, iteration),
                workflow=at.workflow,
                entry=at.workflow.entries[at.index],
                member=None,
                source=source,
                iteration=iteration,
            )
        )
        return Open(Waits.RUNNING)

    def loop(self, at: At, entry: LoopEntry) -> Place:
        address = events.join(at.prefix, entry.member.id)
        place = self.member(at, entry.member, address, iteration=1)
        if not isinstance(place, Done):
            return place
        visit = self.fold.visits[address]
        key = f"{at.prefix}@{at.index}"
        verdict = self.fold.verdicts.get(key)
        if verdict is None or verdict.iteration < visit.iteration:
            return self.decide(at, key, place.ref, visit.seq, visit.iteration)
        if not verdict.again:
            return place
        onward = At(at.workflow, at.prefix, at.index, place.ref)
        return self.start(onward, entry.member, address, visit.iteration + 1)

    def foreach(self, at: At, entry: ForeachEntry) -> Place:
        address = events.join(at.prefix, entry.member.id)
        visit = self.fold.visits.get(address)
        if visit is None:
            return self.start_foreach(at, entry, address)
        if visit.status not in OPEN:
            return ended(visit)
        begun = [events.item(address, index) for index in visit.open]
        places = [self.item(at, entry, address, visit, i) for i in list(visit.open)]
        unsettled = self.unsettled(places, begun, lenient=False)
        if isinstance(unsettled, Failed):
            return self.fail(address, unsettled)
        return unsettled or self.next_batch(at, entry, address, visit)

    def fail(self, address: str, cause: Failed) -> Place:
        data: JSONObject = {"status": StepStatus.FAILED, "error_from": cause.ref}
        return Failed(self.draft.emit_result(address, data))

    def item(
        self, at: At, entry: ForeachEntry, address: str, visit: Visit, index: int
    ) -> Place:
        here = At(at.workflow, at.prefix, at.index, ["item", visit.input, index])
        return self.member(here, entry.member, events.item(address, index))

    def start_foreach(self, at: At, entry: ForeachEntry, address: str) -> Place:
        if not self.may_start():
            return Open(Waits.PAUSED)
        self.plan.starts.append(
            Start(
                address=address,
                workflow=at.workflow,
                entry=at.index,
                member=None,
                loop=entry,
                source=at.source,
            )
        )
        return Open(Waits.RUNNING)

    def next_batch(
        self, at: At, entry: ForeachEntry, address: str, visit: Visit
    ) -> Place:
        """The rest of the first batch that is not done: a batch is a place in the list,
        also when some of its items are kept by a time travel or begun one by one."""
        count, size = visit.count or 0, entry.concurrency
        waits = Waits(0)
        for index in range(visit.next, count):
            if waits and index % size == 0:
                break
            if events.item(address, index) not in self.fold.visits:
                place = self.item(at, entry, address, visit, index)
                waits |= place.waits if isinstance(place, Open) else Waits(0)
        if waits:
            return Open(waits)
        outputs = [self.fold.visits[events.item(address, i)] for i in range(count)]
        return self.pass_on(address, ["list", [item.result for item in outputs]])
