"""The step graph of a workflow as data: entries, what is in them, and their shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from workflows import json_gate
from workflows.errors import StepNotFound
from workflows.json_gate import JSONObject, JSONValue
from workflows.mapping import MapVariable, map_variable

if TYPE_CHECKING:
    from workflows.definition import Step, Workflow

__all__ = [
    "BranchEntry",
    "Entry",
    "ForeachEntry",
    "LoopEntry",
    "MapEntry",
    "MapVariable",
    "Member",
    "NestedEntry",
    "ParallelEntry",
    "SleepEntry",
    "SleepUntilEntry",
    "StepEntry",
    "describe",
    "find",
    "fingerprint",
    "map_variable",
    "members",
    "walk",
]

# Functions of a StepContext, which a layer above defines.
Condition: TypeAlias = Callable[[Any], bool | Awaitable[bool]]
ContextFunction: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntry:
    """Run one step."""

    kind: ClassVar[str] = "step"
    id: str
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedEntry:
    """Run another workflow as one step."""

    kind: ClassVar[str] = "workflow"
    id: str
    workflow: Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class MapEntry:
    """Reshape the data: by a function, or key by key."""

    kind: ClassVar[str] = "map"
    id: str
    mapping: ContextFunction | Mapping[str, MapVariable]


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepEntry:
    """Wait for a number of seconds."""

    kind: ClassVar[str] = "sleep"
    id: str
    duration: float | ContextFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepUntilEntry:
    """Wait until a moment."""

    kind: ClassVar[str] = "sleep_until"
    id: str
    at: datetime | ContextFunction


Member: TypeAlias = StepEntry | NestedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelEntry:
    """Run all members at the same time, on the same input."""

    kind: ClassVar[str] = "parallel"
    members: tuple[Member, ...]
    allow_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchEntry:
    """Run every member whose condition is true."""

    kind: ClassVar[str] = "branch"
    arms: tuple[tuple[Condition, Member], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopEntry:
    """Run the member while the condition holds, or (``until``) until it does."""

    kind: ClassVar[str] = "loop"
    member: Member
    condition: Condition
    until: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeachEntry:
    """Run the member for each item of a list, ``concurrency`` items at a time."""

    kind: ClassVar[str] = "foreach"
    member: Member
    concurrency: int = 1


Plain: TypeAlias = MapEntry | SleepEntry | SleepUntilEntry
Named: TypeAlias = Member | Plain
Block: TypeAlias = ParallelEntry | BranchEntry | LoopEntry | ForeachEntry
Entry: TypeAlias = Named | Block


def members(entry: Entry) -> tuple[Named, ...]:
    """The things with ids in an entry: itself, or what a block runs."""
    if isinstance(entry, ParallelEntry):
        return entry.members
    if isinstance(entry, BranchEntry):
        return tuple(member for _, member in entry.arms)
    if isinstance(entry, LoopEntry | ForeachEntry):
        return (entry.member,)
    return (entry,)


def walk(
    workflow: Workflow, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Named]]:
    """Everything with an id, depth first in order of declaration, with its path."""
    for entry in workflow.entries:
        for member in members(entry):
            path = (*above, member.id)
            yield path, member
            if isinstance(member, NestedEntry):
                yield from walk(member.workflow, path)


def find(workflow: Workflow, ids: Sequence[str]) -> Named:
    """What lies at the path ``ids``; StepNotFound names what there is instead."""
    inside = workflow
    for depth, id_ in enumerate(ids):
        found = {m.id: m for entry in inside.entries for m in members(entry)}
        member = found.get(id_)
        if member is None:
            raise StepNotFound(
                f'workflow "{inside.id}" has no step "{id_}"; it has: '
                + ", ".join(found)
            )
        if depth == len(ids) - 1:
            return member
        if not isinstance(member, NestedEntry):
            raise StepNotFound(
                f'"{id_}" in workflow "{inside.id}" is no workflow, '
                f'so there is no "{ids[depth + 1]}" in it'
            )
        inside = member.workflow
    raise StepNotFound(f'an empty path names no step of workflow "{workflow.id}"')


def place(workflow: Workflow, id: str) -> tuple[int, Entry, Named]:
    """Where ``id`` stands among a workflow's own entries; or ``StepNotFound``."""
    for index, entry in enumerate(workflow.entries):
        for member in members(entry):
            if member.id == id:
                return index, entry, member
    has = ", ".join(m.id for entry in workflow.entries for m in members(entry))
    raise StepNotFound(
        f"step {id!r} does not exist in the current execution graph of workflow "
        f"{workflow.id!r}; it has: {has}"
    )


