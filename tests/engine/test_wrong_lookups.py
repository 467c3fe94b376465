"""Asking for runs, events and schedules with what can't be meant."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest

from tests.engine.making import Calls, Gate, asks, crash_in, started
from tests.engine.wrong_use import finished, one, pending, unharmed
from workflows import (
    BadArgument,
    RunNotFound,
    StateConflict,
    StepNotFound,
    Workflow,
    get_run,
    schedules,
)
from workflows.errors import ScheduleNotFound

pytestmark = pytest.mark.django_db(transaction=True)
NO_IDS: list[Any] = [5, None, ["a"], {"a": 1}, b"a", "a\0b", "\ud800", "nowhere", ""]


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


def test_what_is_the_id_of_nothing_finds_no_run(calls: Calls) -> None:
    flow = one(calls)
    for ask, id in product((get_run, flow.get_run, flow.delete_run), NO_IDS):
        with pytest.raises(RunNotFound):
            ask(id)


def test_what_is_the_id_of_nothing_finds_no_schedule() -> None:
    acts = (schedules.get, schedules.pause, schedules.resume)
    for act, id in product(acts, NO_IDS):
        with pytest.raises(ScheduleNotFound):
            act(id)


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


NAIVE = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)
AT_THE_END = datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12)))
BAD_FILTERS: dict[str, list[Any]] = {
    "status": ["done", "", 5, ["running"], True],
    "resource_id": [5, ["a"], "a\0b"],
    "since": ["2020-01-01", 5, date(2020, 1, 1), NAIVE, AT_THE_END],
    "until": ["2020-01-01", 5, NAIVE],
    "limit": [0, 501, "50", None, 2.0, True],
    "cursor": [
        *(5, b"x", "x", "é", cursor("yesterday a"), cursor("2020-01-01T00:00:00 a")),
        *(cursor("2020-01-01T00:00:00+00:00 a b"), cursor("0001-01-01T00+14:00 a")),
    ],
}


def test_a_list_of_runs_says_which_argument_is_wrong(calls: Calls) -> None:
    flow = one(calls)
    flow.create_run()
    for name, values in BAD_FILTERS.items():
        for value in values:
            with pytest.raises(BadArgument) as raised:
                flow.list_runs(**{name: value})
            assert raised.value.errors[0]["loc"] == [name]
    always = datetime.min.replace(tzinfo=UTC)
    assert len(flow.list_runs(status="pending", since=always, cursor=None).runs) == 1


def test_the_journal_is_asked_for_by_numbers(calls: Calls) -> None:
    run = finished(calls)
    wrong: list[Any] = [-1, "0", None, True, 2**70]
    for number in wrong:
        with unharmed(run, BadArgument, "after"):
            run.events(after=number)
        with unharmed(run, BadArgument, "limit"):
            run.events(limit=number)
        with unharmed(run, BadArgument, "after"):
            run.observe(after=number)
    assert run.events(after=0, limit=1)[0].seq == 1


def test_a_reader_of_state_knows_no_step_by_a_number(calls: Calls) -> None:
    run, _ = started(Workflow("flow").then(calls.step("a", asks())).commit())
    state, wrong = run.state(), [1]
    looks: list[Callable[[Any], Any]] = [state.step_output, state.step_payload]
    for look in looks:
        with pytest.raises(StepNotFound):
            look(wrong)
        assert look("nowhere") is None
    label: Any = wrong
    with pytest.raises(BadArgument):
        state.resume_label(label)
    assert state.resume_label("nowhere") is None


def test_one_run_that_can_not_go_on_keeps_no_other_from_it(calls: Calls) -> None:
    gate = Gate()
    old = Workflow("flow").then(calls.step("a", gate.body())).commit(register=False)
    parked = crash_in(gate, old)
    new = Workflow("flow").then(calls.step("b", 1)).commit()
    gate = Gate()
    other = Workflow("flow").then(calls.step("b", gate.body())).commit(register=False)
    going = crash_in(gate, other)
    assert [result.run_id for result in new.restart_all_active_runs()] == [going.id]
    assert get_run(parked.id).refresh().attention
