"""What can be wrong with a workflow, each with its place and its cure. Pure reading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from workflows import json_gate
from workflows.cron import schedule_problems
from workflows.errors import SchemaMismatch
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
from workflows.mapping import MapVariable
from workflows.schema import Schema, UnusableType
from workflows.signatures import UnreadableAnnotation
from workflows.value_checks import (
    count_faults,
    delay_faults,
    id_faults,
    may_be_list,
    metadata_faults,
    schema_faults,
    step_faults,
)

if TYPE_CHECKING:
    from workflows.definition import Workflow

VERSION: Final = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, and what it is with its cure."""

    place: str
    fault: str

    def __str__(self) -> str:
        return f"{self.place}: {self.fault}" if self.place else self.fault


def problems_of(workflow: Workflow) -> list[Problem]:
    """Every mistake in a definition, in order of declaration."""
    found = [*_own(workflow), *workflow.misuses]
    if not workflow.entries and not workflow.misuses:
        found.append(Problem("", "has no steps; add one with then()"))
    before: list[Entry] = []
    for position, entry in enumerate(workflow.entries, 1):
        found += _in_entry(entry, position)
        found += _in_order(workflow, before, entry, position)
        before.append(entry)
    return found + list(_duplicates(workflow))


def _own(workflow: Workflow) -> Iterator[Problem]:
    for fault in id_faults(workflow.id):
        yield Problem("id", fault)
    if not isinstance(workflow.version, str) or not VERSION.fullmatch(workflow.version):
        yield Problem(
            "version",
            f"{workflow.version!r} is no version; "
            "write text of letters, digits, dots, _ and -",
        )
    for fault in (
        *count_faults("retries", workflow.retries),
        *delay_faults("retry_delay", workflow.retry_delay),
        *metadata_faults(workflow.metadata),
    ):
        yield Problem("", fault)
    for name in ("on_start", "on_finish", "on_error"):
        callback = getattr(workflow, name)
        if callback is not None and not callable(callback):
            yield Problem(name, "can't be called; give a function of one argument")
    for name in ("input", "output", "state", "request_context"):
        for fault in schema_faults(name, getattr(workflow.schemas, name)):
            yield Problem("", fault)
    for fault in schedule_problems(workflow.schedule, workflow.schemas.input):
        yield Problem("schedule", fault)


def _in_entry(entry: Entry, position: int) -> Iterator[Problem]:
    for member in members(entry):
        place = f'{member.kind} "{member.id}"'
        for fault in id_faults(member.id):
            yield Problem(f"{place} at position {position}", fault)
        if isinstance(member, StepEntry):
            for fault in step_faults(member.step):
                yield Problem(place, fault)
        elif isinstance(member, NestedEntry):
            if not member.workflow.committed:
                yield Problem(place, "is not committed; call commit() on it first")
        else:
            for fault in _plain_faults(member):
                yield Problem(place, fault)
    for fault in _block_faults(entry):
        yield Problem(f"{entry.kind} at position {position}", fault)


def _plain_faults(entry: MapEntry | SleepEntry | SleepUntilEntry) -> Iterator[str]:
    if isinstance(entry, MapEntry):
        yield from _mapping_faults(entry.mapping)
    elif isinstance(entry, SleepEntry):
        if not callable(entry.duration):
            yield from delay_faults("its duration", entry.duration, required=True)
    elif not callable(entry.at):
        yield from _moment_faults(entry.at)


def _moment_faults(at: object) -> Iterator[str]:
    if not isinstance(at, datetime):
        yield "its moment is no datetime; give one, or a function of the context"
    elif at.tzinfo is None:
        yield "its moment has no timezone; give an aware datetime"


def _mapping_faults(mapping: Any) -> Iterator[str]:
    if callable(mapping):
        return
    if not isinstance(mapping, dict) or not mapping:
        yield "maps nothing; give a function or {key: map_variable(...)}"
        return
    for key, variable in mapping.items():
        if not isinstance(key, str):
            yield f"its key {key!r} is not text; use a text"
        elif not isinstance(variable, MapVariable):
            yield f'"{key}" is no map_variable; write map_variable(value=...)'
        else:
            for problem in variable.problems:
                yield f'"{key}" {problem}'
            yield from _constant_faults(key, variable)


