"""Mistakes in the options of steps and workflows, told at commit()."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Secret

from tests.unit.mistakes import (
    Mistake,
    anything,
    check,
    made,
    name,
    one,
    w,
)
from workflows.definition import Step


class Opaque:
    pass


class Hidden(BaseModel):
    word: Secret[str]
    amount: Secret[int]


class OpaqueDefault(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    a: Any = Opaque()


async def waits(data: int) -> int:
    return data


def mistyped(data: Nmaed) -> int:  # type: ignore[name-defined]  # noqa: F821
    return 1


def three(a: int, b: int, c: int) -> int:
    return a


MISTAKES: list[Mistake] = [
    ("negative retries", lambda: one(retries=-1), 'step "a": retries is -1', "least 0"),
    ("retries of truth", lambda: one(retries=True), "retries is True", "whole number"),
    ("broken retries", lambda: one(retries=1.5), "retries is 1.5", "whole number"),
    (
        "negative delay",
        lambda: one(retry_delay=timedelta(seconds=-1)),
        "retry_delay is -1.0",
        "0 or more",
    ),
    ("delay of text", lambda: one(retry_delay="1"), "retry_delay is '1'", "timedelta"),
    ("no time at all", lambda: one(timeout=0), "timeout is 0", "leave it out"),
    ("timeout nan", lambda: one(timeout=math.nan), "timeout is nan", "timedelta"),
    (
        "async transaction",
        lambda: w().then(Step("a", waits, transaction=True)),
        'step "a": transaction=True needs a sync function',
        "without async",
    ),
    ("nothing to execute", lambda: w().then(Step("a")), "nothing to execute", "give"),
    (
        "no function",
        lambda: w().then(Step("a", anything(5))),
        "nothing to execute",
        "give it a function",
    ),
    (
        "too many arguments",
        lambda: w().then(Step("a", three)),
        "more than (input, ctx)",
        "at most",
    ),
    (
        "mistyped annotation",
        lambda: w().then(Step("a", mistyped)),
        "the annotation 'Nmaed' of its argument 'data'",
        "correct the name",
    ),
    (
        "unserialisable default",
        lambda: one(resume_schema=OpaqueDefault),
        'step "a": resume_schema can\'t be a schema of JSON: Default value',
        "defaults that have a JSON form",
    ),
    (
        "a secret that is no text",
        lambda: one(suspend_schema=Hidden),
        'step "a": suspend_schema marks "Hidden.amount" as secret',
        "use SecretStr, SecretBytes or Secret[str]",
    ),
    (
        "type without schema",
        lambda: one(suspend_schema=Opaque),
        "suspend_schema can't be",
        "JSON form",
    ),
    (
        "a dict for a schema",
        lambda: one(resume_schema={"type": "object"}),
        "resume_schema can't be",
        "JSON form",
    ),
    (
        "input schema of the workflow",
        lambda: w(input_schema=OpaqueDefault).then(made()),
        "input_schema can't be",
        "JSON form",
    ),
    (
        "state no object",
        lambda: w(state_schema=list[int]).then(made()),
        "state_schema is not an object",
        "named fields",
    ),
    (
        "request context no object",
        lambda: one(request_context_schema=int),
        "request_context_schema is not an object",
        "named fields",
    ),
    ("metadata no dict", lambda: one(metadata=[1]), "metadata is no dict", "{...}"),
    (
        "metadata not JSON",
        lambda: one(metadata={"a": Opaque()}),
        "metadata is not JSON",
        "plain JSON",
    ),
    (
        "workflow metadata",
        lambda: w(metadata={"a": (1,)}).then(made()),
        "metadata is not JSON",
        "plain JSON",
    ),
    (
        "workflow retries",
        lambda: w(retries=-1).then(made()),
        "retries is -1",
        "at least 0",
    ),
    (
        "workflow delay",
        lambda: w(retry_delay=-1).then(made()),
        "retry_delay is -1",
        "0 or more",
    ),
    ("version", lambda: w(version=2).then(made()), "version: 2 is no version", "text"),
    ("empty version", lambda: w(version="").then(made()), "'' is no version", "text"),
    (
        "callback",
        lambda: w(on_finish=5).then(made()),
        "on_finish: can't be called",
        "give a function",
    ),
    (
        "schedule",
        lambda: w(schedule={"cron": "nonsense"}).then(made()),
        "schedule: 'nonsense' is no cron expression",
        "write '0 9 * * 1-5'",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=name)
def test_a_mistake_is_told_at_commit_with_its_place_and_its_cure(
    mistake: Mistake,
) -> None:
    check(mistake)
