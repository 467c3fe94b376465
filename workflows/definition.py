"""The workflow builder: entries joined one after the other, then committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, Self, TypeAlias

from workflows import registry
from workflows.cron import Schedule, parse_schedules
from workflows.definition_checks import Problem, problems_of
from workflows.errors import DefinitionError
from workflows.graph import (
    BranchEntry,
    Condition,
    ContextFunction,
    Entry,
    ForeachEntry,
    LoopEntry,
    MapEntry,
    MapVariable,
    Member,
    NestedEntry,
    ParallelEntry,
    SleepEntry,
    SleepUntilEntry,
    StepEntry,
    describe,
    fingerprint,
)
from workflows.json_gate import JSONObject
from workflows.schema import Schema
from workflows.step_definition import Step, StepSchemas, attach, seconds, step

__all__ = [
    "Step",
    "StepSchemas",
    "Workflow",
    "WorkflowSchemas",
    "add_commit_check",
    "attach",
    "commit_checks",
    "step",
]

CommitCheck: TypeAlias = Callable[["Workflow"], None]
Callback: TypeAlias = Callable[[Any], Any]

# Other apps' rules about definitions; each raises DefinitionError.
commit_checks: Final[list[CommitCheck]] = []


def add_commit_check(check: CommitCheck) -> None:
    """Run ``check`` at every commit from now on, and on what is registered already."""
    if check not in commit_checks:
        commit_checks.append(check)
    for workflow in registry.all():
        check(workflow)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowSchemas:
    """The four shapes of a workflow's data."""

    input: Schema
    output: Schema
    state: Schema
    request_context: Schema


