"""Steps whose own database writes commit in the transaction that records them.

The step runs inside one transaction. At its end that transaction locks the run, folds
in what was appended meanwhile, and appends the outcome at the head it finds. It is
rolled back only when the outcome may no longer be recorded (a newer claim, a cancel, a
new generation), so what the step wrote happens exactly once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from workflows import conf, loading, projection, recorder, run_rows, store
from workflows.context import StepContext
from workflows.definition import Step
from workflows.draft import Draft
from workflows.recorder import Happened
from workflows.steps import Asked, Outcome, Recorded, outcome_of, raised
from workflows.work import Work


class _Void(Exception):
    """Nobody waits for the outcome any more: undo what the step wrote."""


def run(
    step: Step,
    work: Work,
    context: StepContext[Any, Any],
    claim: int,
    prepared: Callable[[Asked], Asked],
) -> Outcome | Recorded:
    """One attempt in one transaction, on the thread it is called on. Never raises."""
    args = (context.input_data, context)[: step.arity]
    try:
        with transaction.atomic():
            began = time.monotonic()
            outcome = outcome_of(step, context, _returned(step, context, args))
            if isinstance(outcome, Asked):
                outcome = prepared(outcome)
            _check_time(step, time.monotonic() - began)
            _record(Happened(work, outcome), context.run_id, claim)
    except _Void:
        pass
    except (Exception, SystemExit) as error:
        return raised(context, error)
    return Recorded()


def _returned(step: Step, context: StepContext[Any, Any], args: tuple[Any, ...]) -> Any:
    value = step.execute(*args)
    return context.ended or value


def _check_time(step: Step, seconds: float) -> None:
    limit = conf.get("TRANSACTION_TIMEOUT")
    if seconds > limit:
        raise TimeoutError(
            f"step {step.id!r} held its transaction for {seconds:.1f} s; "
            f"TRANSACTION_TIMEOUT is {limit:g} s"
        )


def _record(happened: Happened, run_id: str, claim: int) -> None:
    run_rows.lock_run(run_id)
    loaded = loading.load(run_id)
    draft = Draft(loaded.fold, timezone.now(), loaded.values)
    held = loaded.fold.claim
    if held is None or held.seq != claim:
        raise _Void
    if not recorder.still_wanted(draft, happened.work):
        raise _Void
    opened = recorder.record(draft, happened, loaded.run)
    change = projection.change_of(run_id, draft, [opened] if opened else [])
    if not store.append(change):
        raise _Void
