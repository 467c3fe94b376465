"""What follows from decisions made so far: the walk of the reference model.

It knows nothing of events, folds, cursors or leases. A visit's key is its address
with the turn of each loop, so that turns don't mix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.engine.puppets import Puppets, fails_at_first
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
    members,
)

Member: TypeAlias = "StepEntry | NestedEntry"
Sleep: TypeAlias = "SleepEntry | SleepUntilEntry"
SLEEPS = (SleepEntry, SleepUntilEntry)


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


ROOT = Spot("", "")


@dataclass
class Found:
    """What a place has come to: done (with a value), failed, aborted or open."""

    status: str
    value: Any = None
    running: dict[str, str] = field(default_factory=dict)
    suspended: dict[str, str] = field(default_factory=dict)
    waiting: bool = False
    paused: bool = False


PAUSED = Found("open", paused=True)


class Walk:
    """A definition, walked from its beginning each time.

    ``allowance`` is how many steps may still begin, in per-step mode.
    """

    def __init__(
        self, flow: Workflow, puppets: Puppets, given: Any, *, per_step: bool
    ) -> None:
        self.flow = flow
        self.puppets = puppets
        self.given = given
        self.visits: dict[str, Visit] = {}
        self.begun: set[str] = set()  # nested workflows, foreach steps, verdicts
        self.ended: dict[str, tuple[str, Any, int]] = {}
        self.state: dict[str, Any] = {}
        self.canceled = False
        self.passed_over: set[str] = set()
        self.allowance: int | None = 1 if per_step else None
        self.root = Found("open")
        self.follow()

    def follow(self) -> None:
        self.root = self.scope(self.flow, ROOT, self.given)
        if self.canceled:
            self.root = Found("aborted")
        elif (
            self.root.status == "done" and self.allowance == 0 and "" not in self.ended
        ):
            self.root = PAUSED

    @property
    def status(self) -> str:
        words = {"done": "success", "aborted": "canceled", "failed": "failed"}
        if self.root.status in words:
            return words[self.root.status]
        if self.root.running:
            return "running"
        if self.root.paused:
            return "paused"
        return "suspended" if self.root.suspended else "waiting"

    @property
    def sleeps(self) -> bool:
        """Whether something waits for time to pass."""
        return not self.finished and self.root.waiting

    @property
    def finished(self) -> bool:
        return self.status in ("success", "failed", "canceled")

    def may_begin(self, key: str, *, uses: int = 0) -> bool:
        """Whether a thing has begun, or may now; ``uses`` up the allowance."""
        known = self.visits if uses else self.begun
        if key in known:
            return True
        if self.allowance is not None:
            if self.allowance == 0:
                return False
            self.allowance -= uses
        if not uses:
            self.begun.add(key)
        return True

    def scope(self, flow: Workflow, spot: Spot, value: Any) -> Found:
        if spot.key in self.ended:
            how, given, _ = self.ended[spot.key]
            return Found("done", given) if how == "bail" else Found("aborted")
        init = value
        for entry in flow.entries:
            found = self.entry(entry, spot, value, init)
            if found.status != "done":
                return found
            value = found.value
        return Found("done", value)

    def entry(self, entry: Entry, spot: Spot, value: Any, init: Any) -> Found:
        match entry:
            case StepEntry() | NestedEntry():
                return self.member(entry, spot.inside(entry.id), value)
            case MapEntry():
                return self.map(entry, spot, value, init)
            case SleepEntry() | SleepUntilEntry():
                return self.sleep(entry, spot.inside(entry.id), value)
            case ParallelEntry():
                lenient = entry.allow_failure
                return self.block(entry.members, spot, value, lenient=lenient)
            case BranchEntry():
                if not self.may_begin(f"{spot.inside(ids_of(entry)[0]).key}?"):
                    return PAUSED
                return self.block(self._taken(entry), spot, value, lenient=False)
            case LoopEntry():
                return self.loop(entry, spot, value)
            case ForeachEntry():
                return self.foreach(entry, spot, value)

    def map(self, entry: MapEntry, spot: Spot, value: Any, init: Any) -> Found:
        key = spot.inside(entry.id).key
        if not self.may_begin(key, uses=1):
            return PAUSED
        if key not in self.visits:
            output = self.mapped(entry, spot, value, init)
            self.visits[key] = Visit(value, "success", output)
        return Found("done", self.visits[key].output)

    def mapped(self, entry: MapEntry, spot: Spot, value: Any, init: Any) -> Any:
        if callable(entry.mapping):
            return {"mapped": value}
        output = {}
        for name, variable in entry.mapping.items():
            values = {"fn": value, "init_data": init, "value": variable.value}
            if variable.source == "step":
                output[name] = self.visits[spot.inside(variable.steps[0]).key].output
            else:
                output[name] = values[variable.source]
        return output

    def sleep(
        self, entry: SleepEntry | SleepUntilEntry, spot: Spot, value: Any
    ) -> Found:
        if not self.may_begin(spot.key, uses=1):
            return PAUSED
        if spot.key not in self.visits:
            status = "asleep" if self.puppets.lasts(entry) else "success"
            self.visits[spot.key] = Visit(value, status, value)
        if self.visits[spot.key].status == "asleep":
            return Found("open", waiting=True)
        return Found("done", value)

    def member(self, member: Member, spot: Spot, value: Any) -> Found:
        if isinstance(member, NestedEntry):
            return self.nested(member, spot, value)
        if not self.may_begin(spot.key, uses=1):
            return PAUSED
        if spot.key not in self.visits:
            self.visits[spot.key] = Visit(value)
            if member.step.transaction:
                self.transact(spot.key)
        visit = self.visits[spot.key]
        match visit.status:
            case "running":
                return Found("open", running={spot.address: spot.key})
            case "suspended":
                return Found("open", suspended={spot.address: spot.key})
            case "waiting" | "asleep":
                return Found("open", waiting=True)
            case "success":
                return Found("done", visit.output)
            case _:
                return Found("failed")

    def nested(self, member: NestedEntry, spot: Spot, value: Any) -> Found:
        if spot.key in self.visits:  # a fork knows its output alone
            return Found("done", self.visits[spot.key].output)
        if not self.may_begin(spot.key):
            return PAUSED
        found = self.scope(member.workflow, spot, value)
        return Found("failed") if found.status == "aborted" else found

    def transact(self, key: str) -> None:
        """A step in a transaction is not held: it gives what it got."""
        visit = self.visits[key]
        scope, _, name = key.rpartition(".")
        late = fails_at_first(id_of(name)) and self.tries_again_late(scope)
        visit.status, visit.output = "asleep" if late else "success", visit.given

    def block(self, inside: Any, spot: Spot, value: Any, *, lenient: bool) -> Found:
        found = {m.id: self.member(m, spot.inside(m.id), value) for m in inside}
        together = joined(list(found.values()), lenient=lenient)
        return together or Found("done", {id: one.value for id, one in found.items()})

    def loop(self, entry: LoopEntry, spot: Spot, value: Any) -> Found:
        turns = self.puppets.turns[entry.member.id]
        for turn in range(1, turns + 1):
            inner = spot.inside(entry.member.id, turn)
            found = self.member(entry.member, inner, value)
            if found.status != "done":
                return found
            if not self.may_begin(f"{inner.key}?"):
                return PAUSED
            value = found.value
        return Found("done", value)

    def foreach(self, entry: ForeachEntry, spot: Spot, value: Any) -> Found:
        here, outputs, size = spot.inside(entry.member.id), [], entry.concurrency
        if not self.may_begin(f"{here.key}?"):
            return PAUSED
        if not isinstance(value, list):
            return Found("failed")
        for start in range(0, len(value), size):
            batch = [
                self.member(entry.member, here.item(index), value[index])
                for index in range(start, min(start + size, len(value)))
            ]
            if together := joined(batch, lenient=False):
                return together
            outputs += [one.value for one in batch]
        return Found("done", outputs)

    def tries_again_late(self, scope: str) -> bool:
        return id_of(scope.rpartition(".")[2]) in self.puppets.slow

    def _taken(self, entry: BranchEntry) -> list[Member]:
        arms = [arm for _, arm in entry.arms if self.puppets.truths[arm.id]]
        return [arm for arm in arms if arm.id not in self.passed_over]


def joined(found: list[Found], *, lenient: bool) -> Found | None:
    """What several places come to together, unless all are done."""
    running = {a: k for one in found for a, k in one.running.items()}
    suspended = {a: k for one in found for a, k in one.suspended.items()}
    waiting = any(one.waiting for one in found)
    paused = any(one.paused for one in found)
    failed = any(one.status == "failed" for one in found) and not lenient
    if running or waiting or ((suspended or paused) and not failed):
        return Found("open", None, running, suspended, waiting, paused)
    return Found("failed") if failed else None


def within(key: str, place: str) -> bool:
    """Whether a key is of this place, of a turn or an item of it, or inside."""
    return key == place or key.startswith(tuple(f"{place}{mark}" for mark in ".[#?"))


def id_of(part: str) -> str:
    """The id of one part of a key."""
    return part.partition("[")[0].partition("#")[0].partition("?")[0]


def index_of(flow: Workflow, id: str) -> int:
    return next(i for i, entry in enumerate(flow.entries) if id in ids_of(entry))


def ids_of(entry: Entry) -> list[str]:
    return [member.id for member in members(entry)]