def _constant_faults(key: str, variable: MapVariable) -> Iterator[str]:
    try:
        Schema.of(None).accept(variable.value)
    except SchemaMismatch as error:
        yield f'"{key}" has a value that is not JSON ({error}); give one that is'


def _block_faults(entry: Entry) -> Iterator[str]:
    if isinstance(entry, LoopEntry):
        yield from _condition_faults(entry.condition, entry.member.id)
    if isinstance(entry, BranchEntry):
        for condition, member in entry.arms:
            yield from _condition_faults(condition, member.id)
    if isinstance(entry, ForeachEntry):
        yield from count_faults("concurrency", entry.concurrency, least=1)


def _condition_faults(condition: object, id_: str) -> Iterator[str]:
    if not callable(condition):
        yield (
            f'the condition of "{id_}" can\'t be called; give a function of the context'
        )


def _in_order(
    workflow: Workflow, before: list[Entry], entry: Entry, position: int
) -> Iterator[Problem]:
    if isinstance(entry, ForeachEntry):
        for fault in _list_faults(workflow, before):
            yield Problem(f"foreach at position {position}", fault)
    if isinstance(entry, MapEntry) and isinstance(entry.mapping, dict):
        for fault in _source_faults(entry.mapping, before):
            yield Problem(f'map "{entry.id}"', fault)


def _list_faults(workflow: Workflow, before: list[Entry]) -> Iterator[str]:
    """Whether what comes out before a foreach is known to be no list."""
    source = next((e for e in reversed(before) if not _passes_through(e)), None)
    schema, whose = _coming_out(workflow, source)
    if schema is not None and not may_be_list(schema):
        yield f"its input, {whose}, is not a list; return or map a list before it"


def _passes_through(entry: Entry) -> bool:
    return isinstance(entry, SleepEntry | SleepUntilEntry)


def _coming_out(
    workflow: Workflow, entry: Entry | None
) -> tuple[json_gate.JSONObject | None, str]:
    """The JSON Schema of an entry's output, if known, and a name for it."""
    if entry is None:
        return _input_json_schema(workflow), "the workflow's input"
    if isinstance(entry, ParallelEntry | BranchEntry):
        return {"type": "object"}, f"the output of the {entry.kind} before it"
    if isinstance(entry, MapEntry):
        known = isinstance(entry.mapping, dict)
        return {"type": "object"} if known else None, f'the output of map "{entry.id}"'
    if isinstance(entry, ForeachEntry):
        return {"type": "array"}, ""
    member = members(entry)[0]
    whose = f'the output of "{member.id}"'
    try:
        if isinstance(member, StepEntry):
            return member.step.schemas.output.json_schema("serialization"), whose
        if isinstance(member, NestedEntry):
            return member.workflow.schemas.output.json_schema("serialization"), whose
    except (UnusableType, UnreadableAnnotation):  # told where the type is given
        pass
    return None, whose


def _input_json_schema(workflow: Workflow) -> json_gate.JSONObject | None:
    try:
        return workflow.schemas.input.json_schema()
    except UnusableType:  # told where the type is given
        return None


def _source_faults(mapping: dict[Any, Any], before: list[Entry]) -> Iterator[str]:
    known = {member.id: member for entry in before for member in members(entry)}
    names = ", ".join(known) or "none"
    for key, variable in mapping.items():
        if not isinstance(variable, MapVariable) or variable.problems:
            continue  # told where the entry itself is looked at
        for path in variable.reads():
            first, *rest = path.split(".")
            member = known.get(first)
            if member is None or (rest and not _leads(member, rest)):
                yield (
                    f'"{key}" reads step "{path}", which does not come before it; '
                    f"the steps before it: {names}"
                )


def _leads(member: object, rest: list[str]) -> bool:
    """Whether a path goes on inside a nested workflow."""
    if not isinstance(member, NestedEntry):
        return False
    inner = {m.id: m for entry in member.workflow.entries for m in members(entry)}
    found = inner.get(rest[0])
    return found is not None and (len(rest) == 1 or _leads(found, rest[1:]))


def _duplicates(workflow: Workflow) -> Iterator[Problem]:
    ids = Counter(member.id for entry in workflow.entries for member in members(entry))
    for id_, times in ids.items():
        if times > 1:
            yield Problem(
                f'step "{id_}"',
                f"its id occurs {times} times; "
                "give each use its own with clone(id=...)",
            )
