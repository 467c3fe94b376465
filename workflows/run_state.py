"""``RunState``: read a stored run without knowing how it is stored."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import cast

from workflows import addressing, events, given, results
from workflows.addressing import StepName, dotted
from workflows.json_gate import JSONObject, JSONValue
from workflows.loading import Loaded
from workflows.results import ResumeLabel, RunError, StepResult
from workflows.shapes import Shape
from workflows.state import Visit
from workflows.statuses import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendedStep(Shape):
    """One open suspension: where it is, what it got, what it asked."""

    step_id: str
    path: list[str]
    foreach_index: int | None
    payload: JSONValue
    suspend_payload: JSONValue
    resume_labels: list[str] = field(default_factory=list)
    suspension_id: str


class RunState:
    """What a run had recorded when this reader was made. Values are copies."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._result = results.full(loaded, include_state=True, include_labels=True)

    @property
    def status(self) -> RunStatus:
        return self._result.status

    @property
    def result(self) -> JSONValue:
        return copy.deepcopy(self._result.result)

    @property
    def error(self) -> RunError | None:
        return self._result.error

    @property
    def state(self) -> JSONObject:
        return copy.deepcopy(self._result.state or {})

    @property
    def request_context(self) -> JSONObject:
        fold, values = self._loaded.fold, self._loaded.values
        return copy.deepcopy(values.merged(fold.context, "context"))

    def step_output(self, path: StepName) -> JSONValue:
        """A step's output (a list for a foreach), ``None`` where there is none."""
        return self._read(dotted(path).split("."), lambda entry: entry.output)

    def step_payload(self, path: StepName) -> JSONValue:
        """A step's input (a list for a foreach), ``None`` where it never began."""
        return self._read(dotted(path).split("."), lambda entry: entry.payload)

    def _read(
        self, ids: list[str], part: Callable[[StepResult], JSONValue], prefix: str = ""
    ) -> JSONValue:
        """What an entry says; of a step in the body of a foreach, what each says."""
        entries = self._result.steps
        address, rest = events.join(prefix, ids[0]), ids[1:]
        if not rest:
            entry = entries.get(address)
            return None if entry is None else copy.deepcopy(part(entry))
        items = takewhile(
            entries.__contains__, (events.item(address, i) for i in count())
        )
        found = [self._read(rest, part, item) for item in items]
        return found or self._read(rest, part, address)

    def suspended_step(self) -> SuspendedStep | None:
        """The first open suspension in order of declaration."""
        steps = self.suspended_steps()
        return steps[0] if steps else None

    def suspended_steps(self) -> list[SuspendedStep]:
        """All open suspensions in order of declaration."""
        fold = self._loaded.fold
        waiting = fold.suspensions()
        return [
            self._suspended(address, waiting[address])
            for address in addressing.in_order(fold, list(waiting))
        ]

    def _suspended(self, address: str, visit: Visit) -> SuspendedStep:
        values = self._loaded.values
        path, index = events.split(address)
        asked = values.data(cast(int, visit.suspended))
        return SuspendedStep(
            step_id=events.ids(path)[-1],
            path=events.segments(path),
            foreach_index=index,
            payload=copy.deepcopy(values.get(visit.input)),
            suspend_payload=copy.deepcopy(asked.get("payload")),
            resume_labels=list(visit.labels),
            suspension_id=cast(str, visit.suspension),
        )

    def resume_label(self, name: str) -> ResumeLabel | None:
        """Where a label points, or ``None`` when it is not open."""
        given.text("name", name)
        return self.resume_labels().get(name)

    def resume_labels(self) -> dict[str, ResumeLabel]:
        """Open labels: ``path`` and ``foreach_index`` of each."""
        return copy.deepcopy(dict(self._result.resume_labels or {}))
