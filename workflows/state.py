"""``RunFold``: what a journal says, as a value (``fold`` makes it).

Pure: no ORM, clock, settings or asyncio. A fold holds no payloads; it holds
**references** to the events that carry them, so that a snapshot stays small and
an output is stored once. A reference is the number of an event, or one of

* ``["object", {id: ref or null}]`` and ``["list", [ref, ...]]``: composed values,
* ``["item", ref, index]``: one element of a list,
* ``["put", seq, address, "output" | "payload"]``: a value a time travel brought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic_core import to_jsonable_python

from workflows.json_gate import JSONObject
from workflows.statuses import TERMINAL_RUN, RunStatus, StepStatus

Ref: TypeAlias = "int | list[Any]"

OPEN = frozenset(
    {StepStatus.RUNNING, StepStatus.WAITING, StepStatus.SUSPENDED, StepStatus.PAUSED}
)


@dataclass(slots=True)
class Visit:
    """The latest visit of one address. Times are milliseconds since the epoch."""

    kind: str
    entry: int
    seq: int  # names the visit: its start, or the answer that began it anew
    started: int  # the event that carries its input; 0: time travel put it there
    source: Ref
    status: StepStatus = StepStatus.RUNNING
    iteration: int = 0
    retries: int = 0
    wake_at: int | None = None
    result: Ref | None = None
    bailed: bool = False
    failure: Ref | None = None
    suspended: int | None = None
    suspension: str | None = None
    resumed: int | None = None
    labels: list[str] = field(default_factory=list)  # of its last suspension
    state: Mapping[str, int] = field(default_factory=dict)
    context: Mapping[str, int] = field(default_factory=dict)
    count: int | None = None  # of a foreach: how many items
    next: int = 0  # of a foreach: items below were started
    open: list[int] = field(default_factory=list)  # started, not (yet) successful
    done: int = 0
    started_at: int = 0
    suspended_at: int | None = None
    resumed_at: int | None = None
    ended_at: int | None = None

    @property
    def input(self) -> Ref:
        """What the visit was given."""
        return self.started or self.source


@dataclass(slots=True)
class Scope:
    """One execution of a workflow: the root, or a nested one."""

    source: Ref  # the workflow's input
    cursor: int = 0
    cursor_source: Ref | None = None
    ended: str = ""  # "bail" or "abort": called inside this workflow
    result: Ref | None = None


@dataclass(slots=True)
class Verdict:
    """What user code decided about a block: arms taken, or whether to go on."""

    taken: list[str] = field(default_factory=list)
    iteration: int = 0
    again: bool = False


@dataclass(slots=True)
class Claim:
    seq: int
    holder: str


@dataclass(slots=True)
class RunFold:
    """A run as its journal tells it, up to event number ``seq``."""

    seq: int = 0
    status: RunStatus = RunStatus.PENDING
    generation: int = 0
    visits: dict[str, Visit] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    state: Mapping[str, int] = field(default_factory=dict)
    context: Mapping[str, int] = field(default_factory=dict)
    start: int | None = None
    allowance: int | None = None  # per_step: steps that may still start
    claim: Claim | None = None
    recoveries: int = 0  # claims in a row without a newly recorded result
    result: Ref | None = None
    failure: int | None = None
    attention: str = ""
    was_resumed: bool = False

    @property
    def finished(self) -> bool:
        return self.status in TERMINAL_RUN

    def suspensions(self) -> dict[str, Visit]:
        """The open suspensions by address, in the order their visits began."""
        return {
            address: visit
            for address, visit in self.visits.items()
            if visit.status == StepStatus.SUSPENDED
        }

    def labels(self) -> dict[str, str]:
        """Open resume labels and the address each one names."""
        return {
            label: address
            for address, visit in self.suspensions().items()
            for label in visit.labels
        }

    def within(self, address: str) -> list[str]:
        """Addresses of the visits inside ``address``, not itself, in order."""
        inner = f"{address}."
        items = f"{address}["
        return [a for a in self.visits if a.startswith((inner, items))]

    def to_json(self) -> JSONObject:
        """The snapshot; ``from_json`` gives an equal fold back."""
        snapshot: JSONObject = to_jsonable_python(self)
        return snapshot

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunFold:
        """The fold a snapshot holds."""
        values = dict(data)
        values["status"] = RunStatus(values["status"])
        values["claim"] = Claim(**values["claim"]) if values["claim"] else None
        values["scopes"] = {k: Scope(**v) for k, v in values["scopes"].items()}
        values["verdicts"] = {k: Verdict(**v) for k, v in values["verdicts"].items()}
        values["visits"] = {
            k: Visit(**{**v, "status": StepStatus(v["status"])})
            for k, v in values["visits"].items()
        }
        return cls(**values)
