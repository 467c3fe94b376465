"""What ``workflows`` exports, and that importing it loads nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import workflows

# The names of the contract's first two chapters.
PROMISED = (
    "Aborted AlreadyResumed AmbiguousResume Bailed DefinitionChanged DefinitionError "
    "Run RunAlreadyStarted RunError RunIsFinished RunIsRunning RunNotFound "
    "RunNotSuspended RunResult RunState SchemaMismatch StateConflict Step StepContext "
    "StepNotFound StepNotSuspended StepResult Suspended Workflow WorkflowError get_run "
    "locked map_variable registry step suspended_step"
)


@pytest.mark.parametrize("name", sorted({*PROMISED.split(), *workflows.__all__}))
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(workflows, name) is not None
    assert name in workflows.__all__
    assert name in dir(workflows)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Wokflow'"):
        workflows.Wokflow  # noqa: B018


def test_the_package_and_a_definition_need_no_settings() -> None:
    """Apps import the package before Django's registry of models is ready."""
    code = """
import sys
import workflows
assert not [name for name in sys.modules if name.startswith("workflows.")]
from workflows.definition import Workflow, step
@step
def first(data: int) -> int:
    return data
assert Workflow("w").then(first).commit().graph()["id"] == "w"
assert "workflows.models" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
