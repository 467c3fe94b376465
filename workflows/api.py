"""``Workflow`` as authors use it: the definition, and the runs made of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from workflows import (
    arguments,
    definition,
    graph,
    process,
    results,
    run_rows,
    selectors,
)
from workflows.errors import (
    RunNotFound,
    StateConflict,
    StepNotFound,
    WorkflowNotFound,
)
from workflows.graph import StepEntry
from workflows.ids import uuid7
from workflows.registry import get as registered
from workflows.results import RunResult
from workflows.run import Run
from workflows.statuses import TERMINAL_RUN, RunStatus

if TYPE_CHECKING:
    from workflows.definition import Step
    from workflows.models import Run as RunRow
    from workflows.models import Suspension

__all__ = ["RunPage", "Workflow", "get_run", "locked", "suspended_step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """Runs without their steps, newest first; ``next_cursor`` asks for more."""

    runs: list[RunResult]
    next_cursor: str | None


class Workflow(definition.Workflow):
    """A definition with the methods that make and find its runs."""

    def create_run(
        self,
        *,
        run_id: str | None = None,
        resource_id: str | None = None,
        initiator: Any = None,
    ) -> Run:
        """Store a new run, status ``pending``; it joins an open transaction.

        A taken id of this workflow gives a handle on that run; another workflow's
        raises ``StateConflict``. ``initiator`` is a user or its primary key.
        Bad arguments, and an initiator who does not exist, raise ``BadArgument``.
        """
        row = self._new_row(run_id, resource_id, initiator)
        return self._handle(run_rows.insert_run(row))

    async def acreate_run(
        self,
        *,
        run_id: str | None = None,
        resource_id: str | None = None,
        initiator: Any = None,
    ) -> Run:
        """``create_run`` for async code."""
        row = self._new_row(run_id, resource_id, initiator)
        return self._handle(await process.in_database(run_rows.insert_run, row))

    def _new_row(
        self, run_id: str | None, resource_id: str | None, initiator: Any
    ) -> RunRow:
        self.require_committed()
        return run_rows.new_run(
            uuid7() if run_id is None else arguments.run_id(run_id),
            workflow=self,
            resource_id=arguments.resource_id(resource_id),
            initiator_id=arguments.initiator(initiator),
            now=timezone.now(),
        )

    def _handle(self, row: RunRow) -> Run:
        if row.workflow != self.id:
            raise StateConflict(
                f"run {row.pk!r} belongs to workflow {row.workflow!r}, not {self.id!r}"
            )
        return Run(row, self)

    def get_run(self, run_id: str) -> Run:
        """A handle on a stored run of this workflow. Raises ``RunNotFound``."""
        return self._own(selectors.find_run(run_id))

    async def aget_run(self, run_id: str) -> Run:
        """``get_run`` for async code."""
        return self._own(await process.in_database(selectors.find_run, run_id))

    def _own(self, row: RunRow) -> Run:
        if row.workflow != self.id:
            raise RunNotFound(f"workflow {self.id!r} has no run {row.pk!r}")
        return Run(row, self)

    def list_runs(
        self,
        *,
        status: RunStatus | str | None = None,
        resource_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> RunPage:
        """Runs of this workflow, newest first, at most ``limit`` (1 to 500).

        ``since`` and ``until`` carry a time zone. Raises ``BadArgument``.
        """
        arguments.page(resource_id, since, until, limit, cursor)
        wanted = selectors.Wanted(
            workflow=self.id,
            status=arguments.run_status(status),
            resource_id=resource_id,
            since=since,
            until=until,
        )
        return _page(selectors.page(wanted, limit, cursor))

    async def alist_runs(self, **filters: Any) -> RunPage:
        """``list_runs`` for async code."""
        return await process.in_database(lambda: self.list_runs(**filters))

    def restart_all_active_runs(self) -> list[RunResult]:
        """Take up every run of this workflow whose executor is gone.

        One that others took up meanwhile, or that can't go on under the installed
        definition (it then says so itself), keeps none of the rest from it.
        """
        restarted = []
        for run_id in selectors.abandoned(self.id):
            with suppress(StateConflict, RunNotFound):
                restarted.append(self.get_run(run_id).restart())
        return restarted

    async def arestart_all_active_runs(self) -> list[RunResult]:
        """``restart_all_active_runs`` for async code."""
        restarted = []
        for run_id in await process.in_database(selectors.abandoned, self.id):
            with suppress(StateConflict, RunNotFound):
                restarted.append(await (await self.aget_run(run_id)).arestart())
        return restarted

    def delete_run(self, run_id: str) -> None:
        """Remove a finished run and its journal; audit rows stay.

        Raises ``StateConflict`` while the run has not ended.
        """
        _delete(self, run_id)

    async def adelete_run(self, run_id: str) -> None:
        """``delete_run`` for async code."""
        await process.in_database(_delete, self, run_id)


def _page(found: tuple[list[RunRow], str | None]) -> RunPage:
    rows, cursor = found
    return RunPage(runs=[results.light(row) for row in rows], next_cursor=cursor)


def _delete(workflow: Workflow, run_id: str) -> None:
    with transaction.atomic():
        run_rows.lock_run(run_id)
        row = selectors.find_run(run_id)
        workflow._own(row)
        if row.status not in TERMINAL_RUN:
            raise StateConflict(f"run {run_id!r} is {row.status}; cancel it first")
        run_rows.delete(run_id)


def get_run(run_id: str) -> Run:
    """A handle on any stored run. Raises ``RunNotFound``."""
    return Run(selectors.find_run(run_id))


async def aget_run(run_id: str) -> Run:
    """``get_run`` for async code."""
    return Run(await process.in_database(selectors.find_run, run_id))


def locked(run_id: str) -> None:
    """Lock a run's row, first of all, in the caller's open transaction."""
    run_rows.lock_run(run_id)


def suspended_step(suspension: Suspension) -> Step | None:
    """The installed step that asked, or ``None`` when it is not installed any more."""
    run = suspension.run
    try:
        workflow = registered(run.workflow, run.version)
        member = graph.find(workflow, suspension.step_path.split("."))
    except (WorkflowNotFound, StepNotFound):
        return None
    return member.step if isinstance(member, StepEntry) else None
