"""SEMANTICS 1, 9, 18, 19, 21: what steps, maps and lengths of sleeps may do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from tests.engine.making import Calls, Context, asks, started
from tests.engine.wrong_use import unharmed
from workflows import SchemaMismatch, Workflow

pytestmark = pytest.mark.django_db(transaction=True)


# What was called first is not undone by what is returned.


def test_who_has_suspended_can_no_more_bail(calls: Calls) -> None:
    def body(ctx: Context) -> Any:
        if ctx.resumed:
            return ctx.resume_data
        ctx.suspend({"q": 1})
        return ctx.bail("ignored")

    run, result = started(Workflow("flow").then(calls.step("a", body)).commit())
    assert (result.status, result.suspend_payload) == ("suspended", {"a": {"q": 1}})
    assert run.resume("yes").result == "yes"


@pytest.mark.parametrize("after", ["suspend", "bail"])
def test_who_has_aborted_can_do_nothing_more(calls: Calls, after: str) -> None:
    def body(ctx: Context) -> Any:
        ctx.abort()
        return getattr(ctx, after)({})

    _, result = started(Workflow("flow").then(calls.step("a", body)).commit())
    assert result.status == "canceled"


@pytest.mark.parametrize("transaction", [False, True])
def test_abort_wins_over_an_error(calls: Calls, transaction: bool) -> None:
    def body(ctx: Context) -> Any:
        ctx.request_context["junk"] = object()
        ctx.abort()
        raise RuntimeError("late")

    step = calls.sync_step("a", body, transaction=transaction)
    _, result = started(Workflow("flow").then(step).commit())
    assert result.status == "canceled"


# Labels.


@pytest.mark.parametrize("label", [[1], "", ["a", None]])
def test_a_label_that_nobody_could_name_fails_the_step(
    calls: Calls, label: Any
) -> None:
    step = calls.step("a", asks({}, resume_label=label))
    _, result = started(Workflow("flow").then(step).commit())
    assert result.status == "failed"
    assert result.error
    assert "resume_label" in result.error.message


def test_a_label_given_twice_is_one(calls: Calls) -> None:
    step = calls.step("a", asks({}, resume_label=["yes", "yes"]))
    run, _ = started(Workflow("flow").then(step).commit())
    (asked,) = run.state().suspended_steps()
    assert asked.resume_labels == ["yes"]
    assert run.resume(1, label="yes").result == 1


# Maps.


def test_a_map_may_bail(calls: Calls) -> None:
    flow = Workflow("flow").map(lambda ctx: ctx.bail("early"), id="m")
    _, result = started(flow.then(calls.step("a")).commit())
    assert (result.status, result.result) == ("success", "early")
    assert result.steps["m"].status == "success"
    assert calls == {}


def test_a_map_in_a_nested_workflow_bails_out_of_that_only(calls: Calls) -> None:
    nested = Workflow("n").map(lambda ctx: ctx.bail("early")).then(calls.step("x"))
    flow = Workflow("flow").then(nested.commit())
    _, result = started(flow.then(calls.step("a", lambda c: c.input_data)).commit())
    assert result.result == "early"
    assert calls == {"a": 1}


def test_a_map_can_not_suspend_and_says_so() -> None:
    flow = Workflow("flow").map(lambda ctx: ctx.suspend({}), id="m").commit()
    _, result = started(flow)
    assert result.status == "failed"
    assert result.error
    assert "'m' can't suspend" in result.error.message


def test_a_map_that_leaves_junk_in_the_request_context_fails() -> None:
    def junk(ctx: Context) -> None:
        ctx.request_context["junk"] = object()

    _, result = started(Workflow("flow").map(junk, id="m").commit())
    assert result.status == "failed"


# Sleeps.


@pytest.mark.parametrize("length", ["long", {}, float("inf"), float("nan"), -1, None])
def test_a_length_that_is_none_is_no_sleep(calls: Calls, length: Any) -> None:
    flow = Workflow("flow").sleep(lambda ctx: length, id="nap")
    _, result = started(flow.then(calls.step("a", 1)).commit())
    assert (result.status, result.result) == ("success", 1)
    assert result.steps["nap"].status == "success"


def test_the_length_of_a_sleep_may_abort(calls: Calls) -> None:
    flow = Workflow("flow").sleep(lambda ctx: ctx.abort()).then(calls.step("a"))
    _, result = started(flow.commit())
    assert (result.status, calls) == ("canceled", {})


# Errors say what they are about, and no more.


def test_a_state_that_breaks_its_schema_names_the_step(calls: Calls) -> None:
    class State(BaseModel):
        n: int = 0

    step = calls.step("a", lambda ctx: ctx.set_state({"n": "many"}))
    _, result = started(Workflow("flow", state_schema=State).then(step).commit())
    assert result.error
    assert result.error.message.startswith("State validation failed for step 'a'\n- n:")


def test_a_timeout_has_no_cause_but_the_time(calls: Calls) -> None:
    async def slow(_: Context) -> None:
        await asyncio.sleep(5)

    step = calls.step("a", slow, timeout=0.01)
    _, result = started(Workflow("flow").then(step).commit())
    assert result.error
    assert (result.error.name, result.error.cause) == ("TimeoutError", None)


def test_a_fault_of_the_engine_fails_the_step_and_leaves_no_run_hanging(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("out of luck")

    monkeypatch.setattr("workflows.performer._step", broken)
    _, result = started(Workflow("flow").then(calls.step("a", 1)).commit())
    assert (result.status, result.error and result.error.name) == (
        "failed",
        "MemoryError",
    )


# Resume.


def test_a_request_context_given_with_an_answer_is_checked(calls: Calls) -> None:
    """SEMANTICS 26: bad arguments raise before anything is stored."""
    flow = Workflow("flow", request_context_schema=dict[str, int])
    run, _ = started(
        flow.then(calls.step("a", asks())).commit(), request_context={"n": 1}
    )
    with unharmed(run, SchemaMismatch):
        run.resume(1, request_context={"user": "x"})
    assert run.resume(1, request_context={"user": 2}).status == "success"


# Foreach.


def begun(run: Any) -> list[int]:
    """The items in the order in which they began."""
    return [
        event.foreach_index
        for event in run.events()
        if event.type == "workflow-step-start" and event.foreach_index is not None
    ]


def each(calls: Calls, body: Callable[[Context], Any], concurrency: int) -> Workflow:
    return (
        Workflow("flow").foreach(calls.step("f", body), concurrency=concurrency)
    ).commit()


def test_a_batch_begun_step_by_step_stays_a_batch(calls: Calls) -> None:
    """SEMANTICS 17, 36: the next batch starts when all of this one is done."""
    flow = each(calls, asks({}), 3)
    run, _ = started(flow, [0, 1, 2, 3, 4], per_step=True)
    assert begun(run) == [0]
    run.resume("x")
    assert begun(run) == [0, 1, 2]
    run.resume("x")
    assert begun(run) == [0, 1, 2, 3, 4]


def test_a_batch_that_failed_is_finished_before_the_next(calls: Calls) -> None:
    """SEMANTICS 17, 34: what succeeded is not run again, nor are batches shifted."""
    ill = {1}

    def body(ctx: Context) -> Any:
        if ctx.input_data in ill:
            raise RuntimeError("no")
        return ctx.suspend({}) if not ctx.resumed else ctx.input_data

    run, _ = started(each(calls, body, 2), [0, 1, 2, 3])
    ill.clear()
    assert run.time_travel("f").suspend_payload == {"f[0]": {}, "f[1]": {}}
    assert run.resume().suspend_payload == {"f[2]": {}, "f[3]": {}}
    assert run.resume().result == [0, 1, 2, 3]


def test_the_step_of_an_item_that_bailed_succeeded(calls: Calls) -> None:
    """SEMANTICS 21: the step's own status is success; a foreach is one step."""

    def body(ctx: Context) -> Any:
        return ctx.bail("early") if ctx.input_data == 1 else ctx.suspend({})

    run, result = started(each(calls, body, 2), [0, 1, 2])
    assert (result.status, result.result) == ("success", "early")
    assert result.steps["f"].status == "success"
    assert (result.suspended, run.state().suspended_steps()) == ([], [])
