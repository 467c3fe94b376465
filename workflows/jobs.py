"""The engine inside a Celery worker (``celery -A config worker``).

A job says "look at run X" and nothing else: it offers the run to the one executor of
this process and returns. The journal says what there is to do, so a job that is lost,
doubled or late is harmless. Add ``Executor`` to the app's worker steps.
"""

from __future__ import annotations

from typing import Any

from celery import bootsteps, shared_task
from django.core.exceptions import ImproperlyConfigured

from workflows import conf, queues, soundness, worker
from workflows.publisher import LOOK_AT


@shared_task(name=LOOK_AT, ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def look_at(run_id: str) -> None:
    """Offer the run to this process's executor."""
    executor = worker.in_background()
    if executor is not None:
        executor.offer(run_id)


class Executor(bootsteps.StartStopStep):  # type: ignore[misc]
    """Executes runs from before the first job until after the last one.

    It serves the queues that the worker consumes, and works without the broker.
    """

    requires = ("celery.worker.components:Pool",)

    def start(self, parent: Any) -> None:
        if not conf.get("CELERY"):
            raise ImproperlyConfigured(
                "nobody sends jobs here: set DATABASE_URL (PostgreSQL) and REDIS_URL, "
                "or start `manage.py run_worker`, which needs no broker"
            )
        served = frozenset(parent.app.amqp.queues.consume_from)
        queues.require_known(served)
        soundness.require()
        self._background = worker.start_in_background(served=served, poll=worker.SWEEP)

    def stop(self, parent: Any) -> None:
        self._background.stop()
