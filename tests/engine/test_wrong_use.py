"""SEMANTICS 6, 9, 10, 26, 34: a wrong call raises, and harms nothing.

After each wrong call the journal is what it was, and the right call works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import BaseModel

from tests.engine.making import (
    Calls,
    Context,
    Gate,
    asks,
    background,
    raises,
    settled,
    started,
    stored,
)
from workflows import (
    AlreadyResumed,
    AmbiguousResume,
    Run,
    RunAlreadyStarted,
    RunIsRunning,
    RunNotFound,
    RunNotSuspended,
    SchemaMismatch,
    StateConflict,
    StepNotFound,
    StepNotSuspended,
    Workflow,
    get_run,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Answer(BaseModel):
    approved: bool


@contextmanager
def unharmed(run: Run, error: type[Exception]) -> Iterator[None]:
    """What is done inside raises this very error and leaves no trace."""
    before = everything(run)
    with pytest.raises(error) as raised:
        yield
    assert type(raised.value) is error
    assert everything(run) == before


def everything(run: Run) -> Any:
    row = stored(run)
    columns = {k: v for k, v in vars(row).items() if not k.startswith("_")}
    events = list(row.events.values_list("seq", "type", "data"))
    questions = list(row.suspensions.values_list("id", "status"))
    return columns, events, questions


def one(calls: Calls) -> Workflow:
    step = calls.step("ask", asks({"q": 1}), resume_schema=Answer)
    return Workflow("flow").then(step).then(calls.step("after")).commit()


def two(calls: Calls) -> Workflow:
    members = [calls.step("a", asks()), calls.step("b", asks())]
    return Workflow("flow").parallel(members).commit()


WRONG: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "another step": ({"step": "after"}, StepNotSuspended),
    "an unknown step": ({"step": "nowhere"}, StepNotSuspended),
    "an unknown label": ({"label": "nowhere"}, StepNotSuspended),
    "an unknown suspension": ({"suspension_id": "nowhere"}, StepNotSuspended),
    "an index of no foreach": ({"foreach_index": 0}, StepNotSuspended),
    "a label of another step": ({"step": "ask", "label": "x"}, StepNotSuspended),
}


@pytest.mark.parametrize(("options", "error"), WRONG.values(), ids=WRONG)
def test_a_resume_that_names_nobody_harms_nothing(
    calls: Calls, options: dict[str, Any], error: type[Exception]
) -> None:
    run, _ = started(one(calls))
    with unharmed(run, error):
        run.resume({"approved": True}, **options)
    assert run.resume({"approved": True}).status == "success"


BAD_ANSWERS: list[Any] = [None, {}, {"approved": "perhaps"}, [], "yes", 5]


@pytest.mark.parametrize("answer", BAD_ANSWERS, ids=repr)
def test_an_answer_against_the_schema_harms_nothing(calls: Calls, answer: Any) -> None:
    run, _ = started(one(calls))
    with unharmed(run, SchemaMismatch):
        run.resume(answer)
    assert run.resume({"approved": True}).status == "success"


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


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON)
def test_an_answer_that_is_no_json_harms_nothing(calls: Calls, value: Any) -> None:
    run, _ = started(Workflow("flow").then(calls.step("ask", asks())).commit())
    with unharmed(run, SchemaMismatch):
        run.resume(value)
    assert run.resume("right").result == "right"


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON)
def test_input_that_is_no_json_starts_nothing(calls: Calls, value: Any) -> None:
    run = Workflow("flow").then(calls.step("a")).commit().create_run()
    with unharmed(run, SchemaMismatch):
        run.start(value)
    assert calls == {}
    assert run.start({}).status == "success"


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON)
def test_output_that_is_no_json_fails_the_step(calls: Calls, value: Any) -> None:
    _, result = started(Workflow("flow").then(calls.step("a", value)).commit())
    assert result.status == "failed"
    assert result.error
    assert result.error.name in ("SchemaMismatch", "PayloadRejected")


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


@pytest.mark.parametrize("made", [finished, failed, canceled, pending])
@pytest.mark.parametrize("options", [{}, {"step": "ask"}, {"suspension_id": "x"}])
def test_a_run_that_waits_for_nobody_is_not_resumed(
    calls: Calls, made: Callable[[Calls], Run], options: dict[str, Any]
) -> None:
    run = made(calls)
    with unharmed(run, RunNotSuspended):
        run.resume({"approved": True}, **options)


@pytest.mark.parametrize("made", [finished, failed, canceled])
def test_an_ended_run_is_not_started_again(
    calls: Calls, made: Callable[[Calls], Run]
) -> None:
    run = made(calls)
    before = dict(calls)
    with unharmed(run, RunAlreadyStarted):
        run.start({})
    assert run.restart().status == stored(run).status
    assert run.cancel() == stored(run).status
    assert dict(calls) == before


def test_a_pending_run_can_be_canceled(calls: Calls) -> None:
    run = pending(calls)
    assert run.cancel() == "canceled"
    with unharmed(run, RunAlreadyStarted):
        run.start({})


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


class Wanted(BaseModel):
    n: int


def test_bad_arguments_of_a_time_travel_harm_nothing(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1))
    run, _ = started(flow.then(calls.step("b", input_schema=Wanted)).commit(), 1)
    with unharmed(run, SchemaMismatch):
        run.time_travel("b", input_data={"n": "many"})
    with unharmed(run, StepNotFound):
        run.time_travel(["b", "c"])
    assert run.time_travel("b", input_data={"n": 1}).status == "success"


def test_bad_state_and_context_start_nothing(calls: Calls) -> None:
    flow = (
        Workflow("flow", state_schema=Wanted, request_context_schema=Wanted)
        .then(calls.step("a"))
        .commit()
    )
    run = flow.create_run()
    for wrong in ({"initial_state": {"n": "x"}}, {"request_context": {"n": "x"}}):
        given: dict[str, Any] = {
            "initial_state": {"n": 1},
            "request_context": {"n": 1},
            **wrong,
        }
        with unharmed(run, SchemaMismatch):
            run.start({}, **given)
    assert run.start({}, initial_state={"n": 1}, request_context={"n": 1})


@pytest.mark.parametrize("name", ["initial_state", "request_context", "tracing"])
@pytest.mark.parametrize("given", [5, "x", [1]])
def test_what_must_be_an_object_starts_nothing(
    calls: Calls, name: str, given: Any
) -> None:
    run = Workflow("flow").then(calls.step("a")).commit().create_run()
    options: dict[str, Any] = {name: given}
    with unharmed(run, SchemaMismatch):
        run.start({}, **options)
    assert run.start({}).status == "success"


@pytest.mark.parametrize(
    "options",
    [
        {"context": 5},
        {"context": {"a": 5}},
        {"nested_context": {"a": 5}},
        {"nested_context": {"a": {"b": 5}}},
        {"initial_state": 5},
        {"request_context": [1]},
    ],
)
def test_a_travel_with_what_is_no_object_harms_nothing(
    calls: Calls, options: dict[str, Any]
) -> None:
    run, _ = started(Workflow("flow").then(calls.step("a", 1)).commit())
    with unharmed(run, SchemaMismatch):
        run.time_travel("a", **options)


@pytest.mark.parametrize("name", [5, [5], b"a"])
def test_what_can_name_no_step_harms_nothing(calls: Calls, name: Any) -> None:
    run, _ = started(Workflow("flow").then(calls.step("a", asks())).commit())
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


def test_the_runs_of_others_are_not_found(calls: Calls) -> None:
    run = pending(calls)
    other = Workflow("other").then(calls.step("a")).commit()
    with pytest.raises(RunNotFound):
        other.get_run(run.id)
    with pytest.raises(RunNotFound):
        get_run("nowhere")
    with pytest.raises(StateConflict):
        other.create_run(run_id=run.id)
    with pytest.raises(ValueError, match="run id"):
        other.create_run(run_id="no spaces")


def test_a_run_that_has_not_ended_is_not_deleted(calls: Calls) -> None:
    run, _ = started(one(calls))
    flow = run._workflow
    assert isinstance(flow, Workflow)
    with unharmed(run, StateConflict):
        flow.delete_run(run.id)
    run.cancel()
    flow.delete_run(run.id)
    with pytest.raises(RunNotFound):
        get_run(run.id)
