"""SEMANTICS 6, 9, 10: a wrong resume raises, and harms nothing.

After each wrong call the journal is what it was, and the right call works.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.making import Calls, Context, asks, started
from tests.engine.wrong_use import (
    NO_JSON,
    canceled,
    failed,
    finished,
    one,
    pending,
    two,
    unharmed,
)
from workflows import (
    AlreadyResumed,
    AmbiguousResume,
    BadArgument,
    Run,
    RunNotSuspended,
    SchemaMismatch,
    StepNotFound,
    StepNotSuspended,
    Workflow,
)

pytestmark = pytest.mark.django_db(transaction=True)


WRONG: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "another step": ({"step": "after"}, StepNotSuspended),
    "an unknown step": ({"step": "nowhere"}, StepNotSuspended),
    "an unknown label": ({"label": "nowhere"}, StepNotSuspended),
    "an unknown suspension": ({"suspension_id": "nowhere"}, StepNotSuspended),
    "an index of no foreach": ({"foreach_index": 0}, StepNotSuspended),
    "a label of another step": ({"step": "ask", "label": "x"}, StepNotSuspended),
}


def test_a_resume_that_names_nobody_harms_nothing(calls: Calls) -> None:
    run, _ = started(one(calls))
    for options, error in WRONG.values():
        with unharmed(run, error):
            run.resume({"approved": True}, **options)
    assert run.resume({"approved": True}).status == "success"


BAD_ANSWERS: list[Any] = [None, {}, {"approved": "perhaps"}, [], "yes", 5]


def test_an_answer_against_the_schema_harms_nothing(calls: Calls) -> None:
    run, _ = started(one(calls))
    for answer in BAD_ANSWERS:
        with unharmed(run, SchemaMismatch):
            run.resume(answer)
    assert run.resume({"approved": True}).status == "success"


def test_an_answer_that_is_no_json_harms_nothing(calls: Calls) -> None:
    run, _ = started(Workflow("flow").then(calls.step("ask", asks())).commit())
    for value in NO_JSON.values():
        with unharmed(run, SchemaMismatch):
            run.resume(value)
    assert run.resume("right").result == "right"


def test_several_candidates_are_listed(calls: Calls) -> None:
    run, _ = started(two(calls))
    with unharmed(run, AmbiguousResume):
        run.resume({})
    assert run.resume("A", step="a").suspended == [["b"]]


def test_a_step_answered_before_is_told_so(calls: Calls) -> None:
    run, _ = started(two(calls))
    question = run.state().suspended_steps()[0].suspension_id
    run.resume("A", step="a")
    for options in ({"step": "a"}, {"suspension_id": question}):
        with unharmed(run, AlreadyResumed):
            run.resume("again", **options)
    assert run.resume("B").result == {"a": "A", "b": "B"}


@pytest.mark.parametrize("made", [finished, failed, canceled, pending])
def test_a_run_that_waits_for_nobody_is_not_resumed(
    calls: Calls, made: Callable[[Calls], Run]
) -> None:
    run = made(calls)
    addresses: list[dict[str, Any]] = [{}, {"step": "ask"}, {"suspension_id": "x"}]
    for options in addresses:
        with unharmed(run, RunNotSuspended):
            run.resume({"approved": True}, **options)


def test_what_can_name_no_step_harms_nothing(calls: Calls) -> None:
    run, _ = started(Workflow("flow").then(calls.step("a", asks())).commit())
    names: list[Any] = [5, [5], b"a", None.__class__, {"a": 1}]
    for name in names:
        with unharmed(run, StepNotFound):
            run.resume("x", step=name)
        with unharmed(run, StepNotFound):
            run.time_travel(name)
    assert run.resume("x").result == "x"


def test_an_item_answered_before_is_told_so_by_its_number(calls: Calls) -> None:
    flow = Workflow("flow").foreach(calls.step("a", asks()), concurrency=2).commit()
    run, _ = started(flow, [1, 2])
    run.resume("x", foreach_index=1)
    with unharmed(run, AlreadyResumed):
        run.resume("y", foreach_index=1)
    with unharmed(run, StepNotSuspended):
        run.resume("y", foreach_index=2)
    assert run.resume("z", foreach_index=0).result == ["z", "x"]


def test_a_label_that_is_open_is_not_given_again(calls: Calls) -> None:
    members = [
        calls.step("a", asks(resume_label="same")),
        calls.step("b", asks(resume_label=["same", "other"])),
    ]
    _, result = started(Workflow("flow").parallel(members).commit())
    assert result.status == "failed"
    assert result.error
    assert "'same'" in result.error.message


def test_a_label_that_is_closed_may_be_given_again(calls: Calls) -> None:
    flow = Workflow("flow")
    for name in ("a", "b"):
        flow.then(calls.step(name, asks(resume_label="same")))
    run, _ = started(flow.commit())
    assert run.resume("A", label="same").suspended == [["b"]]
    assert run.resume("B", label="same").result == "B"


def test_each_of_several_labels_names_the_step(calls: Calls) -> None:
    step = calls.step("a", asks(resume_label=["one", "two"]))
    for label in ("one", "two"):
        flow = Workflow("flow").then(step).commit(register=False)
        run, _ = started(flow)
        assert run.resume(label, label=label).result == label


def test_in_a_foreach_a_label_names_one_item(calls: Calls) -> None:
    def body(ctx: Context) -> Any:
        label = f"item-{ctx.input_data}"
        return ctx.resume_data if ctx.resumed else ctx.suspend(resume_label=label)

    flow = Workflow("flow").foreach(calls.step("x", body), concurrency=3).commit()
    run, _ = started(flow, ["a", "b", "c"])
    assert run.resume("B", label="item-b").status == "suspended"
    assert run.resume("others").result == ["others", "B", "others"]


BAD_ARGUMENTS: dict[str, list[Any]] = {
    "suspension_id": [5, [1], {"a": 1}, b"x", "a\0b", "\ud800"],
    "label": [5, [1], "a\0b"],
    "foreach_index": ["0", 1.0, True, -1, 2**70],
    "per_step": ["no", 1, None],
    "wait": ["no", 0, None],
    "include_state": ["no"],
    "include_resume_labels": [1],
}


def test_an_argument_of_a_wrong_kind_harms_nothing(calls: Calls) -> None:
    run, _ = started(one(calls))
    for name, values in BAD_ARGUMENTS.items():
        for value in values:
            options: dict[str, Any] = {name: value}
            with unharmed(run, BadArgument, name):
                run.resume({"approved": True}, **options)
    assert run.resume({"approved": True}).status == "success"


@pytest.mark.parametrize("name", ["request_context", "resumed_by"])
def test_what_goes_with_an_answer_must_be_json(calls: Calls, name: str) -> None:
    run, _ = started(one(calls))
    options: dict[str, Any] = {name: {"who": float("nan")}}
    with unharmed(run, SchemaMismatch, name, "who"):
        run.resume({"approved": True}, **options)
    assert run.resume({"approved": True}).status == "success"


def test_a_paused_run_goes_on_only_for_who_names_nobody(calls: Calls) -> None:
    run, _ = started(one(calls))
    question = run.state().suspended_steps()[0].suspension_id
    assert run.resume({"approved": True}, per_step=True).status == "paused"
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"suspension_id": question}, AlreadyResumed),
        ({"step": "ask"}, AlreadyResumed),
        ({"step": "after"}, StepNotSuspended),
        ({"foreach_index": 0}, StepNotSuspended),
    ]
    for options, error in wrong:
        with unharmed(run, error):
            run.resume({"approved": False}, **options)
    assert run.resume().status == "success"
