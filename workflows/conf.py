"""The engine's settings: ``WORKFLOWS`` in the project's settings, with defaults."""

from __future__ import annotations

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    "LEASE": 30.0,  # seconds an executor may be silent before it is replaced
    "HEARTBEAT": 10.0,  # seconds between renewals of a lease
    "STEP_THREADS": 8,  # sync steps at the same time in one process
    "CONCURRENCY": 100,  # runs at the same time in one worker
    "INLINE_SLEEP": 5.0,  # a caller waits this long for a sleep, no longer
    "CELERY": False,  # tell workers of a due run by a job
    "QUEUES": {},  # workflow id: queue, for those with machines of their own
    "IDLE_POLL": 0.5,  # seconds between two looks of an idle worker
    "WATCH": 1.0,  # seconds between two looks for what other processes appended
    "TRANSACTION_TIMEOUT": 10.0,  # seconds a transactional step may take
    "CANCEL_GRACE": 5.0,  # seconds a canceled async step gets to end by itself
    "MAX_RECOVERIES": 5,  # recoveries without progress before a run is parked
    "CHUNK_DELAY": 0.1,  # seconds chunks of ctx.write are gathered
}


def get(name: str) -> Any:
    """The setting ``name``, or its default."""
    return getattr(settings, "WORKFLOWS", {}).get(name, DEFAULTS[name])
