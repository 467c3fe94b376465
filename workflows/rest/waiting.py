"""`Prefer: wait=N` (RFC 7240): hold the answer back until the run ends or stops."""

import re
import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from workflows.models import Run
from workflows.statuses import TERMINAL_RUN, RunStatus

MAX_WAIT = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
WAIT = re.compile(
    r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?=$|[,;])", re.IGNORECASE
)
STOPPED = TERMINAL_RUN | {RunStatus.SUSPENDED, RunStatus.PAUSED}


def wait_asked_for(prefer: str | None) -> float:
    """Seconds the client wants to wait, as many as we allow; nonsense is no wish."""
    match = WAIT.search(prefer or "")
    return min(float(match[1]), MAX_WAIT) if match else 0.0


def wait_for_run(run_id: str, seconds: float) -> None:
    """Return when the run ended or stopped, or time is up. Holds no transaction."""
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while not _at_rest(run_id, deadline - time.monotonic()):
        left = deadline - time.monotonic()
        if left <= 0:
            return
        _pause(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _pause(seconds: float) -> None:
    # Many clients may wait at the same time; the pool of connections is smaller.
    if not connection.in_atomic_block:
        connection.close()
    time.sleep(seconds)


def _at_rest(run_id: str, seconds_left: float) -> bool:
    """Nothing will change it in the time left without somebody from outside."""
    run = Run.objects.only("status", "attention", "due_at").get(pk=run_id)
    if run.status in STOPPED or run.attention:
        return True
    if run.status != RunStatus.WAITING or run.due_at is None:
        return False
    return run.due_at > timezone.now() + timedelta(seconds=seconds_left)
