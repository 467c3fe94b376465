"""`Prefer: wait=N`: how long, for what, and that nonsense is no wish."""

import time
from datetime import timedelta
from threading import Timer
from unittest import mock

import pytest
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import timezone

from workflows.ids import uuid7
from workflows.models import Run
from workflows.rest.waiting import MAX_WAIT, wait_asked_for, wait_for_run


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("wait=20", 20),
        ("WAIT = 20", 20),
        ('respond-async, wait="5"', 5),
        ("wait=3; foo=bar", 3),
        ("wait=999999", MAX_WAIT),
        ("wait=99999999999999999999", 0),
        ("wait=-1", 0),
        ("wait=1.5", 0),
        ("wait=soon", 0),
        ("await=5", 0),
    ],
)
def test_the_seconds_asked_for(prefer: str | None, seconds: float) -> None:
    assert wait_asked_for(prefer) == seconds


class WaitTests(TransactionTestCase):
    def run_with(self, status: str, **fields: object) -> str:
        now = timezone.now()
        run = Run(
            id=uuid7(),
            workflow="w",
            version="1",
            fingerprint="f",
            status=status,
            created_at=now,
            updated_at=now,
            **fields,
        )
        run.save()
        return run.pk

    def finish(self) -> None:
        try:
            Run.objects.update(status="success")
        finally:
            connections.close_all()

    def waited(self, run_id: str, seconds: float) -> float:
        began = time.monotonic()
        wait_for_run(run_id, seconds)
        return time.monotonic() - began

    def test_nothing_is_waited_for_that_will_not_come_by_itself(self) -> None:
        later = timezone.now() + timedelta(hours=1)
        for run_id in (
            self.run_with("success"),
            self.run_with("suspended"),
            self.run_with("paused"),
            self.run_with("pending", attention="the workflow is not installed"),
            self.run_with("waiting", due_at=later),
        ):
            assert self.waited(run_id, 5) < 0.5

    def test_who_waits_holds_no_connection(self) -> None:
        held = []
        run_id = self.run_with("running")

        def look(_seconds: float) -> None:
            held.append(connection.connection)

        with mock.patch("workflows.rest.waiting.time.sleep", look):
            wait_for_run(run_id, 0.05)
        assert held
        assert set(held) == {None}

    def test_the_wait_ends_with_the_time_or_with_the_run(self) -> None:
        run_id = self.run_with("running")
        assert self.waited(run_id, 0.3) >= 0.3
        finish = Timer(0.2, self.finish)
        finish.start()
        assert self.waited(run_id, 10) < 2
        finish.join()