def index_of(workflow: Workflow, id: str) -> int | None:
    """The index of the entry that has ``id``, or ``None``."""
    for index, entry in enumerate(workflow.entries):
        if any(member.id == id for member in members(entry)):
            return index
    return None


def describe(workflow: Workflow) -> JSONObject:
    """The graph as JSON: what a page, REST or another program draws it from."""
    return {
        "id": workflow.id,
        "version": workflow.version,
        "description": workflow.description,
        "metadata": workflow.metadata,
        "entries": [_described(entry) for entry in workflow.entries],
    }


def fingerprint(workflow: Workflow) -> str:
    """A hash of ids, kinds, order and answer schemas; code may change under it."""
    return json_gate.digest([_shape(entry) for entry in workflow.entries])


def _described(entry: Entry) -> JSONObject:
    if isinstance(entry, StepEntry):
        return {"kind": entry.kind, "id": entry.id, **_step_facts(entry.step)}
    if isinstance(entry, NestedEntry):
        return {**describe(entry.workflow), "kind": entry.kind, "id": entry.id}
    if isinstance(entry, MapEntry):
        return {"kind": entry.kind, "id": entry.id, "variables": _variables(entry)}
    if isinstance(entry, SleepEntry):
        seconds = None if callable(entry.duration) else entry.duration
        return {"kind": entry.kind, "id": entry.id, "seconds": seconds}
    if isinstance(entry, SleepUntilEntry):
        at = None if callable(entry.at) else entry.at.isoformat()
        return {"kind": entry.kind, "id": entry.id, "at": at}
    within: list[JSONValue] = [_described(member) for member in members(entry)]
    return {"kind": entry.kind, **_block_facts(entry), "members": within}


def _step_facts(step: Step) -> JSONObject:
    return {
        "description": step.description,
        "suspends": step.resume_schema is not None or step.suspend_schema is not None,
        "retries": step.retries,
        "timeout": step.timeout,
        "transaction": step.transaction,
        "metadata": step.metadata,
    }


def _variables(entry: MapEntry) -> JSONValue:
    if callable(entry.mapping):
        return None
    return {key: variable.describe() for key, variable in entry.mapping.items()}


def _block_facts(entry: Block) -> JSONObject:
    if isinstance(entry, ParallelEntry):
        return {"allow_failure": entry.allow_failure}
    if isinstance(entry, BranchEntry):
        return {"conditions": [_label(condition) for condition, _ in entry.arms]}
    if isinstance(entry, LoopEntry):
        return {"until": entry.until, "condition": _label(entry.condition)}
    return {"concurrency": entry.concurrency}


def _label(function: Callable[..., Any]) -> str:
    """A name to show; nothing for a lambda."""
    name = str(getattr(function, "__name__", type(function).__name__))
    return "" if name == "<lambda>" else name.replace("_", " ")


def _shape(entry: Entry) -> JSONObject:
    if isinstance(entry, StepEntry):
        answer = entry.step.schemas.resume.json_schema()
        return {"kind": entry.kind, "id": entry.id, "answer": answer}
    if isinstance(entry, NestedEntry):
        inner: list[JSONValue] = [_shape(e) for e in entry.workflow.entries]
        return {"kind": entry.kind, "id": entry.id, "entries": inner}
    if isinstance(entry, MapEntry | SleepEntry | SleepUntilEntry):
        return {"kind": entry.kind, "id": entry.id}
    within: list[JSONValue] = [_shape(member) for member in members(entry)]
    until = {"until": entry.until} if isinstance(entry, LoopEntry) else {}
    return {"kind": entry.kind, **until, "members": within}
