"""SEMANTICS 34 inside blocks: bodies of loops, nested workflows, answers, forks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.making import Calls, Context, asks, started
from tests.engine.wrong_use import unharmed
from workflows import (
    BadArgument,
    SchemaMismatch,
    StepNotFound,
    Workflow,
)

pytestmark = pytest.mark.django_db(transaction=True)


def echo(ctx: Context) -> Any:
    return ctx.input_data


def looped(calls: Calls, turns: list[int]) -> Workflow:
    """s, then a and b until the value is 3 or more."""

    def enough(ctx: Context) -> bool:
        turns.append(ctx.iteration_count)
        return bool(ctx.input_data >= 3)

    body = Workflow("body").then(calls.step("a", lambda ctx: ctx.input_data + 1))
    body.then(calls.step("b", echo)).commit()
    flow = Workflow("flow").then(calls.step("s", 0))
    return flow.dountil(body, enough).commit()


def test_the_condition_of_a_loop_travelled_into_is_asked_again(calls: Calls) -> None:
    turns: list[int] = []
    run, result = started(looped(calls, turns))
    assert (result.result, turns) == (3, [1, 2, 3])
    result = run.time_travel("body.b", nested_context={"body": {"a": {"output": 1}}})
    assert (result.result, turns) == (3, [1, 2, 3, 3, 4, 5])
    assert result.steps["body"].iterations == 5


def test_a_loop_first_met_by_a_travel_is_in_its_first_turn(calls: Calls) -> None:
    turns: list[int] = []
    run = looped(calls, turns).create_run()
    known = {"s": {"output": 0}, "body.a": {"output": 2}}
    assert run.time_travel("body.b", context=known).result == 3
    assert turns == [1, 2]


def test_a_fork_keeps_the_turn_it_travels_into(calls: Calls) -> None:
    turns: list[int] = []
    run, _ = started(looped(calls, turns))
    assert run.time_travel("body.b", fork=True).steps["body"].iterations == 3
    assert turns == [1, 2, 3, 3]


@pytest.mark.parametrize("known", [{}, {"body": {"a": {"output": 5}}}])
def test_no_travel_leads_into_the_many_bodies_of_a_foreach(
    calls: Calls, known: dict[str, Any]
) -> None:
    body = Workflow("body").then(calls.step("a", echo)).then(calls.step("b", echo))
    flow = Workflow("flow").foreach(body.commit()).commit()
    run, _ = started(flow, [1, 2])
    with unharmed(run, StepNotFound):
        run.time_travel("body.b", nested_context=known)
    assert run.time_travel("body").result == [1, 2]


def test_a_foreach_travels_with_a_list_only(calls: Calls) -> None:
    inner = Workflow("n").foreach(calls.step("x", echo)).commit()
    flow = Workflow("flow").foreach(calls.step("each", echo)).then(inner).commit()
    run, _ = started(flow, [1])
    for target in ("each", "n.x"):
        with unharmed(run, SchemaMismatch):
            run.time_travel(target, input_data=5)
        assert run.time_travel(target, input_data=[7]).result == [7]


def test_an_answer_is_for_a_single_step(calls: Calls) -> None:
    nested = Workflow("n").then(calls.step("x", echo)).commit()
    flow = Workflow("flow").foreach(calls.step("each", echo)).then(nested)
    run, _ = started(flow.map(echo, id="m").commit(), [1])
    for target in ("each", "n", "m"):
        with unharmed(run, BadArgument, "resume_data"):
            run.time_travel(target, resume_data="x")
    assert run.time_travel("n.x", resume_data="x").status == "success"


def told(ctx: Context) -> Any:
    return [ctx.input_data, ctx.suspend_data, ctx.resume_data]


def asking(calls: Calls) -> Workflow:
    flow = Workflow("flow").then(calls.step("a", "A"))
    return flow.then(calls.step("b", asks({"q": 1}, told))).commit()


def test_an_answer_in_a_fork_meets_the_input_and_the_question(calls: Calls) -> None:
    """SEMANTICS 2, of a suspension that lies in another journal."""
    run, _ = started(asking(calls))
    forked = run.time_travel("b", resume_data="R", fork=True)
    assert forked.result == ["A", {"q": 1}, "R"]
    assert run.refresh().status == "suspended"
    assert run.resume("S").result == ["A", {"q": 1}, "S"]


def test_a_step_answered_before_it_asked_gets_what_flows_in(calls: Calls) -> None:
    run = asking(calls).create_run()
    known = {"a": {"output": "given"}}
    result = run.time_travel("b", context=known, resume_data="R")
    assert result.result == ["given", None, "R"]
    assert result.steps["b"].payload == "given"


def test_a_nested_workflow_first_met_by_a_travel_has_its_input(calls: Calls) -> None:
    inner = Workflow("inner").then(calls.step("x", echo))
    inner.then(calls.step("y", lambda ctx: ctx.get_init_data())).commit()
    outer = Workflow("outer").then(calls.step("m", echo)).then(inner).commit()
    flow = Workflow("flow").then(calls.step("a", "A")).then(outer).commit()
    known = {"a": {"output": "in"}, "outer.m": {"output": "on"}}
    run = flow.create_run()
    result = run.time_travel(
        "outer.inner.y", context=known, nested_context={"inner": {"x": {"output": 1}}}
    )
    assert result.result == "on"
    assert result.steps["outer"].payload == "in"
    assert result.steps["outer.inner"].payload == "on"
    assert result.steps["outer.m"].payload == "in"


def test_a_sleep_that_is_passed_by_is_skipped(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).sleep(3600, id="nap")
    run, result = started(flow.then(calls.step("b", echo)).commit())
    assert result.steps["nap"].status == "waiting"
    result = run.time_travel("b")
    assert (result.status, result.result) == ("success", 1)
    assert result.steps["nap"].status == "skipped"


def test_a_request_context_is_checked_when_travelling_too(calls: Calls) -> None:
    """SEMANTICS 26: bad arguments raise before anything is stored."""
    flow = Workflow("flow", request_context_schema=dict[str, int])
    run, _ = started(flow.then(calls.step("a", 1)).commit())
    with unharmed(run, SchemaMismatch):
        run.time_travel("a", request_context={"user": "x"})
    assert run.time_travel("a", request_context={"user": 1}).status == "success"
