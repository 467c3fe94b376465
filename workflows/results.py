"""What callers get: the run as plain, frozen values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, cast

from pydantic_core import to_jsonable_python

from workflows import addressing, events
from workflows.json_gate import JSONObject, JSONValue
from workflows.loading import Loaded
from workflows.models import Run
from workflows.state import Ref, RunFold, Visit
from workflows.statuses import TERMINAL_STEP, RunStatus, StepStatus
from workflows.values import Values

CONTAINERS = frozenset({"workflow", "foreach"})  # kinds of visits that hold others


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """What went wrong: class name, message, the step, extra attributes, the cause."""

    name: str
    message: str
    step: str | None = None
    attributes: JSONObject = field(default_factory=dict)
    cause: RunError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """The latest visit of one step. A foreach step has lists for its items."""

    status: StepStatus
    payload: JSONValue = None
    output: JSONValue = None
    error: RunError | None = None
    suspend_payload: JSONValue = None
    resume_payload: JSONValue = None
    started_at: datetime | None = None
    suspended_at: datetime | None = None
    resumed_at: datetime | None = None
    ended_at: datetime | None = None
    iterations: int | None = None


class ResumeLabel(dict[str, JSONValue]):
    """Where an open resume label points: ``path`` and ``foreach_index``."""

    @property
    def path(self) -> list[str]:
        return cast("list[str]", self["path"])

    @property
    def foreach_index(self) -> int | None:
        return cast("int | None", self["foreach_index"])


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A run as it stands; values are plain JSON, times aware."""

    run_id: str
    workflow_id: str
    resource_id: str | None
    status: RunStatus
    attention: str | None = None
    input: JSONValue = None
    steps: Mapping[str, StepResult] = field(default_factory=dict)
    result: JSONValue = None
    error: RunError | None = None
    suspended: list[list[str]] = field(default_factory=list)
    suspend_payload: Mapping[str, JSONValue] = field(default_factory=dict)
    state: JSONObject | None = None
    resume_labels: Mapping[str, ResumeLabel] | None = None
    trace_id: str | None = None
    span_id: str | None = None


def error_of(data: Mapping[str, JSONValue], step: str | None = None) -> RunError:
    """A recorded error as a value."""
    cause = data.get("cause")
    return RunError(
        name=str(data["name"]),
        message=str(data["message"]),
        step=cast("str | None", data.get("step", step)),
        attributes=cast(JSONObject, data.get("attributes") or {}),
        cause=error_of(cause) if isinstance(cause, dict) else None,
    )


def light(run: Run) -> RunResult:
    """A run without its steps, from its row alone."""
    status = RunStatus(run.status)
    return RunResult(
        run_id=run.pk,
        workflow_id=run.workflow,
        resource_id=run.resource_id or None,
        status=status,
        attention=run.attention or None,
        input=run.input_value,
        result=run.result_value,
        error=error_of(run.error_value) if run.error else None,
    )


def full(
    loaded: Loaded, *, include_state: bool = False, include_labels: bool = False
) -> RunResult:
    """The whole run, from its fold and values."""
    return _Reader(loaded).result(include_state, include_labels)


