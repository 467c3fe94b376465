"""What runs, steps and suspensions can be, and the moves between."""

from __future__ import annotations

from django.db.models import TextChoices


class RunStatus(TextChoices):
    PENDING = "pending"  # stored, nothing executed yet
    RUNNING = "running"  # something executes, or is due to
    WAITING = "waiting"  # nothing executes until a timer fires
    SUSPENDED = "suspended"  # nothing executes until somebody answers
    PAUSED = "paused"  # stopped after one step, on request
    SUCCESS = "success"  # ended with a result
    FAILED = "failed"  # ended with an error
    CANCELED = "canceled"  # ended on request


class StepStatus(TextChoices):
    RUNNING = "running"  # the visit has begun and has no outcome yet
    WAITING = "waiting"  # a timer stands between it and going on
    SUSPENDED = "suspended"  # it asked somebody and waits for the answer
    PAUSED = "paused"  # a nested workflow or block stopped after one step
    SUCCESS = "success"  # its output is recorded
    FAILED = "failed"  # its error is recorded, no attempt left
    SKIPPED = "skipped"  # time travel went past it
    CANCELED = "canceled"  # called off with its run or by a failed sibling


class SuspensionStatus(TextChoices):
    OPEN = "open"  # somebody may answer
    CONSUMED = "consumed"  # an answer was recorded
    WITHDRAWN = "withdrawn"  # the run went on, or ended, without an answer
    EXPIRED = "expired"  # its deadline passed first


class ScheduleStatus(TextChoices):
    ACTIVE = "active"  # fires at its next tick
    PAUSED = "paused"  # fires nothing until resumed
    COMPLETED = "completed"  # no tick is left, or the code has it no more


_ENDS = frozenset({RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELED})
_STOPS = frozenset({RunStatus.WAITING, RunStatus.SUSPENDED, RunStatus.PAUSED})

# Time travel alone may move an ended run, in a new generation of its journal.
RUN_MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.PENDING: frozenset({RunStatus.RUNNING}) | _STOPS | _ENDS,
    RunStatus.RUNNING: _STOPS | _ENDS,
    RunStatus.WAITING: frozenset({RunStatus.RUNNING}) | _STOPS | _ENDS,
    RunStatus.SUSPENDED: frozenset({RunStatus.RUNNING}) | _STOPS | _ENDS,
    RunStatus.PAUSED: frozenset({RunStatus.RUNNING}) | _STOPS | _ENDS,
}

SUSPENSION_MOVES: dict[SuspensionStatus, frozenset[SuspensionStatus]] = {
    SuspensionStatus.OPEN: frozenset(
        {
            SuspensionStatus.CONSUMED,
            SuspensionStatus.WITHDRAWN,
            SuspensionStatus.EXPIRED,
        }
    ),
}

TERMINAL_RUN = frozenset(RunStatus) - frozenset(RUN_MOVES)
TERMINAL_STEP = frozenset(
    {StepStatus.SUCCESS, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELED}
)
