"""A small model of a run: what it must look like after what was decided.

It walks the definition from the beginning each time, with the decisions made so far
in hand; it knows nothing of events, folds, cursors or leases. A visit's key is its
address with the turn of each loop, so that turns don't mix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from workflows.definition import Workflow
from workflows.graph import (
    BranchEntry,
    Entry,
    ForeachEntry,
    LoopEntry,
    MapEntry,
    NestedEntry,
    ParallelEntry,
    SleepEntry,
    SleepUntilEntry,
    StepEntry,
)

Member: TypeAlias = "StepEntry | NestedEntry"


@dataclass
class Visit:
    """One step's visit: what it was given, and how it stands."""

    given: Any
    status: str = "running"
    output: Any = None
    failures: int = 0
    answer: Any = None
    bailed: bool = False


@dataclass
class Spot:
    """A place in the walk: its key here and its address in the engine."""

    key: str
    address: str

    def inside(self, id: str, turn: int = 0) -> Spot:
        mark = f"#{turn}" if turn else ""
        dot = "." if self.key else ""
        return Spot(f"{self.key}{dot}{id}{mark}", f"{self.address}{dot}{id}")

    def item(self, index: int) -> Spot:
        return Spot(f"{self.key}[{index}]", f"{self.address}[{index}]")


@dataclass
class Found:
    """What a place has come to: done (with a value), failed, aborted or open."""

    status: str
    value: Any = None
    running: dict[str, str] = field(default_factory=dict)
    suspended: dict[str, str] = field(default_factory=dict)


