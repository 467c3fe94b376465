"""Durable workflows that wait for people.

The names below are the public ones. They are imported when first used, because apps
import this package before Django's registry of models is ready.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from workflows import registry
    from workflows.api import Workflow, aget_run, get_run, locked, suspended_step
    from workflows.context import StepContext
    from workflows.definition import Step, attach, step
    from workflows.errors import (
        AlreadyResumed,
        AmbiguousResume,
        BadArgument,
        DefinitionChanged,
        DefinitionError,
        PayloadRejected,
        RunAlreadyStarted,
        RunIsFinished,
        RunIsRunning,
        RunNotFound,
        RunNotSuspended,
        SchemaMismatch,
        StateConflict,
        StepNotFound,
        StepNotSuspended,
        WorkflowError,
        WorkflowNotFound,
    )
    from workflows.graph import MapVariable, map_variable
    from workflows.outcomes import Aborted, Bailed, Suspended
    from workflows.published import RunEvent
    from workflows.results import RunError, RunResult, StepResult
    from workflows.run import Run
    from workflows.run_state import RunState
    from workflows.streams import RunStream

_HOMES: Final = {
    "workflows.api": ("Workflow", "aget_run", "get_run", "locked", "suspended_step"),
    "workflows.context": ("StepContext",),
    "workflows.definition": ("Step", "attach", "step"),
    "workflows.errors": (
        "AlreadyResumed",
        "AmbiguousResume",
        "BadArgument",
        "DefinitionChanged",
        "DefinitionError",
        "PayloadRejected",
        "RunAlreadyStarted",
        "RunIsFinished",
        "RunIsRunning",
        "RunNotFound",
        "RunNotSuspended",
        "SchemaMismatch",
        "StateConflict",
        "StepNotFound",
        "StepNotSuspended",
        "WorkflowError",
        "WorkflowNotFound",
    ),
    "workflows.graph": ("MapVariable", "map_variable"),
    "workflows.outcomes": ("Aborted", "Bailed", "Suspended"),
    "workflows.results": ("RunError", "RunResult", "StepResult"),
    "workflows.run": ("Run",),
    "workflows.run_state": ("RunState",),
    "workflows.published": ("RunEvent",),
    "workflows.streams": ("RunStream",),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Aborted",
    "AlreadyResumed",
    "AmbiguousResume",
    "BadArgument",
    "Bailed",
    "DefinitionChanged",
    "DefinitionError",
    "MapVariable",
    "PayloadRejected",
    "Run",
    "RunAlreadyStarted",
    "RunError",
    "RunEvent",
    "RunIsFinished",
    "RunIsRunning",
    "RunNotFound",
    "RunNotSuspended",
    "RunResult",
    "RunState",
    "RunStream",
    "SchemaMismatch",
    "StateConflict",
    "Step",
    "StepContext",
    "StepNotFound",
    "StepNotSuspended",
    "StepResult",
    "Suspended",
    "Workflow",
    "WorkflowError",
    "WorkflowNotFound",
    "aget_run",
    "attach",
    "get_run",
    "locked",
    "map_variable",
    "registry",
    "step",
    "suspended_step",
]


def __getattr__(name: str) -> Any:
    if name == "registry":
        return import_module("workflows.registry")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'workflows' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
