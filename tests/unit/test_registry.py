"""How workflows become known, and what other apps ask of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from workflows import registry
from workflows.definition import Step, Workflow, add_commit_check, attach, commit_checks
from workflows.errors import DefinitionError, WorkflowNotFound
from workflows.graph import StepEntry, walk
from workflows.registry import isolated_registry

DEFINITION = """
from workflows.definition import Step, Workflow

Workflow("{id}").then(Step("a", lambda: 1)).commit()
"""


def made(id: str) -> Step:
    return Step(id, lambda data: data)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for apps; what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def app(folder: Path, name: str, workflows: str | None) -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    if workflows is not None:
        (folder / name / "workflows.py").write_text(workflows)


def test_workflows_of_every_installed_app_are_found(installed: Path) -> None:
    app(installed, "found_one", DEFINITION.format(id="one"))
    app(installed, "found_two", DEFINITION.format(id="two"))
    app(installed, "without_any", None)
    names = ["workflows", "found_one", "without_any", "found_two"]
    with isolated_registry(), override_settings(INSTALLED_APPS=names):
        assert [workflow.id for workflow in registry.all()] == ["one", "two"]


def test_a_broken_workflows_module_is_not_passed_over(installed: Path) -> None:
    app(installed, "broken_app", "import a_module_that_is_nowhere")
    changed = override_settings(INSTALLED_APPS=["workflows", "broken_app"])
    with isolated_registry(), pytest.raises(ModuleNotFoundError, match="nowhere"):
        changed.enable()


def test_commit_registers_and_the_last_version_is_the_default() -> None:
    with isolated_registry():
        first = Workflow("w").then(made("a")).commit()
        second = Workflow("w", version="2").then(made("a")).commit()
        unlisted = Workflow("x").then(made("a")).commit(register=False)
        assert registry.get("w") is second
        assert registry.get("w", "1") is first
        assert registry.all() == [first, second]
        with pytest.raises(WorkflowNotFound, match='"x"'):
            registry.get("x")
        with pytest.raises(WorkflowNotFound, match='in version "3"'):
            registry.get("w", "3")
        registry.register(unlisted)
        registry.register(unlisted)
        assert registry.get("x") is unlisted


def test_a_taken_name_is_refused_and_the_first_stays() -> None:
    with isolated_registry():
        first = Workflow("w").then(made("a")).commit()
        second = Workflow("w").then(made("a"))
        with pytest.raises(DefinitionError, match='version "1"; give it another id'):
            second.commit()
        assert registry.get("w") is first
        assert not second.committed


def test_an_uncommitted_workflow_cannot_be_registered() -> None:
    with isolated_registry(), pytest.raises(DefinitionError, match="not committed"):
        registry.register(Workflow("w").then(made("a")))


def fail_in_isolation() -> None:
    with isolated_registry():
        assert registry.all() == []
        Workflow("inside").then(made("a")).commit()
        raise RuntimeError


def test_isolated_registries_nest_and_end_with_an_error_too() -> None:
    with isolated_registry():
        outer = Workflow("outer").then(made("a")).commit()
        with pytest.raises(RuntimeError):
            fail_in_isolation()
        assert registry.all() == [outer]


def test_other_apps_rules_hold_for_every_workflow_past_and_future(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str] = []

    def no_policies(workflow: Workflow) -> None:
        checked.append(workflow.id)
        for _, member in walk(workflow):
            if isinstance(member, StepEntry) and member.step.extensions:
                raise DefinitionError(f"{workflow.id}: no policies here")

    monkeypatch.setattr("workflows.definition.commit_checks", [*commit_checks])
    with isolated_registry():
        Workflow("before").then(made("a")).commit()
        add_commit_check(no_policies)
        add_commit_check(no_policies)
        refused = Workflow("after").then(attach(made("a"), "policy", 1))
        with pytest.raises(DefinitionError, match="no policies"):
            refused.commit()
        assert not refused.committed
        with pytest.raises(WorkflowNotFound):
            registry.get("after")
    assert checked == ["before", "before", "after"]
