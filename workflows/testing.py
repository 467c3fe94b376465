"""For tests of workflows: run what is due, in this process, now."""

from __future__ import annotations

import asyncio
from datetime import datetime

from django.utils import timezone

from workflows import process, schedules
from workflows.registry import isolated_registry
from workflows.worker import Worker

__all__ = [
    "fire_due_schedules",
    "isolated_registry",
    "next_fire",
    "run_until_idle",
    "stop_engine",
]


def run_until_idle(timeout: float = 10) -> None:
    """Execute whatever is due here: pending and resumed runs, expired leases, timers.

    Returns when nothing is due; raises ``TimeoutError`` after ``timeout`` seconds.
    """
    process.run_sync(arun_until_idle(timeout))


async def arun_until_idle(timeout: float = 10) -> None:
    """``run_until_idle`` for async code."""
    async with asyncio.timeout(timeout):
        await Worker(await process.engine()).run_until_idle()


def fire_due_schedules(now: datetime | None = None) -> list[str]:
    """Start a run for each schedule that is due at ``now``; gives the run ids.

    With a ``now`` to come, every tick from the real time on counts as due.
    """
    real = timezone.now()
    schedules.sync(min(now or real, real))
    return schedules.fire_due(now)


def next_fire(schedule_id: str) -> datetime | None:
    """When a schedule fires next, in UTC; ``None`` when it never does again."""
    return schedules.get(schedule_id).next_fire_at


def stop_engine() -> None:
    """End this process's engine threads and close their connections."""
    process.process.stop()
