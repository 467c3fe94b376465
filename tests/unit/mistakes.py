"""What the tables of mistakes are written with, and how a mistake is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from workflows.definition import Step, Workflow
from workflows.errors import DefinitionError
from workflows.registry import isolated_registry

Define: TypeAlias = Callable[[], Workflow]
# What it is, the definition, and two parts of the message: the place and the cure.
Mistake: TypeAlias = tuple[str, Define, str, str]


def check(mistake: Mistake) -> None:
    """The definition is refused, in one line that names workflow, place and cure."""
    _, define, place, cure = mistake
    workflow = define()
    with isolated_registry(), pytest.raises(DefinitionError) as caught:
        workflow.commit()
    lines = str(caught.value).splitlines()
    (line,) = [line for line in lines if place in line]
    assert cure in line
    assert line.startswith(f'workflow "{workflow.id}": ')
    assert len(lines) == len(set(lines)) <= 2
    assert not workflow.committed


def name(mistake: Mistake) -> str:
    return mistake[0]


def made(id: str = "a", **options: Any) -> Step:
    return Step(id, lambda data: data, **options)


def always(ctx: Any) -> bool:
    return True


def w(**options: Any) -> Workflow:
    return Workflow("w", **options)


def one(**options: Any) -> Workflow:
    """A workflow of one step with these options."""
    return w().then(made(**options))


def nested(id: str = "inner", **options: Any) -> Workflow:
    return Workflow(id, **options).then(made("i")).commit(register=False)


def anything(value: Any) -> Any:
    """Past the type checker, as a careless caller would."""
    return value
