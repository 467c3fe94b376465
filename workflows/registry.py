"""The workflows this process knows, by id and version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from workflows.errors import DefinitionError, WorkflowNotFound

if TYPE_CHECKING:
    from workflows.definition import Workflow

# In order of registration. Swapped whole by isolated_registry(), so that workers in
# other threads see the change too.
_known: dict[tuple[str, str], Workflow] = {}
_lock = RLock()


def get(id: str, version: str | None = None) -> Workflow:
    """The workflow of that id and version; without one, the one registered last."""
    with _lock:
        found = [
            workflow
            for (known_id, known_version), workflow in _known.items()
            if known_id == id and version in (None, known_version)
        ]
    if not found:
        raise WorkflowNotFound(_unknown(id, version))
    return found[-1]


def all() -> list[Workflow]:
    """Every workflow registered, in order of registration."""
    with _lock:
        return list(_known.values())


def register(workflow: Workflow) -> None:
    """Make a committed workflow known; DefinitionError if its name is taken."""
    workflow.require_committed()
    with _lock:
        found = _known.setdefault((workflow.id, workflow.version), workflow)
    if found is not workflow:
        raise DefinitionError(
            f'workflow "{workflow.id}": another workflow is registered under this id '
            f'and version "{workflow.version}"; give it another id or version'
        )


@contextmanager
def isolated_registry() -> Iterator[None]:
    """Start empty, and bring back afterwards what was registered before. Nests."""
    global _known
    with _lock:
        before, _known = _known, {}
    try:
        yield
    finally:
        with _lock:
            _known = before


def autodiscover() -> None:
    """Import ``workflows.py`` of every installed app but this one."""
    for app in apps.get_app_configs():
        if app.name != __package__ and module_has_submodule(app.module, "workflows"):
            import_module(f"{app.name}.workflows")


def _unknown(id: str, version: str | None) -> str:
    if version is None:
        return f'no workflow "{id}" is registered'
    return f'no workflow "{id}" is registered in version "{version}"'
