"""A small model of a run: what it must look like after what was decided.

It holds the decisions made so far; what follows from them is found by walking the
definition from the beginning each time (``Walk``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

from tests.engine.reference_walk import (
    ROOT,
    SLEEPS,
    Spot,
    Visit,
    Walk,
    id_of,
    ids_of,
    index_of,
    within,
)
from workflows.definition import Workflow
from workflows.graph import (
    BranchEntry,
    Entry,
    ForeachEntry,
    LoopEntry,
    NestedEntry,
    StepEntry,
    members,
)

TARGETS = (StepEntry, NestedEntry, LoopEntry, ForeachEntry)


class Reference(Walk):
    """A run as it must be, changed by the same acts as the true one."""

    # What was decided.

    def decide(self, key: str, outcome: str, value: Any = None) -> None:
        visit = self.visits[key]
        scope, _, name = key.rpartition(".")
        match outcome:
            case "succeed":
                visit.status, visit.output = "success", value
                self.state[id_of(name)] = value
            case "suspend":
                visit.status = "suspended"
            case "raise":
                visit.failures += 1
                if visit.failures > 1:
                    visit.status = "failed"
                elif self.tries_again_late(scope):
                    visit.status = "waiting"
            case "bail":
                visit.status, visit.output, visit.bailed = "success", value, True
                self.ended.setdefault(scope, ("bail", value, self._entry_of(key)))
            case "abort":
                visit.status = "canceled"
                self.ended.setdefault(scope, ("abort", None, self._entry_of(key)))
        self.follow()

    def _entry_of(self, key: str) -> int:
        """The index of a step's entry in the workflow it lies in."""
        *above, name = [id_of(part) for part in key.split(".")]
        flow = self.flow
        for id in above:
            flow = next(
                member.workflow
                for entry in flow.entries
                for member in members(entry)
                if isinstance(member, NestedEntry) and member.id == id
            )
        return index_of(flow, name)

    def answer(self, key: str, value: Any, *, per_step: bool) -> None:
        visit = self.visits[key]
        visit.status, visit.answer, visit.failures = "running", value, 0
        self.allowance = 0 if per_step else None
        self.follow()

    def go_on(self, *, per_step: bool) -> None:
        self.allowance = 1 if per_step else None
        self.follow()

    def wake(self) -> None:
        """So much time has passed that every sleep and every delay is over."""
        for visit in self.visits.values():
            if visit.status in ("asleep", "waiting"):
                visit.status = "success" if visit.status == "asleep" else "running"
        self.follow()

    def cancel(self) -> None:
        self.canceled = True
        self.follow()

    # Time travel.

    def targets(self) -> list[list[str]]:
        """Where a time travel may go: steps, loops and nested workflows in a row."""
        return list(self._targets(self.flow, ROOT))

    def _targets(self, flow: Workflow, spot: Spot) -> Iterator[list[str]]:
        _, _, last = self.ended.get(spot.key, ("", None, len(flow.entries)))
        for entry in flow.entries[: last + 1]:
            if not isinstance(entry, TARGETS):
                continue
            (id,) = ids_of(entry)
            yield [id]
            (member,) = members(entry)
            if isinstance(entry, ForeachEntry) or not isinstance(member, NestedEntry):
                continue
            inside = spot.inside(id, self._turn(entry, spot))
            if self._is_known(inside.key):
                for path in self._targets(member.workflow, inside):
                    yield [id, *path]

    def _turn(self, entry: Entry, spot: Spot) -> int:
        """The last turn of a loop that has begun; 0 where there is no loop."""
        if not isinstance(entry, LoopEntry):
            return 0
        turns = range(self.puppets.turns[entry.member.id], 0, -1)
        keys = (spot.inside(entry.member.id, turn).key for turn in turns)
        begun = {*self.begun, *self.visits}
        found = (any(within(one, key) for one in begun) for key in keys)
        return next(
            (turn for turn, is_it in zip(turns, found, strict=True) if is_it), 1
        )

    def _is_known(self, nested: str) -> bool:
        return any(key.startswith(f"{nested}.") for key in self.visits)

    def travel(self, path: Sequence[str], *, fork: bool, per_step: bool) -> bool:
        """Go on at another step; ``False`` when that can't be.

        A fork knows what precedes the step, and nothing of the step itself.
        """
        allowed, self.allowance = self.allowance, 0  # nothing begins meanwhile
        changes = self._route(self.flow, ROOT, list(path), self.given, fork=fork)
        self.allowance = allowed
        if changes is None:
            return False
        for change in changes:
            change()
        self.canceled = False
        self.go_on(per_step=per_step)
        return True

    def _route(
        self, flow: Workflow, spot: Spot, path: list[str], value: Any, *, fork: bool
    ) -> list[Callable[[], Any]] | None:
        """What to change, in order, so that the walk comes to ``path`` again."""
        at = index_of(flow, path[0])
        changes: list[Callable[[], Any]] = []
        init = value
        for entry in flow.entries[:at]:
            if isinstance(entry, SLEEPS):
                changes.append(partial(self._pass, spot, entry, value))
                continue
            found = self.entry(entry, spot, value, init)
            if found.status != "done":
                done = self._finished_arms(entry, spot, value)
                if not done:
                    return None
                passed = set(ids_of(entry)) - set(done)
                changes.append(partial(self._pass_over, spot, passed))
                found.value = done
            if fork:
                changes.append(partial(self._condense, spot, entry, found.value))
            value = found.value
        later = {id for entry in flow.entries[at + 1 :] for id in ids_of(entry)}
        changes.append(partial(self.ended.pop, spot.key, None))
        changes += [partial(self._forget, spot.inside(id).key) for id in later]
        changes.append(partial(self.passed_over.difference_update, later))
        entry = flow.entries[at]
        if len(path) == 1:
            keeps = self._finished_items(entry, spot, value) if not fork else set()
            changes.append(partial(self._forget, spot.inside(path[0]).key, keeps))
            return changes
        (member,) = members(entry)
        assert isinstance(member, NestedEntry)
        turn = self._turn(entry, spot)
        for before in range(1, turn):
            value = self.member(member, spot.inside(member.id, before), value).value
        inner = spot.inside(member.id, turn)
        changes.append(partial(self.begun.discard, f"{inner.key}?"))
        more = self._route(member.workflow, inner, path[1:], value, fork=fork)
        return None if more is None else changes + more

    def _pass(self, spot: Spot, entry: Any, value: Any) -> None:
        self.visits[spot.inside(entry.id).key] = Visit(value, "success", value)

    def _pass_over(self, spot: Spot, ids: set[str]) -> None:
        for id in ids:
            self._forget(spot.inside(id).key)
        self.passed_over |= ids

    def _condense(self, spot: Spot, entry: Entry, value: Any) -> None:
        """Of a nested workflow that lies before, a fork knows the output alone."""
        if not isinstance(entry, NestedEntry | LoopEntry):
            return
        (member,) = members(entry)
        if not isinstance(member, NestedEntry):
            return
        turns = self.puppets.turns[member.id] if isinstance(entry, LoopEntry) else 0
        for turn in range(bool(turns), turns + 1):
            key = spot.inside(member.id, turn).key
            self._forget(key)
            self.visits[key] = Visit(None, "success", value)
            self.begun.add(f"{key}?")

    def _finished_arms(self, entry: Entry, spot: Spot, value: Any) -> dict[str, Any]:
        """Of a branch one finished arm is enough; the others are passed over."""
        if not isinstance(entry, BranchEntry):
            return {}
        arms = {
            arm.id: self.member(arm, spot.inside(arm.id), value)
            for arm in self._taken(entry)
        }
        return {id: arm.value for id, arm in arms.items() if arm.status == "done"}

    def _finished_items(self, entry: Entry, spot: Spot, value: Any) -> set[str]:
        """Items that an unfinished foreach does not run again."""
        if not isinstance(entry, ForeachEntry):
            return set()
        loop = spot.inside(entry.member.id)
        tables = (self.visits, self.ended)
        items = {
            key[: key.index("]", len(loop.key)) + 1]
            for table in tables
            for key in table
            if key.startswith(f"{loop.key}[")
        }
        bailed = {item for item in items if self._bailed(item)}
        if self.entry(entry, spot, value, None).status == "done" and not bailed:
            return set()
        return {
            item
            for item in items - bailed
            if self.member(entry.member, Spot(item, item), None).status == "done"
        }

    def _bailed(self, key: str) -> bool:
        return key in self.visits and self.visits[key].bailed

    def _forget(self, gone: str, kept: Collection[str] = ()) -> None:
        for table in (self.visits, self.ended, self.begun):
            for key in list(table):
                if within(key, gone) and not any(within(key, one) for one in kept):
                    table.remove(key) if isinstance(table, set) else table.pop(key)
