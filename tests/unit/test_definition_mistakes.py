"""Every mistake is a DefinitionError that names workflow, place and cure."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pydantic import BaseModel

from tests.unit.mistakes import (
    Mistake,
    always,
    anything,
    check,
    made,
    name,
    nested,
    one,
    w,
)
from workflows.definition import Step, Workflow, step
from workflows.errors import DefinitionError
from workflows.graph import map_variable


class Named(BaseModel):
    name: str


def three(a: int, b: int, c: int) -> int:
    return a


def numbers(data: Any) -> list[int]:
    return []


def maybe_numbers(data: Any) -> list[int] | None:
    return []


def words(data: Any) -> dict[str, list[int]]:
    return {}


def number_or_list(data: Any) -> int | list[int]:
    return 1


def pair(data: Any) -> tuple[int, str]:
    return 1, "a"


def named(data: Any) -> Named:
    return Named(name="x")


MISTAKES: list[Mistake] = [
    ("no steps", lambda: w(), "has no steps", "then()"),
    ("no id", lambda: Workflow(anything(None)).then(made()), "id: the id None", "give"),
    ("workflow id", lambda: Workflow("a.b").then(made()), "the id 'a.b'", "letters"),
    ("empty id", lambda: Workflow("").then(made()), "the id ''", "letters"),
    ("long id", lambda: w().then(made("x" * 129)), "129 characters", "at most 128"),
    ("dot in id", lambda: w().then(made("a.b")), 'step "a.b" at position 1', "letters"),
    ("index in id", lambda: w().then(made("a[0]")), 'step "a[0]"', "letters"),
    ("slash in id", lambda: w().then(made("a/b")), 'step "a/b"', "letters"),
    ("space in id", lambda: w().then(made("a b")), 'step "a b"', "letters"),
    ("newline in id", lambda: w().then(made("a\n")), "step", "letters"),
    ("umlaut in id", lambda: w().then(made("ä")), 'step "ä"', "letters"),
    ("lambda", lambda: w().then(step(lambda d: d)), "the id '<lambda>'", "id="),
    ("map id", lambda: w().then(made()).map(always, id="a.b"), 'map "a.b"', "letters"),
    (
        "duplicate step",
        lambda: w().then(made()).then(made()),
        'step "a": its id occurs 2 times',
        "clone(id=...)",
    ),
    (
        "duplicate in blocks",
        lambda: w().parallel([made(), made()]).dountil(made(), always),
        'step "a": its id occurs 3 times',
        "clone(id=...)",
    ),
    (
        "duplicate of a map",
        lambda: w().then(made()).map(always, id="a"),
        'step "a": its id occurs 2 times',
        "clone(id=...)",
    ),
    (
        "duplicate of a nested workflow",
        lambda: w().then(nested("a")).then(made()),
        'step "a": its id occurs 2 times',
        "clone(id=...)",
    ),
    (
        "empty parallel",
        lambda: w().parallel([]),
        "parallel at position 1: is empty",
        "g",
    ),
    (
        "empty branch",
        lambda: w().then(made()).branch([]),
        "branch at position 2: is empty",
        "at least one step",
    ),
    (
        "parallel without list",
        lambda: w().parallel(anything(made())),
        "parallel at position 1: takes a list",
        "brackets",
    ),
    (
        "branch without pair",
        lambda: w().branch([anything(made())]),
        "branch at position 1: has an arm that is no pair",
        "(condition, step)",
    ),
    (
        "branch of three",
        lambda: w().branch([anything((always, made(), made("b")))]),
        "no pair",
        "(condition, step)",
    ),
    (
        "branch turned round",
        lambda: w().branch([anything((made(), always))]),
        "branch at position 1: got a function where a step belongs",
        "@step",
    ),
    (
        "condition no function",
        lambda: w().branch([(anything(True), made())]),
        'branch at position 1: the condition of "a"',
        "give a function",
    ),
    (
        "loop condition no function",
        lambda: w().dowhile(made(), anything(3)),
        'loop at position 1: the condition of "a"',
        "give a function",
    ),
    ("function for a step", lambda: w().then(anything(always)), "then at", "@step"),
    ("text for a step", lambda: w().foreach(anything("a")), "got a str", "@step"),
    (
        "loop over nothing",
        lambda: w().dountil(anything(None), always),
        "dountil",
        "@st",
    ),
    (
        "uncommitted nested",
        lambda: w().then(Workflow("inner").then(made())),
        'workflow "inner": is not committed',
        "commit()",
    ),
    (
        "foreach over a model",
        lambda: w(input_schema=Named).foreach(made()),
        "foreach at position 1: its input, the workflow's input, is not a list",
        "map a list",
    ),
    (
        "foreach over a number",
        lambda: w(input_schema=int).sleep(1).foreach(made()),
        "the workflow's input",
        "map a list",
    ),
    (
        "foreach over a step's object",
        lambda: w().then(Step("words", words)).foreach(made()),
        'the output of "words", is not a list',
        "map a list",
    ),
    (
        "foreach over a step's model",
        lambda: w().then(Step("named", named)).foreach(made()),
        'the output of "named"',
        "map a list",
    ),
    (
        "foreach over a parallel block",
        lambda: w().parallel([made("b")]).foreach(made()),
        "the output of the parallel before it",
        "map a list",
    ),
    (
        "foreach over a branch",
        lambda: w().branch([(always, made("b"))]).foreach(made()),
        "the output of the branch before it",
        "map a list",
    ),
    (
        "foreach over a map of keys",
        lambda: w().map({"a": map_variable(value=[])}, id="m").foreach(made()),
        'the output of map "m"',
        "map a list",
    ),
    (
        "foreach over a nested workflow",
        lambda: w().then(nested(output_schema=Named)).foreach(made()),
        'the output of "inner"',
        "map a list",
    ),
    (
        "foreach concurrency",
        lambda: w().foreach(made(), concurrency=0),
        "foreach at position 1: concurrency is 0",
        "at least 1",
    ),
    (
        "foreach concurrency by function",
        lambda: w().foreach(made(), concurrency=anything(always)),
        "concurrency is",
        "at least 1",
    ),
    ("negative sleep", lambda: w().sleep(-1), "its duration is -1", "seconds"),
    ("endless sleep", lambda: w().sleep(math.inf), "its duration is inf", "seconds"),
    ("sleep of text", lambda: w().sleep(anything("1")), "its duration is '1'", "seco"),
    ("sleep of nothing", lambda: w().sleep(anything(None)), "duration is None", "seco"),
    (
        "naive moment",
        lambda: w().sleep_until(datetime(2030, 1, 1)),  # noqa: DTZ001
        "has no timezone",
        "aware",
    ),
    ("moment of text", lambda: w().sleep_until(anything("now")), "no datetime", "give"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=name)
def test_a_mistake_is_told_at_commit_with_its_place_and_its_cure(
    mistake: Mistake,
) -> None:
    check(mistake)


def test_all_mistakes_are_told_together() -> None:
    workflow = w(retries=-1).then(made()).then(made()).parallel([]).then(Step("b"))
    with pytest.raises(DefinitionError) as caught:
        workflow.commit(register=False)
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize(
    "define",
    [
        lambda: w().then(Step("n", numbers)).foreach(made()),
        lambda: w().then(Step("n", maybe_numbers)).foreach(made()),
        lambda: w().then(Step("n", number_or_list)).foreach(made()),
        lambda: w().then(Step("n", pair)).foreach(made()),
        lambda: w().then(made("n")).foreach(made()),
        lambda: w(input_schema=list[int]).foreach(made()),
        lambda: w(input_schema=set[int]).sleep(1).foreach(made()),
        lambda: w().foreach(made()),
        lambda: w().foreach(made("n")).foreach(made()),
        lambda: w().then(Step("words", words)).map(always).foreach(made()),
        lambda: w().dountil(Step("n", numbers), always).foreach(made()),
        lambda: w().then(nested(output_schema=list[int])).foreach(made()),
        lambda: w().then(nested()).foreach(made()),
    ],
)
def test_a_foreach_over_what_may_be_a_list_is_no_mistake(
    define: Callable[[], Workflow],
) -> None:
    assert define().commit(register=False).committed


@pytest.mark.parametrize(
    "define",
    [
        lambda: one(retries=0, retry_delay=0, timeout=0.1),
        lambda: w().sleep(0).then(made()),
        lambda: w().then(made("A-z_0")),
        lambda: w().then(made("x" * 128)),
        lambda: w().then(nested()).map({"k": map_variable(step="inner.i", path="a")}),
        lambda: w().then(nested()).map({"k": map_variable(step=nested())}),
        lambda: (
            w()
            .branch([(always, made("b")), (always, made("c"))])
            .map({"k": map_variable(step=["c", made("b")], path="result")})
        ),
        lambda: w().map({"k": map_variable(template="$5 then ${inputData.a}")}),
        lambda: w().then(made()).map({"k": map_variable(template="${stepResults.a}")}),
        lambda: w().map({"k": map_variable(value=None), "l": map_variable(value=[])}),
        lambda: w(state_schema=dict[str, int]).then(made()),
    ],
)
def test_what_looks_odd_but_is_right_passes(define: Callable[[], Workflow]) -> None:
    assert define().commit(register=False).committed
