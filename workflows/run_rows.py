"""The rows of runs outside their journal: made, locked, leased, parked, removed.

With ``store`` the only writer of the engine's tables. Nothing here appends an event, so
nothing here decides what a run does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from workflows import hooks
from workflows.definition import Workflow
from workflows.errors import RunNotFound
from workflows.given import refuse, storable
from workflows.ids import uuid7
from workflows.models import Event, Run, Snapshot, Suspension
from workflows.rows import (
    execute,
    execute_all,
    insert_new,
    locking,
    select_rows,
    stored_time,
)

RENEWAL = (
    f"UPDATE {Run._meta.db_table} SET lease_expires_at = %s "
    "WHERE id = %s AND lease_owner = %s"
)


def new_run(
    run_id: str,
    *,
    workflow: Workflow,
    resource_id: str,
    initiator_id: Any,
    now: datetime,
) -> Run:
    """The row of a pending run, not stored yet."""
    return Run(
        id=run_id,
        workflow=workflow.id,
        version=workflow.version,
        fingerprint=workflow.fingerprint,
        resource_id=resource_id,
        initiator_id=initiator_id,
        created_at=now,
        updated_at=now,
    )


def new_fork(run_id: str, workflow: Workflow, now: datetime) -> Run:
    """The row of a run linked to the one it is to fork, not stored yet."""
    parent = Run.objects.get(pk=run_id)
    fork = new_run(
        uuid7(),
        workflow=workflow,
        resource_id=parent.resource_id,
        initiator_id=parent.initiator_id,
        now=now,
    )
    fork.parent = parent
    return fork


def insert_run(run: Run) -> Run:
    """Store a new run; gives the one that is stored when its id is taken."""
    (stored,) = insert_runs([run])
    return stored


def insert_runs(runs: Sequence[Run]) -> list[Run]:
    """Store new runs; gives what is stored under their ids."""
    by = {run.initiator_id for run in runs if run.initiator_id is not None}
    users = get_user_model()._default_manager
    # The foreign key alone would say so at the commit, of whatever else is in it.
    if not all(users.filter(pk=key).exists() for key in by):
        refuse("initiator", "is no user who exists", "user")
    if insert_new(Run, runs) == len(runs):
        return list(runs)
    stored = {run.pk: run for run in select_rows(Run, "id", [run.pk for run in runs])}
    return [stored[run.pk] for run in runs]


def lock_run(run_id: str) -> None:
    """Lock the run row first, as every control-plane transaction does.

    On SQLite the transaction itself (``IMMEDIATE``) is the lock.
    """
    sql = f"SELECT id FROM {Run._meta.db_table} WHERE id = %s{locking('UPDATE')}"
    if not storable(run_id) or execute(sql, [run_id]).fetchone() is None:
        raise RunNotFound(f"no run {run_id!r}")


def renew(run_ids: Collection[str], holder: str, until: datetime) -> None:
    """Extend this holder's leases of these runs: those it is executing.

    One after the other, in the order in which appends lock them: two that lock several
    rows in two orders would wait for each other.
    """
    expiry = stored_time(until)
    with transaction.atomic():
        execute_all([(RENEWAL, [expiry, key, holder]) for key in sorted(run_ids)])


def set_attention(run_id: str, reason: str, now: datetime) -> None:
    """Say why an operator should look, without touching the journal."""
    Run.objects.filter(pk=run_id).update(attention=reason, updated_at=now)


def park(run: Run, reason: str, now: datetime, until: datetime) -> None:
    """Leave a run that can't go on alone until then, unless it moved meanwhile."""
    Run.objects.filter(pk=run.pk, head=run.head).update(
        attention=reason,
        updated_at=now,
        due_at=until,
        lease_owner="",
        lease_expires_at=None,
    )


def delete(run_id: str) -> None:
    """Remove a run with its journal, in the caller's transaction."""
    for listener in hooks.registered():
        listener.deleted([run_id])
    Run.objects.filter(parent_id=run_id).update(parent=None)
    for model in (Suspension, Snapshot, Event):
        model.objects.filter(run_id=run_id).delete()
    Run.objects.filter(pk=run_id).delete()