class _Reader:
    def __init__(self, loaded: Loaded) -> None:
        self.run: Run = loaded.run
        self.fold: RunFold = loaded.fold
        self.values: Values = loaded.values

    def result(self, include_state: bool, include_labels: bool) -> RunResult:
        fold, values = self.fold, self.values
        values.know(_all_that_is_shown(fold))
        scope = fold.scopes.get("")
        trace = self._trace()
        return RunResult(
            run_id=self.run.pk,
            workflow_id=self.run.workflow,
            resource_id=self.run.resource_id or None,
            status=fold.status,
            attention=self.attention(),
            input=values.get(scope.source) if scope else self.run.input_value,
            steps=self.steps(),
            result=None if fold.result is None else values.get(fold.result),
            error=self.failure(),
            suspended=addressing.suspended_paths(fold),
            suspend_payload=self.suspend_payloads(),
            state=values.merged(fold.state, "state") if include_state else None,
            resume_labels=resume_labels(fold) if include_labels else None,
            trace_id=trace.get("trace_id"),
            span_id=trace.get("span_id"),
        )

    def attention(self) -> str | None:
        """The row says it, also without an event; once it is behind, the fold does."""
        behind = self.run.head < self.fold.seq
        return (self.fold if behind else self.run).attention or None

    def _trace(self) -> dict[str, str | None]:
        if self.fold.start is None:
            return {}
        tracing = self.values.data(self.fold.start).get("tracing")
        return cast("dict[str, str | None]", tracing) if tracing else {}

    def failure(self) -> RunError | None:
        if self.fold.failure is None:
            return None
        failed = self._origin(self.fold.failure)
        return error_of(self.values.error(self.fold.failure), failed)

    def _origin(self, ref: Ref) -> str | None:
        """The innermost step whose failure this passes on."""
        while isinstance(ref, int) and "error_from" in (data := self.values.data(ref)):
            ref = cast(Ref, data["error_from"])
        for address, visit in self.fold.visits.items():
            if visit.failure == ref:
                return address
        return None

    def suspend_payloads(self) -> dict[str, JSONValue]:
        fold = self.fold
        return {
            address: self._asked(fold.visits[address])
            for address in addressing.in_order(fold, list(fold.suspensions()))
        }

    def _asked(self, visit: Visit) -> JSONValue:
        if visit.suspended is None:
            return None
        return self.values.data(visit.suspended).get("payload")

    def steps(self) -> dict[str, StepResult]:
        """Entries by dotted path; items of a foreach step are folded into one."""
        entries = {}
        for address, visit in self.fold.visits.items():
            _, index = events.split(address)
            if index is not None and visit.kind == "step":
                continue
            if index is None or visit.kind == "workflow":
                entries[address] = self.step(address, visit)
        return entries

    def step(self, address: str, visit: Visit) -> StepResult:
        resumed = visit.resumed and self.values.data(visit.resumed)
        looped = visit.iteration or None
        entry: dict[str, Any] = {
            "status": self.status(address, visit),
            "payload": self.values.get(visit.input),
            "output": None if visit.result is None else self.values.get(visit.result),
            "error": self.error(visit, address),
            "suspend_payload": self._shown(address, visit),
            "resume_payload": resumed["resume_data"] if resumed else None,
            "iterations": looped,
        }
        if visit.kind == "foreach":
            entry |= self.items(address, visit)
        return StepResult(**entry, **_times(visit, self._leaves(address, visit)))

    def _leaves(self, address: str, visit: Visit) -> list[Visit]:
        """The steps an entry stands for: itself, or those inside."""
        return self._inside[address] if visit.kind in CONTAINERS else [visit]

    @cached_property
    def _inside(self) -> dict[str, list[Visit]]:
        """The steps inside of each entry, in one pass: there may be thousands."""
        found: dict[str, list[Visit]] = defaultdict(list)
        for address, visit in self.fold.visits.items():
            around = address if visit.kind not in CONTAINERS else ""
            while around:
                outer, index = events.split(around)
                around = outer if index is not None else events.scope_of(around)
                found[around].append(visit)
        return found

    def _shown(self, address: str, visit: Visit) -> JSONValue:
        """What was asked there; of a nested workflow the first open question inside."""
        if visit.kind not in CONTAINERS:
            return self._asked(visit)
        leaves = self._leaves(address, visit)
        waiting = (leaf for leaf in leaves if leaf.status == StepStatus.SUSPENDED)
        first = next(waiting, None)
        return None if first is None else self._asked(first)

    def error(self, visit: Visit, address: str) -> RunError | None:
        if visit.failure is None or visit.status != StepStatus.FAILED:
            return None
        return error_of(self.values.error(visit.failure), self._origin(visit.failure))

    def status(self, address: str, visit: Visit) -> StepStatus:
        """A step that contains others is what those are waiting for.

        A foreach that an item ended by ``bail`` did not fail: it succeeded early.
        """
        if visit.kind == "foreach" and self._bailed(address, visit):
            return StepStatus.SUCCESS
        if visit.kind not in CONTAINERS or visit.status in TERMINAL_STEP:
            return visit.status
        leaves = {leaf.status for leaf in self._leaves(address, visit)}
        for status in (StepStatus.RUNNING, StepStatus.SUSPENDED, StepStatus.WAITING):
            if status in leaves:
                return status
        paused = self.fold.status == RunStatus.PAUSED
        return StepStatus.PAUSED if paused else visit.status

    def _bailed(self, address: str, visit: Visit) -> bool:
        items = (events.item(address, i) for i in range(visit.next))
        begun = map(self.fold.visits.get, items)
        return any(item is not None and item.bailed for item in begun)

    def items(self, address: str, visit: Visit) -> dict[str, JSONValue]:
        """What the items of a foreach have so far, in input order."""
        places = [events.item(address, i) for i in range(visit.next)]
        begun = [self.fold.visits.get(place) for place in places]
        asked = [
            self._shown(place, v) if v else None
            for place, v in zip(places, begun, strict=True)
        ]
        answered = [
            self.values.data(v.resumed).get("resume_data") if v and v.resumed else None
            for v in begun
        ]
        lists: dict[str, JSONValue] = {"suspend_payload": None}
        asks = {leaf.status for leaf in self._leaves(address, visit)}
        if any(v and v.suspended for v in begun) or StepStatus.SUSPENDED in asks:
            lists["suspend_payload"] = asked
        if any(v and v.resumed for v in begun):
            lists["resume_payload"] = answered
        if visit.result is None:
            lists["output"] = [
                None if v is None or v.result is None else self.values.get(v.result)
                for v in begun
            ]
        return lists


def _all_that_is_shown(fold: RunFold) -> Iterator[Ref | None]:
    yield from (fold.start, fold.result, fold.failure)
    yield from (*fold.state.values(), *fold.context.values())
    for visit in fold.visits.values():
        yield from (visit.input, visit.result, visit.failure)
        yield from (visit.suspended, visit.resumed)


def _times(visit: Visit, leaves: Sequence[Visit]) -> dict[str, Any]:
    """When it began and ended, and last asked and was answered, be it inside."""

    def moment(ms: int | None) -> datetime | None:
        return None if ms is None else datetime.fromtimestamp(ms / 1000, tz=UTC)

    asked = [leaf.suspended_at for leaf in leaves if leaf.suspended_at is not None]
    answered = [leaf.resumed_at for leaf in leaves if leaf.resumed_at is not None]
    return {
        "started_at": moment(visit.started_at),
        "suspended_at": moment(max(asked, default=None)),
        "resumed_at": moment(max(answered, default=None)),
        "ended_at": moment(visit.ended_at),
    }


def resume_labels(fold: RunFold) -> dict[str, ResumeLabel]:
    """Open labels: the path and foreach index each one names."""
    labels: dict[str, ResumeLabel] = {}
    for label, address in fold.labels().items():
        path, index = events.split(address)
        ids: list[JSONValue] = list(events.segments(path))
        labels[label] = ResumeLabel(path=ids, foreach_index=index)
    return labels


def as_json(result: RunResult) -> JSONObject:
    """A result as REST shows it."""
    from_dataclass: JSONObject = to_jsonable_python(result)
    return from_dataclass
