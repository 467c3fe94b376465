"""Drive runs in this process until they end, stop, or somebody else has them.

Between a claim and the callbacks stands one ``Execution``. What follows a run that
others execute reads the journal from time to time; it never asks a process.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from django.utils import timezone

from workflows import callbacks, conf, control, failures, results, selectors
from workflows.definition import Workflow
from workflows.loading import Loaded
from workflows.models import Run
from workflows.runner import Engine, Execution
from workflows.statuses import TERMINAL_RUN, RunStatus

logger = logging.getLogger(__name__)

STOPPED = TERMINAL_RUN | {RunStatus.SUSPENDED, RunStatus.PAUSED, RunStatus.WAITING}
FOLLOW = (0.02, 0.5)  # seconds between two looks: at first, at most


async def execute(loaded: Loaded, workflow: Workflow, engine: Engine) -> Loaded:
    """Execute a run whose lease this process has just taken, then call back."""
    ended = loaded
    if loaded.fold.claim is not None:
        execution = Execution(loaded, workflow, engine)
        await execution.drive()
        ended = Loaded(execution.run, execution.fold, execution.values)
    if ended.fold.claim is None and callbacks.wanted(workflow):
        async with engine.threads.apart():
            await callbacks.ended(workflow, _info(ended), engine.threads)
    return ended


def _info(loaded: Loaded) -> callbacks.RunInfo:
    result = results.full(loaded, include_state=True)
    return callbacks.info_of(
        result, loaded.values.merged(loaded.fold.context, "context")
    )


async def begin(loaded: Loaded, workflow: Workflow, engine: Engine) -> Loaded:
    """Execute a claimed run; one that was only handed in hears ``on_start`` first."""
    if workflow.on_start is not None and _was_handed_in(loaded):
        try:
            async with engine.threads.apart():
                await callbacks.starting(workflow, _info(loaded), engine.threads)
        except Exception as error:
            reason = f"on_start raised {failures.describe(error)['message']}"
            await control.give_back(engine.journal, loaded, reason)
            return loaded
    return await execute(loaded, workflow, engine)


def _was_handed_in(loaded: Loaded) -> bool:
    start = loaded.fold.start
    handed_in = start is not None and "holder" not in loaded.values.data(start)
    return handed_in and not loaded.fold.visits


async def claim_and_execute(
    run_id: str, engine: Engine, known: Workflow | None = None
) -> bool:
    """Take a due run and execute it; ``False`` when there was nothing to take."""
    loaded = await control.claim(engine.journal, run_id, known)
    if loaded is None:
        return False
    workflow = control.definition_of(loaded.run, known)
    await begin(loaded, workflow, engine)
    return True


async def see_through(
    run_id: str, engine: Engine, known: Workflow | None, loaded: Loaded
) -> Loaded:
    """Wait until the run ends, suspends, pauses or comes to a long sleep.

    Short sleeps are waited for here and executed on; what another process executes
    is followed in the journal.
    """
    if _has_stopped(loaded):
        return loaded
    pause = FOLLOW[0]
    while True:
        run = await engine.journal.call(selectors.find_run, run_id)
        goes_on_at = _goes_on_at(run)
        if goes_on_at is not None:
            delay = (goes_on_at - timezone.now()).total_seconds()
            # In short naps: a cancel cuts the sleep short.
            await asyncio.sleep(max(0.0, min(delay, FOLLOW[1])))
            if delay <= FOLLOW[1]:
                await claim_and_execute(run_id, engine, known)
            continue
        if run.status in STOPPED or run.attention:
            return await engine.journal.load(run_id)
        await asyncio.sleep(pause)
        pause = min(pause * 2, FOLLOW[1])


def _has_stopped(loaded: Loaded) -> bool:
    """Whether what was just executed ended, or stopped with no timer set."""
    fold = loaded.fold
    if fold.claim is not None or fold.status not in STOPPED:
        return False
    return "wake_at" not in loaded.values.data(fold.seq)


def _goes_on_at(run: Run) -> datetime | None:
    """When a run that nobody executes goes on, if that is worth waiting for."""
    now = timezone.now()
    if run.status in TERMINAL_RUN or not control.lease_is_free(run, now):
        return None
    if run.lease_owner:
        return now
    patience = timedelta(seconds=conf.get("INLINE_SLEEP"))
    soon = run.due_at is not None and run.due_at - now <= patience
    return run.due_at if soon else None
