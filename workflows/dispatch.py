"""Who is told when a journal grew: the run's execution here, and workers.

Hints only. Without them a worker looks by itself, and an execution hears from the
watcher within a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflows import runner
from workflows.signals import run_changed

_wakers: list[Callable[[], None]] = []
_messengers: list[Callable[[str], None]] = []


def add_waker(wake: Callable[[], None]) -> None:
    """Have ``wake`` called, from any thread, whenever a run became due here."""
    _wakers.append(wake)


def remove_waker(wake: Callable[[], None]) -> None:
    _wakers.remove(wake)


def add_messenger(tell: Callable[[str], None]) -> None:
    """Have ``tell(run_id)`` called likewise, to reach the workers of other processes.

    It is called by whoever has just committed, so it must neither wait nor raise.
    """
    _messengers.append(tell)


def _on_change(*, run_id: str, seq: int, due: bool, **_: Any) -> None:
    if runner.active_heads().get(run_id, seq) < seq:
        runner.poke(run_id)
    if due:
        for wake in list(_wakers):
            wake()
        for tell in _messengers:
            tell(run_id)


def connect() -> None:
    """Listen to the engine's own signal; called once when the app is ready."""
    run_changed.connect(_on_change, dispatch_uid="workflows.dispatch")
