"""What the planner learns of a place in the graph: done, failed, ended or open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, TypeAlias

from workflows.state import Ref, Visit
from workflows.statuses import StepStatus

if TYPE_CHECKING:
    from workflows.definition import Workflow


class Waits(IntFlag):
    """What an unfinished place is waiting for."""

    RUNNING = 1
    WAITING = 2
    SUSPENDED = 4
    PAUSED = 8


@dataclass(frozen=True, slots=True)
class Done:
    """It succeeded; ``ref`` names its output."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Failed:
    """It failed, with the error that ``ref`` names."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Ended:
    """It was canceled from within."""


@dataclass(frozen=True, slots=True)
class Open:
    waits: Waits


Place: TypeAlias = "Done | Failed | Ended | Open"


@dataclass(frozen=True, slots=True)
class At:
    """A place in the graph and what flows into it."""

    workflow: Workflow
    prefix: str
    index: int
    source: Ref


def ended(visit: Visit) -> Place:
    """What a visit with an outcome comes to."""
    if visit.status == StepStatus.SUCCESS:
        assert visit.result is not None
        return Done(visit.result)
    if visit.status == StepStatus.FAILED:
        assert visit.failure is not None
        return Failed(visit.failure)
    return Ended()
