"""How another app takes part in the engine's own transaction.

The engine knows nothing of approvals: it calls whoever registered here. ``opened``,
``closed`` and ``deleted`` run inside the transaction that appends to the journal and
may only write rows; ``prepare`` runs before it, outside any transaction, and is the
place for user code such as policy callables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from workflows.context import RunFacts
from workflows.json_gate import JSONObject, JSONValue

if TYPE_CHECKING:
    from workflows.definition import Step
    from workflows.models import Suspension

_deciding: ContextVar[bool] = ContextVar("deciding", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A suspension that was closed, and by what.

    ``reason`` is ``consumed``, ``withdrawn`` or ``expired``. ``decided`` is true when
    the answer came through ``deciding()``, ``by_act`` when it was withdrawn by an
    ``Act`` on its run, of which ``acted`` tells next. ``asked_by`` is the context of
    whoever asked the engine for it; several may be closed in one transaction.
    """

    suspension_id: str
    run_id: str
    reason: str
    resumed_by: JSONValue
    resume_data: JSONValue
    decided: bool
    at: datetime
    asked_by: Context
    by_act: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody canceled a run, restarted it, or took it to another step:
    ``canceled``, ``restarted``, ``time-travel``. ``by`` is what the caller said of
    itself; a restart whose caller said nothing is no act."""

    run_id: str
    action: str
    by: JSONValue
    at: datetime


class EngineHooks:
    """Override what you need; the defaults do nothing."""

    def prepare(
        self,
        *,
        step: Step,
        workflow_id: str,
        run: RunFacts,
        payload: JSONValue,
        metadata: JSONObject,
    ) -> JSONObject | None:
        """What to keep with a suspension about to open; raising fails the step."""
        return None

    def opened(self, suspensions: Sequence[Suspension]) -> None:
        """Suspensions were opened."""

    def closed(self, closures: Sequence[Closure]) -> None:
        """Suspensions were closed."""

    def acted(self, act: Act) -> None:
        """A run was canceled from outside, or traveled in time."""

    def deleted(self, run_ids: Sequence[str]) -> None:
        """Runs are about to be deleted: remove what points at them."""


class Chore(Protocol):
    """Work another app has for the worker at set times, beside the runs.

    Any number of workers look at the same moment: each item is claimed by
    compare-and-set, so that it is done once.
    """

    def next_in(self) -> float | None:
        """Seconds until the next item by the database's clock, not above 0 when it is
        due; one query by an index."""
        ...

    def do_due(self) -> int:
        """Do some of the items that are due; how many were done. Called on one of the
        threads for steps, a slow chore on a thread of its own."""
        ...


_registered: list[EngineHooks] = []
_chores: list[Chore] = []
_slow_chores: list[Chore] = []


def register(hooks: EngineHooks) -> None:
    """Add hooks for the life of the process (call it in ``AppConfig.ready``)."""
    if hooks not in _registered:
        _registered.append(hooks)


def add_chore(chore: Chore) -> None:
    """Have every worker do this (call it in ``AppConfig.ready``)."""
    if chore not in _chores:
        _chores.append(chore)


def add_slow_chore(chore: Chore) -> None:
    """Have every worker do this on a thread of its own, because it may take long.

    Neither runs nor other chores wait for it; ``run_until_idle`` leaves it out.
    """
    if chore not in _slow_chores:
        _slow_chores.append(chore)


def chores() -> Sequence[Chore]:
    return tuple(_chores)


def slow_chores() -> Sequence[Chore]:
    return tuple(_slow_chores)


def registered() -> Sequence[EngineHooks]:
    return tuple(_registered)


@contextmanager
def deciding() -> Iterator[None]:
    """Mark resumes made inside as a recorded decision; see ``Closure.decided``."""
    token = _deciding.set(True)
    try:
        yield
    finally:
        _deciding.reset(token)


def is_deciding(asked_by: Context) -> bool:
    return bool(asked_by.get(_deciding, False))