class Reference:
    """Decisions made so far, and what follows from them."""

    def __init__(
        self, flow: Workflow, truths: dict[str, bool], turns: dict[str, int], given: Any
    ) -> None:
        self.flow = flow
        self.truths = truths
        self.turns = turns
        self.given = given
        self.visits: dict[str, Visit] = {}
        self.ended: dict[str, tuple[str, Any]] = {}
        self.canceled = False
        self.passed_over: set[str] = set()
        self.bailed_at = len(flow.entries)
        self.root = Found("open")
        self.follow()

    # What was decided.

    def decide(self, key: str, outcome: str, value: Any = None) -> None:
        visit = self.visits[key]
        scope = key.rpartition(".")[0]
        match outcome:
            case "succeed":
                visit.status, visit.output = "success", value
            case "suspend":
                visit.status = "suspended"
            case "raise":
                visit.failures += 1
                if visit.failures > 1:
                    visit.status = "failed"
            case "bail":
                visit.status, visit.output, visit.bailed = "success", value, True
                self.ended.setdefault(scope, ("bail", value))
                if not scope:
                    self.bailed_at = self._entry_of(key)
            case "abort":
                visit.status = "canceled"
                self.ended.setdefault(scope, ("abort", None))
        self.follow()

    def _entry_of(self, key: str) -> int:
        id = key.partition(".")[0].partition("[")[0].partition("#")[0]
        return next(i for i, e in enumerate(self.flow.entries) if id in _ids(e))

    def answer(self, key: str, value: Any) -> None:
        visit = self.visits[key]
        visit.status, visit.answer, visit.failures = "running", value, 0
        self.follow()

    def cancel(self) -> None:
        self.canceled = True
        self.follow()

    def travel(self, id: str, *, fork: bool) -> bool:
        """Go on at an entry of the root; ``False`` when that can't be.

        A fork knows what precedes the entry, and nothing of the entry itself.
        """
        at = self._entry_of(id)
        value, passed = self.given, set[str]()
        for number, entry in enumerate(self.flow.entries[:at]):
            found = self.entry(entry, Spot("", ""), value)
            if found.status != "done":
                done = self._finished_arms(entry, value)
                if not done or not all(
                    map(_has_no_output, self.flow.entries[number + 1 : at])
                ):
                    return False  # what follows an unfinished entry was never reached
                passed |= set(_ids(entry)) - set(done)
                found.value = done
            value = found.value
        keeps = not fork and self._is_unfinished(at, value)
        self._forget(id, keep_items=keeps)
        later = {other for e in self.flow.entries[at + 1 :] for other in _ids(e)}
        for other in later | passed:
            self._forget(other)
        self.passed_over = (self.passed_over | passed) - later
        self.ended.pop("", None)
        self.bailed_at = len(self.flow.entries)
        self.canceled = False
        self.follow()
        return True

    def _finished_arms(self, entry: Entry, value: Any) -> dict[str, Any]:
        """Of a branch one finished arm is enough; the others are passed over."""
        if not isinstance(entry, BranchEntry):
            return {}
        arms = {
            arm.id: self.member(arm, Spot("", "").inside(arm.id), value)
            for arm in self._taken(entry)
        }
        return {id: arm.value for id, arm in arms.items() if arm.status == "done"}

    def _taken(self, entry: BranchEntry) -> list[Member]:
        arms = [arm for _, arm in entry.arms if self.truths[arm.id]]
        return [arm for arm in arms if arm.id not in self.passed_over]

    def _is_unfinished(self, at: int, value: Any) -> bool:
        entry = self.flow.entries[at]
        if not isinstance(entry, ForeachEntry):
            return False
        if self.entry(entry, Spot("", ""), value).status != "done":
            return True
        return any(self._bailed(key) for key in self._items(entry.member.id))

    def _bailed(self, key: str) -> bool:
        return key in self.visits and self.visits[key].bailed

    def _forget(self, id: str, *, keep_items: bool = False) -> None:
        kept = self._finished_items(id) if keep_items else ()
        for table in (self.visits, self.ended):
            for key in list(table):
                root = key.partition(".")[0]
                if root.partition("[")[0].partition("#")[0] == id and root not in kept:
                    del table[key]

    def _finished_items(self, id: str) -> set[str]:
        (entry,) = [e for e in self.flow.entries if id in _ids(e)]
        assert isinstance(entry, ForeachEntry)
        return {
            item
            for item in self._items(id)
            if not self._bailed(item)
            and self.member(entry.member, Spot(item, item), None).status == "done"
        }

    def _items(self, id: str) -> set[str]:
        roots = {key.partition(".")[0] for key in [*self.visits, *self.ended]}
        return {root for root in roots if root.startswith(f"{id}[")}

    # What follows.

    def follow(self) -> None:
        self.root = self.scope(self.flow, Spot("", ""), self.given)
        if self.canceled:
            self.root = Found("aborted")

    @property
    def status(self) -> str:
        words = {"done": "success", "aborted": "canceled", "failed": "failed"}
        if self.root.status in words:
            return words[self.root.status]
        return "running" if self.root.running else "suspended"

    @property
    def finished(self) -> bool:
        return self.status not in ("running", "suspended")

    def scope(self, flow: Workflow, spot: Spot, value: Any) -> Found:
        if spot.key in self.ended:
            how, given = self.ended[spot.key]
            return Found("done", given) if how == "bail" else Found("aborted")
        for entry in flow.entries:
            found = self.entry(entry, spot, value)
            if found.status != "done":
                return found
            value = found.value
        return Found("done", value)

    def entry(self, entry: Entry, spot: Spot, value: Any) -> Found:
        match entry:
            case StepEntry() | NestedEntry():
                return self.member(entry, spot.inside(entry.id), value)
            case MapEntry():
                return Found("done", {"mapped": value})
            case ParallelEntry():
                lenient = entry.allow_failure
                return self.block(entry.members, spot, value, lenient=lenient)
            case BranchEntry():
                return self.block(self._taken(entry), spot, value, lenient=False)
            case LoopEntry():
                return self.loop(entry, spot, value)
            case ForeachEntry():
                return self.foreach(entry, spot, value)
            case _:
                return Found("done", value)

    def member(self, member: Member, spot: Spot, value: Any) -> Found:
        if isinstance(member, NestedEntry):
            found = self.scope(member.workflow, spot, value)
            return Found("failed") if found.status == "aborted" else found
        visit = self.visits.setdefault(spot.key, Visit(value))
        match visit.status:
            case "running":
                return Found("open", running={spot.address: spot.key})
            case "suspended":
                return Found("open", suspended={spot.address: spot.key})
            case "success":
                return Found("done", visit.output)
            case _:
                return Found("failed")

    def block(self, members: Any, spot: Spot, value: Any, *, lenient: bool) -> Found:
        found = {m.id: self.member(m, spot.inside(m.id), value) for m in members}
        together = joined(list(found.values()), lenient=lenient)
        return together or Found("done", {id: one.value for id, one in found.items()})

    def loop(self, entry: LoopEntry, spot: Spot, value: Any) -> Found:
        turns = self.turns[entry.member.id]
        for turn in range(1, turns + 1):
            found = self.member(entry.member, spot.inside(entry.member.id, turn), value)
            if found.status != "done":
                return found
            value = found.value
        return Found("done", value)

    def foreach(self, entry: ForeachEntry, spot: Spot, value: Any) -> Found:
        if not isinstance(value, list):
            return Found("failed")
        here, outputs, size = spot.inside(entry.member.id), [], entry.concurrency
        for start in range(0, len(value), size):
            batch = [
                self.member(entry.member, here.item(index), value[index])
                for index in range(start, min(start + size, len(value)))
            ]
            if together := joined(batch, lenient=False):
                return together
            outputs += [one.value for one in batch]
        return Found("done", outputs)


def joined(found: list[Found], *, lenient: bool) -> Found | None:
    """What several places come to together, unless all are done."""
    running = {a: k for one in found for a, k in one.running.items()}
    suspended = {a: k for one in found for a, k in one.suspended.items()}
    failed = any(one.status == "failed" for one in found) and not lenient
    if running or (suspended and not failed):
        return Found("open", running=running, suspended=suspended)
    return Found("failed") if failed else None


def _has_no_output(entry: Entry) -> bool:
    return isinstance(entry, SleepEntry | SleepUntilEntry)


def _ids(entry: Entry) -> list[str]:
    match entry:
        case ParallelEntry():
            return [member.id for member in entry.members]
        case BranchEntry():
            return [member.id for _, member in entry.arms]
        case LoopEntry() | ForeachEntry():
            return [entry.member.id]
        case _:
            return [entry.id]
