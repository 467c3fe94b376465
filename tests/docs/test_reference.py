"""``docs/reference.md`` lists every public name and setting, and nothing else."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import Any

import pytest
from django.conf import settings

import approvals
import workflows
from approvals import ApprovalPolicy
from approvals.models import Approval, SavedView
from tests.docs import pages
from workflows import conf, errors, registry, schedules, testing
from workflows.events import EventType
from workflows.models import Run

PAGE = pages.DOCS / "reference.md"

# Without an underscore, because several modules of the engine use them.
FOR_THE_ENGINE = {
    "StepContext": {"context_changes", "ended", "state_changes"},
    "Step": {"call_problems"},
    "Workflow": {
        "entries",
        "fingerprint",
        "misuses",
        "require_committed",
        "schedules",
        "schemas",
    },
    "Run": {"arow"},
}
MODULES = {
    "Schedules": (schedules, {"sync", "fire_due", "next_due"}),
    "Testing": (testing, set()),
    "Registry": (registry, {"autodiscover", "isolated_registry"}),
}


def listed(heading: str) -> set[str]:
    """The names in the first cells of a section's tables."""
    body = pages.prose(PAGE).partition(f"# {heading}\n")[2]
    section = re.split(r"^#", body, maxsplit=1, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([\w.-]+)`", cell)}


def public(class_: type) -> set[str]:
    """Attributes and methods without an underscore; of a pair the sync one."""
    names = {name for name in dir(class_) if not name.startswith("_")}
    made = inspect.getsource(class_)
    names |= set(
        re.findall(r"^        self\.([a-z]\w*)(?:: .*)? = ", made, re.MULTILINE)
    )
    names -= FOR_THE_ENGINE.get(class_.__name__, set())
    return {name for name in names if not _is_twin(name, names)}


def _is_twin(name: str, names: set[str]) -> bool:
    return name.startswith("a") and name[1:] in names


@pytest.mark.parametrize(
    ("heading", "class_"),
    [
        ("Step", workflows.Step),
        ("StepContext", workflows.StepContext),
        ("Workflow", workflows.Workflow),
        ("Run", workflows.Run),
        ("RunResult", workflows.RunResult),
        ("StepResult", workflows.StepResult),
        ("RunError", workflows.RunError),
        ("RunState", workflows.RunState),
    ],
)
def test_every_attribute_and_method_is_listed(heading: str, class_: Any) -> None:
    assert listed(heading) == _with_bases(class_)


def _with_bases(class_: Any) -> set[str]:
    names: set[str] = set()
    for base in inspect.getmro(class_)[:-1]:
        if base.__module__.startswith("workflows."):
            names |= public(base)
    return names - FOR_THE_ENGINE.get(class_.__name__, set())


def test_every_name_of_the_packages_is_listed() -> None:
    assert listed("Names in `workflows`") == set(workflows.__all__)
    assert set(approvals.__all__) <= listed("Approvals")


def test_every_function_of_the_public_modules_is_listed() -> None:
    for heading, (module, inner) in MODULES.items():
        functions = inspect.getmembers(module, inspect.isfunction)
        own = {
            name
            for name, function in functions
            if not name.startswith("_")
            and (
                function.__module__ == module.__name__
                or name in getattr(module, "__all__", ())
            )
        }
        assert listed(heading) == own - inner, heading


def test_every_error_is_listed() -> None:
    classes = inspect.getmembers(errors, inspect.isclass)
    known = {name for name, class_ in classes if issubclass(class_, Exception)}
    assert listed("Errors") == known


def test_every_event_is_listed() -> None:
    event = {field.name for field in fields(workflows.RunEvent)} | {"as_json"}
    assert listed("Events") == set(EventType) | event


def test_every_option_of_a_policy_is_listed_with_its_default() -> None:
    rows = _settings_rows("## Approvals", first="option")
    policy = {field.name: field.default for field in fields(ApprovalPolicy)}
    assert {name: eval(row[1].strip("`")) for name, row in rows.items()} == policy


def test_every_setting_is_listed_with_its_default() -> None:
    rows = _settings_rows("## Settings", first="key")
    assert set(rows) == {*settings.WORKFLOWS, *settings.APPROVALS}
    told = {name: row[1].strip("`") for name, row in rows.items()}
    assert {name: eval(told[name]) for name in conf.DEFAULTS} == conf.DEFAULTS
    for name in rows.keys() - conf.DEFAULTS.keys() - {"EMBEDDED_WORKER"}:
        assert eval(told[name]) == {**settings.WORKFLOWS, **settings.APPROVALS}[name]


def _settings_rows(heading: str, first: str) -> dict[str, list[str]]:
    """The table of a section that begins with this column, by name."""
    _, _, section = pages.prose(PAGE).partition(f"\n{heading}\n")
    _, _, table = section.partition(f"| {first} |")
    rows: dict[str, list[str]] = {}
    for line in table.splitlines()[2:]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows |= {name: cells for name in re.findall(r"`(\w+)`", cells[0])}
    return rows


def test_every_command_is_listed() -> None:
    ours = {
        path.stem
        for app in ("workflows", "approvals", "config", "examples")
        for path in (pages.ROOT / app).glob("**/management/commands/*.py")
    }
    replaced = {"__init__", "flush"}  # Django's own
    assert listed("Commands") == ours - replaced


def test_every_permission_is_listed() -> None:
    codes = {code for code, _ in Run._meta.permissions} | {"view_run"}
    of_approvals = (*Approval._meta.permissions, *SavedView._meta.permissions)
    ours = {f"approvals.{code}" for code, _ in of_approvals}
    assert listed("Permissions") == {f"workflows.{code}" for code in codes} | ours
