"""The way from a workflow's beginning to the step a time travel goes to.

Entries before the target must have an output, from the context given or from the
record; what lies behind it is forgotten; the other members of its block are kept,
begun anew or skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workflows import events, graph
from workflows.definition import Workflow
from workflows.errors import SchemaMismatch, StepNotFound
from workflows.graph import (
    BranchEntry,
    Entry,
    ForeachEntry,
    LoopEntry,
    Named,
    NestedEntry,
    ParallelEntry,
    SleepEntry,
    SleepUntilEntry,
    members,
)
from workflows.instructions import Instructions
from workflows.json_gate import JSONObject, JSONValue
from workflows.state import Ref, RunFold, Visit
from workflows.statuses import StepStatus
from workflows.values import Values

if TYPE_CHECKING:
    from workflows.travel import Context, Travel


class Route:
    """Collects what the fold is told, from the root's level down to the target.

    ``record`` is what the run has; ``fold`` what goes on: the same, or for a fork
    nothing yet.
    """

    def __init__(
        self, fold: RunFold, values: Values, travel: Travel, forks: bool
    ) -> None:
        self.fold = RunFold() if forks else fold
        self.record = fold
        self.values = values
        self.travel = travel
        self.forks = forks
        self.seq = self.fold.seq + 1
        self.told = Instructions(self.fold)
        self.question: JSONValue = None  # what the target of a fork had asked

    def data(self) -> JSONObject:
        """What the event of the time travel carries."""
        data = self.told.data()
        data["target"] = list[JSONValue](self.travel.path)
        if self.travel.has_answer:
            data["resume_data"] = self.travel.answer
            data["payload"] = self.question
        if self.forks or self.record.start is None:
            data["input"] = self._run_input()
        return data

    def _run_input(self) -> JSONValue:
        root = self.record.scopes.get("")
        if root is not None:
            return self.values.get(root.source)
        given: JSONValue = self.travel.context.get("input")
        return given

    # One workflow on the way to the target, the root first.

    def root(self, workflow: Workflow, ids: Sequence[str], context: Context) -> None:
        scope = self.fold.scopes.get("")
        self.level(workflow, "", ids, context, scope.source if scope else self.seq)

    def level(
        self,
        workflow: Workflow,
        prefix: str,
        ids: Sequence[str],
        context: Context,
        source: Ref,
    ) -> None:
        index, entry, member = graph.place(workflow, ids[0])
        blank = bool(prefix) and not context and not self._has_record(prefix)
        missing: list[str] = []
        for number, earlier in enumerate(workflow.entries[:index]):
            if not blank:
                source = self.earlier(prefix, number, earlier, context, source, missing)
        if missing:
            raise self._unknown(prefix, ids[0], missing)
        self.later(workflow, prefix, index)
        self.told.scopes[prefix] = {"cursor": index, "from": source}
        address = events.join(prefix, ids[0])
        self.siblings(prefix, index, entry, member, context, source)
        if isinstance(entry, LoopEntry) and f"{prefix}@{index}" in self.fold.verdicts:
            self.told.stale_verdicts.append(f"{prefix}@{index}")
        if len(ids) == 1:
            self.target(index, entry, member, address, source)
            return
        if isinstance(entry, ForeachEntry):
            raise StepNotFound(
                f"{'.'.join(ids)!r} is in the body of a foreach, which has many of it; "
                f"travel to {address!r}"
            )
        assert isinstance(member, NestedEntry)
        begun = self.enter(index, entry, member, address, source)
        known = self._known(member, address)
        self.level(member.workflow, address, ids[1:], known, begun)

    def _known(self, member: NestedEntry, address: str) -> Context:
        """What the caller says of the steps of a nested workflow on the way."""
        by_path = {
            path.removeprefix(f"{address}."): known
            for path, known in self.travel.context.items()
            if events.scope_of(path) == address
        }
        return {**by_path, **self.travel.nested.get(member.id, {})}

    def _has_record(self, prefix: str) -> bool:
        return bool(self.record.within(prefix))

    def _unknown(
        self, prefix: str, target: str, missing: Sequence[str]
    ) -> SchemaMismatch:
        recorded = ", ".join(
            address
            for address, visit in self.record.visits.items()
            if visit.result is not None and events.scope_of(address) == prefix
        )
        return SchemaMismatch(
            f"can't travel to {events.join(prefix, target)!r}: the run never reached "
            f"{', '.join(missing)}, and the context given has no output for it; "
            f"recorded: {recorded or 'nothing'}",
            [
                {"loc": ["context", name], "msg": "no output known", "type": "missing"}
                for name in missing
            ],
        )

    def earlier(
        self,
        prefix: str,
        index: int,
        entry: Entry,
        context: Context,
        source: Ref,
        missing: list[str],
    ) -> Ref:
        """An entry before the target: its output, by reference."""
        if isinstance(entry, SleepEntry | SleepUntilEntry):
            self._pass_by(prefix, index, entry, entry)
            self.told.note_entry(events.join(prefix, entry.id), index)
            return source
        found: dict[str, Ref] = {}
        for member in members(entry):
            address = events.join(prefix, member.id)
            ref = self.output(index, entry, member, address, context, source)
            if ref is not None:
                found[member.id] = ref
        if isinstance(entry, BranchEntry):
            if not found and not self._branched(prefix, index):
                missing.extend(member.id for member in members(entry))
            self.told.verdicts[f"{prefix}@{index}"] = {"taken": list(found)}
            for member in members(entry):
                if member.id not in found:
                    self._pass_by(prefix, index, entry, member)
            return ["object", found]
        failed = self._allowed_failures(prefix, index, entry)
        missing.extend(
            m.id for m in members(entry) if m.id not in found and m.id not in failed
        )
        if isinstance(entry, ParallelEntry):
            return ["object", {m.id: found.get(m.id) for m in entry.members}]
        if isinstance(entry, LoopEntry) and found:
            self._loop_is_over(prefix, index, entry.member.id)
        return next(iter(found.values()), source)

    def _pass_by(self, prefix: str, index: int, entry: Entry, member: Named) -> None:
        """What still waits there is skipped."""
        address = events.join(prefix, member.id)
        if self.told.give_up(address):
            self.told.put_visit(index, entry, member, address, {}, StepStatus.SKIPPED)

    def _allowed_failures(self, prefix: str, index: int, entry: Entry) -> set[str]:
        """Failed members of a lenient block: their slot is empty, not unknown."""
        if not isinstance(entry, ParallelEntry) or not entry.allow_failure:
            return set()
        failed = set()
        for member in entry.members:
            address = events.join(prefix, member.id)
            visit = self.record.visits.get(address)
            if visit is None or visit.failure is None:
                continue
            if visit.status == StepStatus.FAILED:
                failed.add(member.id)
                if self.forks:
                    known = {
                        "payload": self.values.get(visit.input),
                        "error": self.values.error(visit.failure),
                    }
                    status = StepStatus.FAILED
                    self.told.put_visit(index, entry, member, address, known, status)
        return failed

    def _branched(self, prefix: str, index: int) -> bool:
        """A branch none of whose conditions held is over, with nothing to show."""
        verdict = self.record.verdicts.get(f"{prefix}@{index}")
        return verdict is not None and not verdict.taken

    def _loop_is_over(self, prefix: str, index: int, body: str) -> None:
        visit = self.record.visits.get(events.join(prefix, body))
        turns = visit.iteration if visit and not self.forks else 1
        self.told.verdicts[f"{prefix}@{index}"] = {"iteration": turns, "again": False}

    def output(
        self,
        index: int,
        entry: Entry,
        member: Named,
        address: str,
        context: Context,
        source: Ref,
    ) -> Ref | None:
        """A step's output: from the context first, then from the record."""
        given = context.get(member.id)
        if given is not None and _has_output(given):
            self.told.give_up(address)
            return self.told.put_visit(
                index, entry, member, address, given, source=source
            )
        visit = self.record.visits.get(address)
        if visit is None or visit.status != StepStatus.SUCCESS or visit.result is None:
            return None
        if isinstance(entry, LoopEntry) and not self._has_ended(address, visit):
            return None
        if self.forks:
            copied = {
                "payload": self.values.get(visit.input),
                "output": self.values.get(visit.result),
            }
            return self.told.put_visit(index, entry, member, address, copied)
        self.told.note_entry(address, index)
        return visit.result

    def _has_ended(self, address: str, visit: Visit) -> bool:
        """Whether a loop's condition has said that this turn was the last."""
        key = f"{events.scope_of(address)}@{visit.entry}"
        verdict = self.record.verdicts.get(key)
        return verdict is not None and not verdict.again

    # What lies behind the target is forgotten; the target begins anew.

    def later(self, workflow: Workflow, prefix: str, index: int) -> None:
        for address, visit in self.fold.visits.items():
            name = events.ids(address)[-1]
            plain = events.split(address)[1] is None
            if events.scope_of(address) == prefix and plain:
                place = graph.index_of(workflow, name)
                if place is None or place > index or visit.entry > index:
                    self.told.forget.append(address)
        for key in self.fold.verdicts:
            scope, _, number = key.rpartition("@")
            if scope == prefix and int(number) > index:
                self.told.stale_verdicts.append(key)

    def siblings(
        self,
        prefix: str,
        index: int,
        entry: Entry,
        member: Named,
        context: Context,
        source: Ref,
    ) -> None:
        """Other members of the target's block: kept, begun anew, or skipped."""
        if not isinstance(entry, ParallelEntry | BranchEntry):
            return
        key = f"{prefix}@{index}"
        before = self.record.verdicts.get(key)
        taken = [member.id] if isinstance(entry, BranchEntry) else []
        for other in members(entry):
            if other.id == member.id:
                continue
            address = events.join(prefix, other.id)
            known = self.output(index, entry, other, address, context, source)
            if isinstance(entry, BranchEntry) and known is not None:
                taken.append(other.id)
            elif isinstance(entry, BranchEntry) and not (
                before and other.id in before.taken
            ):
                self.told.put_visit(
                    index, entry, other, address, {}, StepStatus.SKIPPED
                )
            elif known is None and address in self.fold.visits:
                visit = self.fold.visits[address]
                if visit.status != StepStatus.SUSPENDED:
                    self.told.forget.append(address)
            if before and other.id in before.taken and other.id not in taken:
                taken.append(other.id)
        if isinstance(entry, BranchEntry):
            self.told.verdicts[key] = {"taken": taken}

    def target(
        self, index: int, entry: Entry, member: Named, address: str, source: Ref
    ) -> None:
        visit = self.fold.visits.get(address)
        is_foreach = isinstance(entry, ForeachEntry)
        if visit is not None and is_foreach and self._can_go_on(visit):
            self._repeat_failed(address, index, visit)
            return
        if visit is not None:
            self.told.forget.append(address)
        if self.travel.has_input or self.travel.has_answer:
            self._begin_with(index, entry, member, address, source)

    def _can_go_on(self, visit: Visit) -> bool:
        finished = visit.status == StepStatus.SUCCESS
        return not (finished or self.travel.has_input)

    def _repeat_failed(self, address: str, index: int, visit: Visit) -> None:
        """A foreach runs only the items that did not succeed.

        What an item gave to ``bail`` is the workflow's result, not its own output.
        """
        for number in range(visit.next):
            inner = events.item(address, number)
            found = self.fold.visits.get(inner)
            if found and (found.bailed or found.status != StepStatus.SUCCESS):
                self.told.forget.append(inner)
        self.told.note_entry(address, index)
        self.told.reopened.append(address)

    def _begin_with(
        self, index: int, entry: Entry, member: Named, address: str, source: Ref
    ) -> None:
        """The target's visit with the input, or the answer, that was given."""
        visit = self.record.visits.get(address)
        given: dict[str, JSONValue] = {}
        if self.travel.has_input:
            given["payload"] = self.travel.input
        elif visit is not None:
            given["payload"] = self.values.get(visit.input)
        running = StepStatus.RUNNING
        self.told.put_visit(index, entry, member, address, given, running, source)
        put = self.told.put[address]
        if isinstance(entry, ForeachEntry):
            assert isinstance(self.travel.input, list)
            put["count"] = len(self.travel.input)
        if self.travel.has_answer:
            put["resumed"] = True
            if visit is not None and visit.suspended is not None:
                put["suspended"] = self._asked(visit.suspended)
        if isinstance(member, NestedEntry) and not isinstance(entry, ForeachEntry):
            self.told.scopes[address] = {
                "cursor": 0,
                "source": self.told.input_of(address),
            }

    def _asked(self, seq: int) -> int:
        """The event with what the target passed to ``suspend``: a fork has its own."""
        if not self.forks:
            return seq
        self.question = self.values.data(seq).get("payload")
        return self.seq

    def enter(
        self, index: int, entry: Entry, member: NestedEntry, address: str, source: Ref
    ) -> Ref:
        """A nested workflow on the way is executed again; gives its input."""
        visit = self.fold.visits.get(address)
        if visit is not None:
            self.told.note_entry(address, index)
            self.told.reopened.append(address)
            return visit.input
        recorded = self.record.visits.get(address)
        given = {"payload": self.values.get(recorded.input)} if recorded else {}
        running = StepStatus.RUNNING
        self.told.put_visit(index, entry, member, address, given, running, source)
        if recorded and recorded.iteration:
            self.told.put[address]["iteration"] = recorded.iteration
        return self.told.input_of(address)


def _has_output(known: Mapping[str, Any]) -> bool:
    """``None`` may be an output; of a step that did not succeed it is none."""
    if known.get("output") is not None:
        return True
    return "output" in known and known.get("status", "success") == "success"
