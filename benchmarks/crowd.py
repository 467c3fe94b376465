"""A hundred thousand runs that wait for one person, copied from a real one.

Copied inside the database, row by row of every table that such a run has, so that it
takes seconds and each copy can be answered like the original.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import AutoField, Model
from django.utils import timezone

from approvals import inbox
from approvals.models import Approval, ApprovalCandidate, SearchText
from benchmarks import job
from workflows import selectors
from workflows.models import Event, Run, Suspension

NUMBERS = (
    "WITH RECURSIVE copies(n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < %s)"
)


PERSON = "bench"


def fill(count: int) -> None:
    """``count`` runs that wait for the answer of one person."""
    get_user_model().objects.create_user(PERSON)
    run = job.crowded.create_run()
    run.start(job.REQUEST)
    approval = Approval.objects.get(run_id=run.id)
    multiply(run.id, approval.pk, count)


def first_page() -> float:
    """Milliseconds of SQL for the first 50 of the person's open approvals."""
    person = get_user_model().objects.get(username=PERSON)
    sql, values = inbox.waiting_for(person)[:50].query.sql_with_params()
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(sql, values)
        found = cursor.fetchall()
        taken = time.perf_counter() - began
    assert len(found) == 50, len(found)
    return taken * 1000


def answer(number: int) -> float:
    """Milliseconds to answer one of the crowd."""
    run = job.crowded.get_run(f"copy-{number}")
    began = time.perf_counter()
    ended = run.resume(job.ANSWER)
    assert ended.status == "success", ended
    return (time.perf_counter() - began) * 1000


def answer_alone() -> float:
    """The same for a run that was started just now."""
    run = job.crowded.create_run()
    run.start(job.REQUEST)
    began = time.perf_counter()
    run.resume(job.ANSWER)
    return (time.perf_counter() - began) * 1000


def start_up() -> float:
    """Milliseconds of what a worker asks before it is ready."""
    began = time.perf_counter()
    selectors.held_by_the_dead(100)
    selectors.due(timezone.now() + timedelta(seconds=1), 100)
    return (time.perf_counter() - began) * 1000


def multiply(run_id: str, suspension_id: str, count: int, prefix: str = "copy") -> None:
    """Make ``count`` copies of a suspended run with one open approval."""
    with transaction.atomic():
        _copy(Run, "id", run_id, count, prefix)
        _copy(Event, "run_id", run_id, count, prefix, replaced=suspension_id)
        _copy(Suspension, "run_id", run_id, count, prefix)
        _copy(Approval, "run_id", run_id, count, prefix)
        _copy(ApprovalCandidate, "approval_id", suspension_id, count, prefix)
        _copy(SearchText, "approval_id", suspension_id, count, prefix)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(
    model: type[Model],
    key: str,
    value: str,
    count: int,
    prefix: str,
    replaced: str = "",
) -> None:
    """Copy the rows of one table; whatever names the original names the copy."""
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, AutoField)]
    names = [str(field.column) for field in fields]
    texts = {"id", "run_id", "suspension_id", "approval_id"}
    new_id = f"'{prefix}-' || n"
    chosen = [new_id if name in texts else name for name in names]
    values: list[int | str] = [count]
    if "data" in names:
        chosen[names.index("data")] = f"REPLACE(data, %s, {new_id})"
        values.append(replaced)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) {NUMBERS} "
            f"SELECT {', '.join(chosen)} FROM {table}, copies WHERE {key} = %s",
            [*values, value],
        )
