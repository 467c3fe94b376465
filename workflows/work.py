"""What the planner asks for: visits to begin, user code to execute."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from workflows.graph import (
    Entry,
    ForeachEntry,
    MapEntry,
    NestedEntry,
    SleepEntry,
    SleepUntilEntry,
    StepEntry,
)
from workflows.state import Ref

if TYPE_CHECKING:
    from workflows.definition import Workflow

Leaf: TypeAlias = "StepEntry | MapEntry | SleepEntry | SleepUntilEntry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A visit that may begin: its input must be resolved and checked first."""

    address: str
    workflow: Workflow
    entry: int
    member: StepEntry | NestedEntry | MapEntry | SleepEntry | SleepUntilEntry | None
    loop: ForeachEntry | None = None  # the foreach itself begins, not an item
    source: Ref
    iteration: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """A workflow that may end well: its output must be checked first."""

    workflow: Workflow
    address: str  # "" for the run itself
    output: Ref


@dataclass(frozen=True, slots=True)
class WorkKey:
    """Names one execution of user code; the same key is never run twice at once."""

    address: str
    visit: int
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """User code to execute: a step, a map, a sleep's length, a condition."""

    key: WorkKey
    workflow: Workflow
    entry: Entry
    member: Leaf | None  # None: the entry's conditions are to be evaluated
    source: Ref
    iteration: int = 0
    not_before: int | None = None


@dataclass(slots=True)
class Plan:
    starts: list[Start] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    wake_at: int | None = None
