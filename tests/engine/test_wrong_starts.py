"""Bad arguments of ``create_run``, ``start``, ``cancel`` and ``restart``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User

from tests.engine.making import Calls, started, stored
from tests.engine.wrong_use import (
    NO_JSON,
    Wanted,
    canceled,
    failed,
    finished,
    one,
    pending,
    unharmed,
)
from workflows import (
    BadArgument,
    Run,
    RunAlreadyStarted,
    SchemaMismatch,
    Workflow,
    models,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_input_that_is_no_json_starts_nothing(calls: Calls) -> None:
    run = Workflow("flow").then(calls.step("a")).commit().create_run()
    for value in NO_JSON.values():
        with unharmed(run, SchemaMismatch):
            run.start(value)
    assert calls == {}
    assert run.start({}).status == "success"


def test_output_that_is_no_json_fails_the_step(calls: Calls) -> None:
    for value in NO_JSON.values():
        flow = Workflow("flow").then(calls.step("a", value)).commit(register=False)
        _, result = started(flow)
        assert result.status == "failed"
        assert result.error
        assert result.error.name in ("SchemaMismatch", "PayloadRejected")


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


def test_what_must_be_an_object_starts_nothing(calls: Calls) -> None:
    run = Workflow("flow").then(calls.step("a")).commit().create_run()
    names = ("initial_state", "request_context", "tracing")
    for name, given in product(names, (5, "x", [1])):
        options: dict[str, Any] = {name: given}
        with unharmed(run, SchemaMismatch, name):
            run.start({}, **options)
    assert run.start({}).status == "success"


BAD_TRACING: dict[str, list[Any]] = {
    "zz": [1],
    "tags": [5, "a", [1]],
    "metadata": [5, [1]],
    "root_span_name": [5],
    "request_context_keys": ["user.id", [1]],
    "trace_id": ["xyz", "", "0" * 32, "a" * 33, 5],
    "parent_span_id": ["xyz", "a" * 17, 5],
}


def test_tracing_that_nothing_can_follow_starts_nothing(calls: Calls) -> None:
    run = Workflow("flow").then(calls.step("a")).commit().create_run()
    for name, values in BAD_TRACING.items():
        for value in values:
            with pytest.raises(SchemaMismatch) as raised:
                run.start({}, tracing={name: value})
            assert raised.value.errors[0]["loc"][:2] == ["tracing", name]
    assert not calls
    assert not stored(run).head
    assert run.start({}, tracing={"tags": ["a"], "trace_id": None}).status == "success"


FLAGS = ["per_step", "include_state", "include_resume_labels", "wait"]


def test_a_flag_that_is_none_starts_nothing(calls: Calls) -> None:
    run = Workflow("flow").then(calls.step("a")).commit().create_run()
    for name, value in product(FLAGS, ("no", 1, None)):
        options: dict[str, Any] = {name: value}
        with unharmed(run, BadArgument, name):
            run.start({}, **options)
    assert run.start({}).status == "success"


def test_wrong_words_to_a_cancel_or_a_restart_change_nothing(calls: Calls) -> None:
    run, _ = started(one(calls))
    wrong: Any = "no"
    with unharmed(run, SchemaMismatch, "by"):
        run.cancel(by=float("nan"))
    with unharmed(run, BadArgument, "wait"):
        run.restart(wait=wrong)
    with unharmed(run, BadArgument, "include_state"):
        run.refresh(include_state=wrong)
    assert run.resume({"approved": True}).status == "success"


BAD_ROWS: dict[str, list[Any]] = {
    "run_id": ["", "no spaces", "a\0b", "x" * 129, 5, ["a"], b"a"],
    "resource_id": [5, ["a"], "x" * 201, "a\0b", "\ud800"],
    "initiator": [
        *(10**6, -1, 2**70, "nobody", "", True, 1.5, [1], b"1"),
        *(User(username="unsaved"), AnonymousUser()),
    ],
}


def test_a_run_that_can_not_be_stored_is_not_made(calls: Calls) -> None:
    flow = one(calls)
    for name, values in BAD_ROWS.items():
        for value in values:
            with pytest.raises(BadArgument) as raised:
                flow.create_run(**{name: value})
            assert raised.value.errors[0]["loc"] == [name]
    assert not models.Run.objects.exists()
    assert flow.create_run().start({}).status == "suspended"


def test_an_initiator_is_a_user_or_a_primary_key(calls: Calls) -> None:
    user, flow = User.objects.create(username="Rita"), one(calls)
    for initiator in (user, user.pk, str(user.pk)):
        run = flow.create_run(initiator=initiator)
        assert stored(run).initiator_id == user.pk
