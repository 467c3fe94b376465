"""Leases of many runs are renewed at once, beside appends to the same runs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connections, transaction
from django.utils import timezone

from tests.acceptance.effects import Effects, eventually
from tests.acceptance.shared_runs import QUESTION
from tests.settings import ON_POSTGRESQL
from workflows import run_rows
from workflows.models import Run as RunRow

FIRST, SECOND = "B-first", "a-second"  # as appends order them, whatever the collation
ME = "this-process"

if ON_POSTGRESQL:  # SQLite locks all rows at once

    def test_who_renews_many_leases_holds_none_that_an_append_locks_later(
        effects: Effects,
    ) -> None:
        for run_id in (SECOND, FIRST):  # so that the table has them the other way round
            QUESTION.create_run(run_id=run_id).start({}, wait=False)
        soon = timezone.now() + timedelta(minutes=1)
        RunRow.objects.update(lease_owner=ME, lease_expires_at=soon)
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                run_rows.lock_run(FIRST)
                renewed = pool.submit(renew, soon + timedelta(minutes=1))
                eventually(waits_for_a_lock)
                held = RunRow.objects.select_for_update(nowait=True)
                try:
                    held.get(pk=SECOND)
                except OperationalError:
                    pytest.fail("it is locked by who waits for the other one")
            renewed.result()
        assert RunRow.objects.filter(lease_expires_at__gt=soon).count() == 2

    def renew(until: datetime) -> None:
        run_rows.renew([SECOND, FIRST], ME, until)
        connections.close_all()

    def waits_for_a_lock() -> bool:
        with connections["default"].cursor() as cursor:
            # A transaction keeps what it saw there first, perhaps a moment too early.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
            return bool(cursor.fetchone()[0])
