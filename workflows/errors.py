"""Everything the engine raises on purpose.

WorkflowError
├── DefinitionError          the workflow is wrong; raised when it is committed
├── SchemaMismatch           a payload does not fit its schema
│   ├── PayloadRejected      it is not JSON as the gate allows it
│   └── BadArgument          an argument of a call is not what it must be
├── WorkflowNotFound         no workflow under that id (and version)
├── ScheduleNotFound         no schedule under that id
├── RunNotFound              no run under that id
├── StepNotFound             the workflow has no step of that name
└── StateConflict            the run is not, or no longer, where the call needs it
    ├── RunAlreadyStarted    somebody started it before
    ├── RunNotSuspended      it waits for nobody
    ├── StepNotSuspended     it waits, but not at that step
    ├── AmbiguousResume      several steps wait; the call must name one
    ├── AlreadyResumed       somebody else's answer came first
    ├── RunIsRunning         an executor holds it
    ├── RunIsFinished        it ended; nothing changes it but time travel
    └── DefinitionChanged    the installed workflow no longer fits what was recorded
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class FieldError(TypedDict):
    """One fault in a payload; ``loc`` is relative to the data given."""

    loc: list[str | int]
    msg: str
    type: str


class WorkflowError(Exception):
    """Base of every error the engine raises on purpose."""


class DefinitionError(WorkflowError):
    """The workflow is wrong; the message names workflow, place and cure."""


class SchemaMismatch(WorkflowError):
    """A payload does not fit its schema; the values given are never repeated."""

    def __init__(self, message: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.errors: list[FieldError] = list(errors)


class PayloadRejected(SchemaMismatch):
    """A payload is not JSON as the gate allows it."""


class BadArgument(SchemaMismatch, ValueError):
    """An argument of a call is not what it must be; ``errors`` names it."""


class WorkflowNotFound(WorkflowError):
    """No workflow is registered under that id and version."""


class ScheduleNotFound(WorkflowError):
    """No schedule has that id."""


class RunNotFound(WorkflowError):
    """No run has that id."""


class StepNotFound(WorkflowError):
    """The workflow has no step of that name; the message lists what it has."""


class StateConflict(WorkflowError):
    """The run is not, or no longer, where the call needs it."""


class RunAlreadyStarted(StateConflict):
    """The run was started before."""


class RunNotSuspended(StateConflict):
    """The run waits for nobody."""


class StepNotSuspended(StateConflict):
    """The step named does not wait for an answer."""


class AmbiguousResume(StateConflict):
    """Several steps wait; ``suspended`` lists their paths, the call must name one."""

    def __init__(self, message: str, suspended: Sequence[Sequence[str]] = ()) -> None:
        super().__init__(message)
        self.suspended: list[list[str]] = [list(path) for path in suspended]


class AlreadyResumed(StateConflict):
    """Another answer to the same suspension came first."""


class RunIsRunning(StateConflict):
    """A living executor holds the run."""


class RunIsFinished(StateConflict):
    """The run has ended."""


class DefinitionChanged(StateConflict):
    """The installed workflow no longer fits the record; ``difference`` says where."""

    def __init__(self, message: str, difference: str = "") -> None:
        super().__init__(message)
        self.difference = difference
