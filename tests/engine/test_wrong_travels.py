"""SEMANTICS 34: a wrong time travel raises, and harms nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.making import Calls, Gate, background, settled, started
from tests.engine.wrong_use import Wanted, unharmed
from workflows import (
    BadArgument,
    RunIsRunning,
    SchemaMismatch,
    StepNotFound,
    Workflow,
    models,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_running_run_is_not_travelled_in(calls: Calls) -> None:
    gate = Gate()
    flow = Workflow("flow").then(calls.step("a", 1)).then(calls.step("b", gate.body()))
    run = flow.commit().create_run()
    executing = background(run.astart({}))
    gate.reached()
    with unharmed(run, RunIsRunning):
        run.time_travel("a")
    with unharmed(run, RunIsRunning):
        run.restart()
    gate.open()
    assert settled(executing).status == "success"


def test_bad_arguments_of_a_time_travel_harm_nothing(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1))
    run, _ = started(flow.then(calls.step("b", input_schema=Wanted)).commit(), 1)
    with unharmed(run, SchemaMismatch):
        run.time_travel("b", input_data={"n": "many"})
    with unharmed(run, StepNotFound):
        run.time_travel(["b", "c"])
    assert run.time_travel("b", input_data={"n": 1}).status == "success"


NO_OBJECTS: list[dict[str, Any]] = [
    {"context": 5},
    {"context": {"a": 5}},
    {"nested_context": {"inner": 5}},
    {"nested_context": {"inner": {"b": 5}}},
    {"initial_state": 5},
    {"request_context": [1]},
]


def test_a_travel_with_what_is_no_object_harms_nothing(calls: Calls) -> None:
    run, _ = started(nested(calls))
    for options in NO_OBJECTS:
        with unharmed(run, SchemaMismatch):
            run.time_travel("a", **options)
    assert run.time_travel("a").status == "success"


def nested(calls: Calls) -> Workflow:
    """a, then inner: b and c, then d."""
    inner = Workflow("inner").then(calls.step("b", 2)).then(calls.step("c", 3)).commit()
    flow = Workflow("flow").then(calls.step("a", 1)).then(inner)
    return flow.then(calls.step("d", 4)).commit()


UNKNOWN: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"context": {"zz": {"output": 1}}}, ("context", "zz")),
    ({"context": {"inner.zz": {"output": 1}}}, ("context", "inner.zz")),
    ({"context": {"b": {"output": 1}}}, ("context", "b")),
    ({"nested_context": {"zz": {}}}, ("nested_context", "zz")),
    ({"nested_context": {"a": {}}}, ("nested_context", "a")),
    ({"nested_context": {"inner": {"a": {}}}}, ("nested_context", "inner", "a")),
]


def test_a_context_of_steps_that_are_not_there_harms_nothing(calls: Calls) -> None:
    run, _ = started(nested(calls))
    for options, place in UNKNOWN:
        with unharmed(run, BadArgument, *place):
            run.time_travel("d", **options)
    assert run.time_travel("d", context={"a": {"output": 1}}).status == "success"


def test_a_context_may_name_nested_steps_by_their_paths(calls: Calls) -> None:
    run = nested(calls).create_run()
    known = {"a": {"output": 1}, "inner.b": {"output": 20}}
    result = run.time_travel("inner.c", context=known)
    assert result.status == "success"
    assert result.steps["inner.c"].payload == 20
    assert calls == {"c": 1, "d": 1}


def test_none_may_be_the_output_of_a_step_before(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a")).then(calls.step("b", 2)).commit()
    run = flow.create_run()
    for known in ({}, {"output": None, "status": "failed"}):
        with unharmed(run, SchemaMismatch, "context", "a"):
            run.time_travel("b", context={"a": known})
    result = run.time_travel("b", context={"a": {"output": None}})
    assert result.steps["b"].payload is None
    assert calls == {"b": 1}


def test_a_flag_that_is_none_travels_nowhere(calls: Calls) -> None:
    run, _ = started(nested(calls))
    for name in ("per_step", "fork", "wait"):
        options: dict[str, Any] = {name: "no"}
        with unharmed(run, BadArgument, name):
            run.time_travel("d", **options)
    with unharmed(run, SchemaMismatch, "by"):
        run.time_travel("d", by=float("nan"))
    assert models.Run.objects.count() == 1
    assert run.time_travel("d").status == "success"
