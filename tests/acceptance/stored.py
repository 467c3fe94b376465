"""What the database holds of a run, read from outside."""

from __future__ import annotations

from typing import Any

from tests.acceptance.effects import eventually
from workflows import Run, models


def journal(run: Run) -> list[tuple[int, str, str]]:
    """Number, type and path of every event; checked to be gapless."""
    events = run.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return [(event.seq, event.type, ".".join(event.path)) for event in events]


def everything(run: Run) -> list[Any]:
    """Every row of the run, whole."""
    tables = (models.Event, models.Suspension, models.Snapshot)
    rows = [row for table in tables for row in table.objects.filter(run=run.id)]
    return [vars_of(row) for row in (*rows, models.Run.objects.get(pk=run.id))]


def vars_of(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def recorded_keys(run: Run) -> set[str]:
    """The idempotency keys of all visits whose outcome is in the journal."""
    begun: dict[tuple[str, int | None], int] = {}
    keys = set()
    for event in models.Event.objects.filter(run=run.id).order_by("seq"):
        place = event.path, event.foreach_index
        if event.type == "workflow-step-start":
            begun[place] = event.seq
        elif event.type == "workflow-step-result":
            keys.add(f"{run.id}:{begun[place]}")
    return keys


def is_recorded(run: Run, step: str, times: int = 1) -> None:
    """Wait until that many results of a step are stored, wherever it is nested."""
    results = models.Event.objects.filter(
        run=run.id, type="workflow-step-result", path__endswith=step
    )
    eventually(lambda: results.count() >= times)


def is_suspended(run: Run, times: int = 1) -> None:
    """Wait until that many of the run's questions are open."""
    eventually(lambda: len(run.refresh().suspend_payload) == times)
