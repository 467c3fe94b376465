"""Time travel as a call of the control plane: one append, then it is as any run."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from workflows import holder, run_rows, travel
from workflows.committer import Journal
from workflows.control import (
    change_for,
    check_context,
    definition_of,
    lease_is_free,
)
from workflows.definition import Workflow
from workflows.draft import Draft
from workflows.errors import RunIsRunning
from workflows.events import EventType
from workflows.json_gate import JSONObject, JSONValue
from workflows.loading import Loaded
from workflows.models import Run
from workflows.statuses import RunStatus
from workflows.travel import Travel


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A time travel as asked for: where to, and the run's state and context."""

    travel: Travel
    state: JSONObject
    context: JSONObject
    per_step: bool = False
    by: JSONValue = None


async def time_travel(
    journal: Journal,
    run_id: str,
    known: Workflow | None,
    journey: Journey,
    *,
    take: bool,
    into: Run | None = None,
) -> Loaded:
    """Open a new generation of the run, or of the fork ``into``, at another step.

    ``into`` is stored once it is clear that the run can go on there. Raises
    ``RunIsRunning``, ``StepNotFound``, ``SchemaMismatch``; the run is then as it was.
    """
    while True:
        loaded = await journal.load(run_id)
        now = timezone.now()
        started = loaded.fold.status == RunStatus.RUNNING
        if started and loaded.run.lease_owner and not lease_is_free(loaded.run, now):
            raise RunIsRunning(f"run {run_id!r} is being executed")
        workflow = definition_of(loaded.run, known)
        check_context(workflow, loaded, journey.context)
        data = travel.instructions(
            workflow,
            loaded.fold,
            loaded.values,
            journey.travel,
            forks=into is not None,
        )
        if into is not None:
            context = loaded.values.merged(loaded.fold.context, "context")
            state = loaded.values.merged(loaded.fold.state, "state")
            data |= {"state": state, "context": context, "forked_from": run_id}
            await journal.call(run_rows.insert_run, into)
            loaded = await journal.load(into.pk)
        draft = Draft(loaded.fold, now, loaded.values)
        draft.emit(EventType.TIME_TRAVEL, "", data | _journey_data(data, journey, take))
        change = change_for(loaded.run, draft, take=take)
        change.columns["fingerprint"] = workflow.fingerprint
        if await journal.append(change):
            return loaded


def _journey_data(data: JSONObject, journey: Journey, take: bool) -> JSONObject:
    more: JSONObject = {}
    for key, given in (("state", journey.state), ("context", journey.context)):
        before = data.get(key)
        if given:
            more[key] = {**before, **given} if isinstance(before, dict) else given
    if journey.per_step:
        more["per_step"] = True
    if journey.by is not None:
        more["by"] = journey.by
    if take:
        more["holder"] = holder.current()
    return more
