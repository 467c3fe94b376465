"""Tell other machines' workers that a run is due, by a job that names it.

A thread of its own does the sending: a broker that is gone, or takes no answer, must
not hold up the thread that committed a decision. What can't be sent is dropped; the
workers' sweep finds those runs in the database.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any

from django.db import connection

from workflows import conf, queues
from workflows.models import Run

TIMEOUT = 0.5  # seconds for a broker to take a job
SILENCE = 1.0  # seconds without an attempt after one that failed
LOOK_AT = "workflows.look_at"  # the job's name

logger = logging.getLogger(__name__)


class Publisher:
    """Sends jobs through one Celery app; never waits, never raises, never retries."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._run_ids: SimpleQueue[str] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._quiet_until = float("-inf")

    def publish(self, run_id: str) -> None:
        """Have "look at this run" sent soon."""
        with self._lock:
            # Not alive: this process was forked from the one that started it.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="workflows-publisher", daemon=True
                )
                self._thread.start()
                atexit.register(self._idle.wait, TIMEOUT)
        self._idle.clear()
        self._run_ids.put(run_id)

    def _work(self) -> None:
        with self._app.connection_for_write(connect_timeout=TIMEOUT) as broker:
            broker.transport_options |= {
                "socket_timeout": TIMEOUT,
                "socket_connect_timeout": TIMEOUT,
                "max_retries": 0,
            }
            while True:
                self._send(self._next(), broker)

    def _next(self) -> str:
        try:
            return self._run_ids.get_nowait()
        except Empty:
            connection.close()
            self._idle.set()
            run_id = self._run_ids.get()
            self._idle.clear()
            return run_id

    def _send(self, run_id: str, broker: Any) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            self._app.send_task(
                LOOK_AT,
                (run_id,),
                queue=_queue_of(run_id),
                connection=broker,
                retry=False,
                ignore_result=True,
            )
        except Exception as error:
            self._quiet_until = time.monotonic() + SILENCE
            logger.warning("no job could be sent, the sweep makes up: %s", error)
            broker.close()


def _queue_of(run_id: str) -> str:
    if not conf.get("QUEUES"):
        return queues.DEFAULT
    workflow = Run.objects.filter(pk=run_id).values_list("workflow", flat=True).first()
    return queues.queue_of(workflow or "")