class Workflow:
    """A named, versioned graph of steps. Fixed once it is committed.

    Builder methods only write down; ``commit()`` finds every mistake at once.
    """

    def __init__(
        self,
        id: str,
        *,
        input_schema: Any = None,
        output_schema: Any = None,
        state_schema: Any = None,
        request_context_schema: Any = None,
        description: str = "",
        version: str = "1",
        retries: int = 0,
        retry_delay: float | timedelta = 0,
        validate_inputs: bool = True,
        auto_restart: bool = True,
        schedule: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        metadata: JSONObject | None = None,
        on_start: Callback | None = None,
        on_finish: Callback | None = None,
        on_error: Callback | None = None,
    ) -> None:
        self.id = id
        self.input_schema = input_schema
        self.output_schema = output_schema
        self.state_schema = state_schema
        self.request_context_schema = request_context_schema
        self.description = description
        self.version = version
        self.retries = retries
        self.retry_delay = seconds(retry_delay)
        self.validate_inputs = validate_inputs
        self.auto_restart = auto_restart
        self.schedule = schedule
        self.metadata: JSONObject = {} if metadata is None else metadata
        self.on_start = on_start
        self.on_finish = on_finish
        self.on_error = on_error
        self.entries: tuple[Entry, ...] = ()
        self.committed = False
        self.fingerprint = ""
        self.schedules: tuple[Schedule, ...] = ()
        self.misuses: tuple[Problem, ...] = ()
        self._registers = False

    def __repr__(self) -> str:
        return f"<Workflow {self.id} version {self.version}>"

    def then(self, s: Step | Workflow) -> Self:
        """Run a step, or another workflow as a step."""
        return self._add(*self._members([s], "then"))

    def parallel(
        self, members: Sequence[Step | Workflow], allow_failure: bool = False
    ) -> Self:
        """Run all members at the same time; the output is keyed by their ids."""
        found = self._members(self._sequence(members, "parallel"), "parallel")
        return self._add(ParallelEntry(members=found, allow_failure=allow_failure))

    def branch(self, arms: Sequence[tuple[Condition, Step | Workflow]]) -> Self:
        """Run every member whose condition is true; the output is keyed by their ids"""
        return self._add(BranchEntry(arms=tuple(self._arms(arms))))

    def dowhile(self, s: Step | Workflow, condition: Condition) -> Self:
        """Run once, then again as long as the condition holds."""
        return self._loop(s, condition, until=False)

    def dountil(self, s: Step | Workflow, condition: Condition) -> Self:
        """Run once, then again until the condition holds."""
        return self._loop(s, condition, until=True)

    def foreach(self, s: Step | Workflow, concurrency: int = 1) -> Self:
        """Run for each item of the list before it, ``concurrency`` at a time."""
        found = self._members([s], "foreach")
        entries = (ForeachEntry(member=m, concurrency=concurrency) for m in found)
        return self._add(*entries)

    def map(
        self,
        mapping: ContextFunction | Mapping[str, MapVariable],
        id: str | None = None,
    ) -> Self:
        """Reshape the data, by a function of the context or key by key."""
        fixed = dict(mapping) if isinstance(mapping, Mapping) else mapping
        return self._add(MapEntry(id=self._named("mapping", id), mapping=fixed))

    def sleep(
        self, duration: float | timedelta | ContextFunction, id: str | None = None
    ) -> Self:
        """Wait for a number of seconds, a timedelta, or what a function says."""
        fixed: Any = seconds(duration) if not callable(duration) else duration
        return self._add(SleepEntry(id=self._named("sleep", id), duration=fixed))

    def sleep_until(
        self, at: datetime | ContextFunction, id: str | None = None
    ) -> Self:
        """Wait until a moment, or until the one a function says."""
        return self._add(SleepUntilEntry(id=self._named("sleep", id), at=at))

    def commit(self, register: bool = True) -> Self:
        """Check everything, fix the graph, and (unless told not to) register it.

        Raises DefinitionError naming every mistake, its place and its cure.
        """
        self._require_open("be committed again")
        problems = problems_of(self)
        if problems:
            raise DefinitionError(_complaint(self.id, problems))
        self.schedules = parse_schedules(self)
        self.fingerprint = fingerprint(self)
        for check in commit_checks:
            check(self)
        self.committed, self._registers = True, register
        if register:
            self._register()
        return self

    def clone(self, *, id: str) -> Self:
        """The same graph under another id, committed if this one is; no schedule."""
        twin = copy(self)
        twin.id = id
        twin.schedule = None
        twin.committed = False
        twin.entries = tuple(
            _renamed(entry, n, self.id, id) for n, entry in enumerate(self.entries, 1)
        )
        return twin.commit(register=self._registers) if self.committed else twin

    def graph(self) -> JSONObject:
        """The step graph as JSON."""
        return describe(self)

    def require_committed(self) -> None:
        """Raise DefinitionError unless the workflow can run."""
        if not self.committed:
            raise DefinitionError(
                f'workflow "{self.id}": has changes that are not committed; '
                "call commit() at the end of its definition"
            )

    @cached_property
    def schemas(self) -> WorkflowSchemas:
        """The shapes, ready to use."""
        return WorkflowSchemas(
            input=Schema.of(self.input_schema),
            output=Schema.of(self.output_schema),
            state=Schema.of(self.state_schema),
            request_context=Schema.of(self.request_context_schema),
        )

    def _add(self, *entries: Entry) -> Self:
        self._require_open("be changed")
        self.entries += entries
        return self

    def _register(self) -> None:
        try:
            registry.register(self)
        except DefinitionError:
            self.committed = False
            raise

    def _loop(self, s: Step | Workflow, condition: Condition, *, until: bool) -> Self:
        found = self._members([s], "dountil" if until else "dowhile")
        return self._add(
            *(LoopEntry(member=m, condition=condition, until=until) for m in found)
        )

    def _members(self, given: Any, where: str) -> tuple[Member, ...]:
        found = (self._member(one, where) for one in given)
        return tuple(member for member in found if member is not None)

    def _member(self, one: object, where: str) -> Member | None:
        if isinstance(one, Step):
            return StepEntry(id=one.id, step=one)
        if isinstance(one, Workflow):
            return NestedEntry(id=one.id, workflow=one)
        self._misused(
            where,
            f"got a {type(one).__name__} where a step belongs; "
            "decorate the function with @step, or give a workflow",
        )
        return None

    def _sequence(self, given: object, where: str) -> Sequence[Any]:
        if not isinstance(given, list | tuple):
            self._misused(where, "takes a list; put its members in brackets")
            return ()
        if not given:
            self._misused(where, "is empty; give it at least one step")
        return given

    def _arms(self, given: object) -> Iterator[tuple[Condition, Member]]:
        for arm in self._sequence(given, "branch"):
            if not isinstance(arm, list | tuple) or len(arm) != 2:
                self._misused(
                    "branch", "has an arm that is no pair; write (condition, step)"
                )
                continue
            condition, one = arm
            member = self._member(one, "branch")
            if member is not None:
                yield condition, member

    def _named(self, kind: str, id: str | None) -> str:
        """An id from the position, the same each time the module is loaded."""
        return f"{kind}_{self.id}_{len(self.entries) + 1}" if id is None else id

    def _misused(self, where: str, fault: str) -> None:
        self._require_open("be changed")
        position = len(self.entries) + 1
        self.misuses += (Problem(f"{where} at position {position}", fault),)

    def _require_open(self, what: str) -> None:
        if self.committed:
            raise DefinitionError(
                f'workflow "{self.id}": is committed and can\'t {what}; '
                "clone() it before, or define another one"
            )


def _renamed(entry: Entry, position: int, old: str, new: str) -> Entry:
    """Give an anonymous entry the id it would have had in the new workflow."""
    if isinstance(entry, MapEntry | SleepEntry | SleepUntilEntry):
        kind = "mapping" if isinstance(entry, MapEntry) else "sleep"
        if entry.id == f"{kind}_{old}_{position}":
            return replace(entry, id=f"{kind}_{new}_{position}")
    return entry


def _complaint(workflow_id: object, problems: Sequence[Problem]) -> str:
    lines = (f'workflow "{workflow_id}": {problem}' for problem in problems)
    return "\n".join(line.replace("\n", "\\n") for line in lines)
