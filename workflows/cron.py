"""When a workflow starts by itself: at each tick of a cron expression, or once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONValue
from workflows.schema import Schema, UnusableType

if TYPE_CHECKING:
    from workflows.definition import Workflow

_OPTIONS: Final = ("id", "cron", "run_at", "end_at", "timezone", "input_data")
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One schedule of a workflow: a cron expression in a timezone, or one moment."""

    id: str
    workflow_id: str
    cron: str | None = None
    timezone: str = "UTC"
    run_at: datetime | None = None
    end_at: datetime | None = None
    input_data: JSONValue = None


def parse_schedules(workflow: Workflow) -> tuple[Schedule, ...]:
    """The schedules of a workflow in which ``schedule_problems`` found nothing."""
    return tuple(_schedule(workflow, given) for given in _given(workflow.schedule))


def next_tick(spec: Schedule, after: datetime) -> datetime | None:
    """The first moment later than ``after``, in UTC; None when there is none left."""
    if spec.run_at is not None:
        return spec.run_at if spec.run_at > after else None
    assert spec.cron is not None
    local = after.astimezone(ZoneInfo(spec.timezone))
    tick = next(CronSim(spec.cron, local), None)
    if tick is None:
        return None
    moment = tick.astimezone(UTC)
    return None if spec.end_at is not None and moment > spec.end_at else moment


def schedule_problems(option: object, input_schema: Schema) -> Iterator[str]:
    """What is wrong with a ``schedule=`` option, each with its cure."""
    given = _given(option)
    ids = []
    for spec in given:
        if not isinstance(spec, Mapping):
            yield f"{spec!r} is no dict; write {{'cron': '0 9 * * *'}}"
            continue
        ids.append(spec.get("id"))
        yield from _problems(spec, input_schema)
    if len(ids) != len(set(map(repr, ids))):
        yield "two schedules have the same id; give each its own 'id'"


def _given(option: object) -> list[Any]:
    if option is None:
        return []
    return list(option) if isinstance(option, list | tuple) else [option]


def _problems(spec: Mapping[str, Any], input_schema: Schema) -> Iterator[str]:
    for name in spec:
        if name not in _OPTIONS:
            yield f"{name!r} is unknown; a schedule takes {', '.join(_OPTIONS)}"
    if (spec.get("cron") is None) == (spec.get("run_at") is None):
        yield "needs exactly one of 'cron' and 'run_at'"
    own = spec.get("id")
    if own is not None and not (isinstance(own, str) and _ID.fullmatch(own)):
        yield f"{own!r} is no id; use letters, digits, _ and - only"
    yield from _timezone_problems(spec.get("timezone", "UTC"))
    if spec.get("cron") is not None:
        yield from _cron_problems(spec["cron"])
    yield from _moment_problems(spec)
    try:
        input_schema.accept(spec.get("input_data"))
    except UnusableType:  # told where the schema is given
        pass
    except SchemaMismatch as error:
        yield f"its input_data does not fit the workflow's input_schema: {error}"


def _timezone_problems(name: object) -> Iterator[str]:
    try:
        ZoneInfo(name)  # type: ignore[arg-type]
    except (KeyError, ValueError, TypeError, OSError):
        yield f"{name!r} is no timezone; use a name such as 'Europe/Berlin'"


def _cron_problems(expression: object) -> Iterator[str]:
    if not isinstance(expression, str) or not expression.strip():
        yield f"cron is {expression!r}; a non-empty cron expression is expected"
        return
    try:
        found = next(CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC)), None)
    except CronSimError as error:
        yield f"{expression!r} is no cron expression ({error}); write '0 9 * * 1-5'"
        return
    if found is None:
        yield f"{expression!r} never comes; write a date that exists"


def _moment_problems(spec: Mapping[str, Any]) -> Iterator[str]:
    moments = {name: _moment(spec.get(name)) for name in ("run_at", "end_at")}
    for name, moment in moments.items():
        if spec.get(name) is not None and moment is None:
            yield f"{name} is {spec[name]!r}; give an aware datetime"
    run_at, end_at = moments.values()
    if run_at is not None and end_at is not None and run_at > end_at:
        yield "its run_at is later than its end_at, so it would never run"


def _moment(given: object) -> datetime | None:
    """An aware datetime, from one or from its ISO 8601 text."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            return None
    if not isinstance(given, datetime) or given.tzinfo is None:
        return None
    return given.astimezone(UTC)


def _schedule(workflow: Workflow, given: Mapping[str, Any]) -> Schedule:
    own = given.get("id")
    return Schedule(
        id=f"{workflow.id}/{own}" if own else workflow.id,
        workflow_id=workflow.id,
        cron=given.get("cron"),
        timezone=given.get("timezone", "UTC"),
        run_at=_moment(given.get("run_at")),
        end_at=_moment(given.get("end_at")),
        input_data=workflow.schemas.input.accept(given.get("input_data")),
    )
