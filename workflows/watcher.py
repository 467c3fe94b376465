"""A thread that keeps this process's leases and hears what others appended.

It is a thread of its own so that an async step that blocks the event loop costs no
lease. One query a second over the heads of the runs being executed here.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

from django.db import Error, connection
from django.utils import timezone

from workflows import conf, holder, run_rows, runner, selectors

logger = logging.getLogger(__name__)


class Watcher:
    """Started with the first execution of a process, stopped with the process."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._stopped.clear()
            self._thread = threading.Thread(
                target=self._watch, name="workflows-watcher", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopped.set()
            thread.join()

    def _watch(self) -> None:
        renewed_at = time.monotonic()
        while not self._stopped.wait(_rhythm()[0]):
            # By the clock: on a busy machine a look takes longer than its pause.
            renewal_due = time.monotonic() - renewed_at >= _rhythm()[1]
            seen = runner.active_heads()
            if not seen:
                connection.close()
                continue
            try:
                self._look(seen)
                if renewal_due:
                    lease = timedelta(seconds=conf.get("LEASE"))
                    until = timezone.now() + lease
                    run_rows.renew(list(seen), holder.current(), until)
                    renewed_at = time.monotonic()
            except Error:
                logger.warning("the database could not be asked", exc_info=True)
                connection.close()
        connection.close()

    def _look(self, seen: dict[str, int]) -> None:
        for run_id, head in selectors.heads(list(seen)).items():
            if head > seen[run_id]:
                runner.poke(run_id)


def _rhythm() -> tuple[float, float]:
    """Seconds between two looks and two renewals; a short lease hastens both."""
    third = conf.get("LEASE") / 3
    return min(conf.get("WATCH"), third), min(conf.get("HEARTBEAT"), third)
