"""SEMANTICS 5, 10, 17: items of a foreach in another; who goes on, who answers."""

from __future__ import annotations

import pytest

from tests.engine.making import Calls, Context, asks, started
from tests.engine.wrong_use import unharmed
from workflows import AmbiguousResume, Run, Workflow

pytestmark = pytest.mark.django_db(transaction=True)


def orders(calls: Calls) -> Run:
    """Two orders with two lines each, and a question about every line."""

    def lines(ctx: Context) -> list[str]:
        return [f"{ctx.input_data}{line}" for line in "xy"]

    order = Workflow("order").map(lines)
    order.foreach(calls.step("line", asks()), concurrency=2).commit()
    flow = Workflow("flow").foreach(order, concurrency=2).commit()
    run, result = started(flow, ["a", "b"])
    assert result.suspended == [["order", "line"]]
    assert len(result.suspend_payload) == 4
    return run


def open_questions(run: Run) -> list[str]:
    return list(run.refresh().suspend_payload)


def test_an_index_is_of_the_foreach_that_is_named(calls: Calls) -> None:
    run = orders(calls)
    run.resume(1, step="order", foreach_index=0)
    assert open_questions(run) == ["order[1].line[0]", "order[1].line[1]"]


@pytest.mark.parametrize("step", ["line", "order.line"])
def test_an_index_that_several_items_have_names_none(calls: Calls, step: str) -> None:
    run = orders(calls)
    with unharmed(run, AmbiguousResume):
        run.resume(1, step=step, foreach_index=0)
    with unharmed(run, AmbiguousResume):
        run.resume(1, foreach_index=0)
    run.resume(1, step="order[1].line", foreach_index=0)
    assert open_questions(run) == [
        "order[0].line[0]",
        "order[0].line[1]",
        "order[1].line[1]",
    ]
    run.resume(2, step=step, foreach_index=0)
    assert open_questions(run) == ["order[0].line[1]", "order[1].line[1]"]


def test_the_index_of_a_nested_body_finds_the_step_in_it(calls: Calls) -> None:
    body = Workflow("body").then(calls.step("ask", asks())).commit()
    flow = Workflow("flow").foreach(body, concurrency=3).commit()
    run, _ = started(flow, [1, 2, 3])
    run.resume(1, step=["body", "ask"], foreach_index=1)
    run.resume(1, step="ask", foreach_index=0)
    assert open_questions(run) == ["body[2].ask"]


def beside(calls: Calls) -> Run:
    """Paused, with one question open and one step not begun."""
    members = [calls.step("asks", asks({})), calls.step("works", "done")]
    flow = Workflow("flow").parallel(members).commit()
    run, result = started(flow, per_step=True)
    assert (result.status, calls) == ("paused", {"asks": 1})
    return run


def test_a_paused_run_goes_on_and_its_question_stays_open(calls: Calls) -> None:
    run = beside(calls)
    result = run.resume(per_step=True)
    assert (result.status, calls) == ("suspended", {"asks": 1, "works": 1})
    assert run.resume("yes").result == {"asks": "yes", "works": "done"}


def test_an_answer_to_a_paused_run_is_for_its_only_question(calls: Calls) -> None:
    run = beside(calls)
    assert run.resume("yes").result == {"asks": "yes", "works": "done"}


def test_the_reader_tells_what_each_item_has_inside(calls: Calls) -> None:
    """CONTRACT 2.2: lists for a foreach, also of the steps in its body."""
    state = orders(calls).state()
    assert state.step_payload("order") == ["a", "b"]
    assert state.step_payload(["order", "line"]) == [["ax", "ay"], ["bx", "by"]]
    assert state.step_payload("order[1].line") == ["bx", "by"]
    assert state.step_output("order.line") == [[None, None], [None, None]]
    assert state.step_output("order.nothing") == [None, None]
    assert state.step_output("nothing.line") is None


def test_what_holds_a_question_says_when_it_was_asked_and_answered(
    calls: Calls,
) -> None:
    """SEMANTICS 11 and 17, of an entry that stands for others."""
    run = orders(calls)
    steps = run.refresh().steps
    assert steps["order"].suspend_payload == [None, None]
    assert steps["order"].suspended_at
    assert steps["order"].resumed_at is None
    steps = run.resume(1, label=None, step="order[0]").steps
    assert steps["order[0].line"].resume_payload == [1, 1]
    for place in ("order", "order[0]", "order[0].line"):
        asked, answered = steps[place].suspended_at, steps[place].resumed_at
        assert asked
        assert answered
        assert asked <= answered
    assert steps["order[1]"].resumed_at is None
