"""The rows of the journal, and how a visit is addressed.

An **address** names a place in a run: ids joined by dots, an index in brackets
for an item of a foreach: ``review.lines[2].check``. The table stores it as ``path``
plus ``foreach_index`` of its last part; the engine uses it whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.json_gate import JSONValue


class EventType(StrEnum):
    """What an event says; the text is the public ``type``."""

    START = "workflow-start"  # input, first state and context
    CLAIMED = "workflow-claimed"  # an executor took the lease
    RESTARTED = "workflow-restarted"  # the same, asked for by restart()
    RESUMED = "workflow-resumed"  # a paused run was told to go on
    STEP_START = "workflow-step-start"  # a visit began (or its next attempt)
    STEP_OUTPUT = "workflow-step-output"  # a chunk written by a step
    STEP_PROGRESS = "workflow-step-progress"  # an item of a foreach ended
    STEP_RESULT = "workflow-step-result"  # a visit ended
    STEP_SUSPENDED = "workflow-step-suspended"  # a visit waits for an answer
    STEP_RESUMED = "workflow-step-resumed"  # the answer, durably recorded
    STEP_RETRY = "workflow-step-retry"  # an attempt failed, another follows
    STEP_WAITING = "workflow-step-waiting"  # a sleep began
    DECIDED = "workflow-condition"  # arms taken, or a loop's verdict
    SUSPENDED = "workflow-suspended"  # nothing executes; someone must answer
    WAITING = "workflow-waiting"  # nothing executes; a timer is set
    PAUSED = "workflow-paused"  # per_step: one step was run
    ATTENTION = "workflow-attention"  # parked: an operator must look
    TIME_TRAVEL = "workflow-time-travel"  # a new generation begins
    CANCELED = "workflow-canceled"
    FINISH = "workflow-finish"


ENDS_STREAM = frozenset(
    {EventType.SUSPENDED, EventType.PAUSED, EventType.CANCELED, EventType.FINISH}
)


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """A numbered event as the fold reads it; ``at`` is aware."""

    seq: int
    type: EventType
    address: str
    data: Mapping[str, JSONValue]
    at: datetime


def join(prefix: str, name: str) -> str:
    """The address of ``name`` inside ``prefix``."""
    return f"{prefix}.{name}" if prefix else name


def item(address: str, index: int) -> str:
    """The address of the ``index``-th item of a foreach."""
    return f"{address}[{index}]"


def split(address: str) -> tuple[str, int | None]:
    """An address as the table stores it: path, index of its last part."""
    if address.endswith("]"):
        path, _, index = address[:-1].rpartition("[")
        return path, int(index)
    return address, None


def unsplit(path: str, index: int | None) -> str:
    """The address of what the table stores as path and index."""
    return path if index is None else item(path, index)


def scope_of(address: str) -> str:
    """The address of the workflow an address lies in; the root is ``""``."""
    return address.rpartition(".")[0]


def ids(address: str) -> list[str]:
    """The ids of an address without indexes: ``a[1].b`` is ``["a", "b"]``."""
    return [part.partition("[")[0] for part in address.split(".")] if address else []


def segments(path: str) -> list[str]:
    """The public path of an event: ids, with indexes but for the last part."""
    return path.split(".") if path else []
