"""Runs to be used wrongly, and the proof that nothing came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import BaseModel

from tests.engine.making import Calls, asks, raises, started, stored
from workflows import Run, SchemaMismatch, Workflow


class Answer(BaseModel):
    approved: bool


@contextmanager
def unharmed(run: Run, error: type[Exception], *place: str) -> Iterator[None]:
    """What is done inside raises this very error and leaves no trace.

    With ``place`` the error says that the fault lies there.
    """
    before = everything(run)
    with pytest.raises(error) as raised:
        yield
    assert type(raised.value) is error
    if place:
        assert isinstance(raised.value, SchemaMismatch)
        assert [tuple(fault["loc"]) for fault in raised.value.errors] == [place]
    assert everything(run) == before


def everything(run: Run) -> Any:
    row = stored(run)
    columns = {k: v for k, v in vars(row).items() if not k.startswith("_")}
    del columns["lease_expires_at"]  # its executor renews it meanwhile
    events = list(row.events.values_list("seq", "type", "data"))
    questions = list(row.suspensions.values_list("id", "status"))
    return columns, events, questions


def one(calls: Calls) -> Workflow:
    step = calls.step("ask", asks({"q": 1}), resume_schema=Answer)
    return Workflow("flow").then(step).then(calls.step("after")).commit()


def two(calls: Calls) -> Workflow:
    members = [calls.step("a", asks()), calls.step("b", asks())]
    return Workflow("flow").parallel(members).commit()


def finished(calls: Calls) -> Run:
    return started(Workflow("flow").then(calls.step("a")).commit())[0]


def failed(calls: Calls) -> Run:
    return started(Workflow("flow").then(calls.step("a", raises("no"))).commit())[0]


def canceled(calls: Calls) -> Run:
    run, _ = started(one(calls))
    run.cancel()
    return run


def pending(calls: Calls) -> Run:
    return one(calls).create_run()


NO_JSON: dict[str, Any] = {
    "not a number": float("nan"),
    "infinity": float("inf"),
    "NUL": "a\0b",
    "NUL in a key": {"a\0b": 1},
    "a lone surrogate": "\ud800",
    "an unsafe integer": 2**53,
    "too deep": eval("[" * 40 + "]" * 40),
    "too many": [0] * 10_001,
    "too large": "x" * 300_000,
}


class Wanted(BaseModel):
    n: int
