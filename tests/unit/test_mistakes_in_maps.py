"""Mistakes in maps, told at commit()."""

from __future__ import annotations

import math

import pytest

from tests.unit.mistakes import (
    Mistake,
    anything,
    check,
    made,
    name,
    nested,
    w,
)
from workflows.graph import map_variable


class Opaque:
    pass


MISTAKES: list[Mistake] = [
    (
        "unknown map step",
        lambda: w().then(made()).map({"k": map_variable(step="b")}, id="m"),
        'map "m": "k" reads step "b"',
        "the steps before it: a",
    ),
    (
        "map of a later step",
        lambda: w().map({"k": map_variable(step="a")}, id="m").then(made()),
        'reads step "a"',
        "the steps before it: none",
    ),
    (
        "unknown alternative",
        lambda: (
            w().then(made()).map({"k": map_variable(step=["a", made("b")])}, id="m")
        ),
        'reads step "b"',
        "the steps before it: a",
    ),
    (
        "unknown nested step",
        lambda: w().then(nested()).map({"k": map_variable(step="inner.x")}, id="m"),
        'reads step "inner.x"',
        "inner",
    ),
    (
        "path into a plain step",
        lambda: w().then(made()).map({"k": map_variable(step="a.b")}, id="m"),
        'reads step "a.b"',
        "a",
    ),
    (
        "unknown step in a template",
        lambda: (
            w()
            .then(made())
            .map({"k": map_variable(template="${stepResults.b.c}")}, id="m")
        ),
        'reads step "b"',
        "the steps before it: a",
    ),
    ("map of nothing", lambda: w().map({}), "maps nothing", "map_variable"),
    ("map of a list", lambda: w().map(anything([1])), "maps nothing", "map_variable"),
    (
        "map of a bare value",
        lambda: w().map({"k": anything(1)}, id="m"),
        'map "m": "k" is no map_variable',
        "map_variable(value=...)",
    ),
    (
        "map key no text",
        lambda: w().map({anything(1): map_variable(value=1)}),
        "its key 1 is not text",
        "use a text",
    ),
    (
        "two sources",
        lambda: w().map({"k": map_variable(init_data=True, value=1)}),
        '"k" has init_data, value as its source',
        "exactly one",
    ),
    ("no source", lambda: w().map({"k": map_variable()}), "has none", "exactly one"),
    (
        "path of a value",
        lambda: w().map({"k": map_variable(value=1, path="a")}),
        "has a path",
        "leave it out",
    ),
    (
        "fn no function",
        lambda: w().map({"k": map_variable(fn=anything(1))}),
        "can't be called",
        "give a function",
    ),
    (
        "constant not JSON",
        lambda: w().map({"k": map_variable(value=Opaque())}, id="m"),
        'map "m": "k" has a value that is not JSON',
        "give one that is",
    ),
    (
        "constant infinite",
        lambda: w().map({"k": map_variable(value=[math.inf])}),
        "must be a finite number",
        "give one that is",
    ),
    (
        "padded placeholder",
        lambda: w().map({"k": map_variable(template="${ inputData.x }")}),
        "whitespace-padded",
        "${inputData.key}",
    ),
    (
        "empty placeholder",
        lambda: w().map({"k": map_variable(template="a${}b")}),
        "empty or whitespace-padded",
        "${inputData.key}",
    ),
    (
        "step result without id",
        lambda: w().map({"k": map_variable(template="${stepResults.}")}),
        "placeholder",
        "stepResults.<stepId>",
    ),
    (
        "unknown root",
        lambda: w().map({"k": map_variable(template="${output.x}")}),
        "'${output.x}'",
        "inputData, initData",
    ),
    (
        "empty key in a template",
        lambda: w().map({"k": map_variable(template="${inputData.a..b}")}),
        "an empty key",
        "name it",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=name)
def test_a_mistake_is_told_at_commit_with_its_place_and_its_cure(
    mistake: Mistake,
) -> None:
    check(mistake)
