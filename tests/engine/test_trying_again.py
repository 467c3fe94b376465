"""SEMANTICS 29, 30, 33 and I5, I13: retries, timeouts, keys, recoveries."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.engine.journals import begins, die_in, die_taking_up, ends, recorded
from tests.engine.making import Calls, Context, Gate, asks, crash_in, started, stored
from workflows import RunResult, Workflow
from workflows.events import EventType
from workflows.testing import run_until_idle

pytestmark = pytest.mark.django_db(transaction=True)


def failing_until(count: int) -> Any:
    """Fails as long as ``retry_count`` is below; then says which attempts it saw."""
    kept: list[tuple[int, str, Any]] = []

    def body(ctx: Context) -> Any:
        kept.append((ctx.retry_count, ctx.idempotency_key, ctx.resume_data))
        if ctx.retry_count < count:
            raise RuntimeError(f"attempt {ctx.retry_count}")
        return kept

    return body


def seen(result: RunResult, part: int) -> list[Any]:
    """One part of what every attempt saw."""
    everything: Any = result.result
    return [attempt[part] for attempt in everything]


def attempts(result: RunResult) -> list[Any]:
    return seen(result, 0)


def test_a_step_is_tried_once_and_as_often_again_as_it_says(calls: Calls) -> None:
    step = calls.step("a", failing_until(2), retries=2)
    _, result = started(Workflow("flow").then(step).commit())
    assert attempts(result) == [0, 1, 2]
    assert len(set(seen(result, 1))) == 1


@pytest.mark.parametrize(("own", "executions"), [(None, 3), (0, 1), (1, 2), (4, 5)])
def test_a_steps_own_number_beats_the_workflows(
    calls: Calls, own: int | None, executions: int
) -> None:
    step = calls.step("a", failing_until(9), retries=own)
    _, result = started(Workflow("flow", retries=2).then(step).commit())
    assert result.status == "failed"
    assert calls == {"a": executions}
    assert result.error
    assert result.error.message == f"attempt {executions - 1}"


def test_each_failed_attempt_is_an_event(calls: Calls) -> None:
    step = calls.step("a", failing_until(2), retries=2)
    run, _ = started(Workflow("flow").then(step).commit())
    told = [e.payload for e in run.events() if e.type == "workflow-step-retry"]
    assert [event["retry_count"] for event in told] == [1, 2]


def test_a_short_delay_is_waited_for_here(calls: Calls) -> None:
    step = calls.step("a", failing_until(2), retries=2, retry_delay=0.1)
    begun = time.monotonic()
    _, result = started(Workflow("flow").then(step).commit())
    assert result.status == "success"
    assert 0.2 <= time.monotonic() - begun < 2


def test_a_long_delay_is_a_timer(calls: Calls, settings: Settings) -> None:
    settings.WORKFLOWS = {**settings.WORKFLOWS, "INLINE_SLEEP": 0}
    delay = timedelta(minutes=10)
    step = calls.step("a", failing_until(1), retries=1, retry_delay=delay)
    run, result = started(Workflow("flow").then(step).commit())
    assert (result.status, result.steps["a"].status) == ("waiting", "waiting")
    row = stored(run)
    assert (row.lease_owner, row.lease_expires_at) == ("", None)
    assert row.due_at
    assert row.due_at - row.updated_at > timedelta(minutes=9)
    assert calls == {"a": 1}


def test_a_suspension_uses_no_attempt_and_a_retry_sees_the_answer(calls: Calls) -> None:
    body = failing_until(1)

    def asking(ctx: Context) -> Any:
        return body(ctx) if ctx.resumed else ctx.suspend()

    step = calls.step("a", asking, retries=1)
    run, _ = started(Workflow("flow").then(step).commit())
    result = run.resume("answer")
    assert attempts(result) == [0, 1]
    assert set(seen(result, 2)) == {"answer"}


def test_an_attempt_that_was_recorded_is_not_lost_in_a_crash(calls: Calls) -> None:
    step = calls.step("a", failing_until(2), retries=2)
    flow = Workflow("flow").then(step).commit()
    run, died = die_in(flow, recorded(EventType.STEP_RETRY, "a"))
    assert died
    run_until_idle()
    assert attempts(run.refresh()) == [0, 1, 2]
    assert calls == {"a": 3}


def test_an_interrupted_step_has_the_same_key_again(calls: Calls) -> None:
    gate = Gate()
    keys: list[tuple[str, int]] = []

    async def body(ctx: Context) -> None:
        keys.append((ctx.idempotency_key, ctx.retry_count))
        await gate.hold(ctx)

    run = crash_in(gate, Workflow("flow").then(calls.step("a", body)).commit())
    assert run.restart().status == "success"
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_an_async_step_that_takes_too_long_fails(calls: Calls) -> None:
    signals: list[Any] = []

    async def slow(ctx: Context) -> None:
        signals.append(ctx.abort_signal)
        await asyncio.sleep(5)

    step = calls.step("a", slow, timeout=0.05)
    begun = time.monotonic()
    _, result = started(Workflow("flow").then(step).commit())
    assert time.monotonic() - begun < 3
    assert result.status == "failed"
    assert result.error
    assert result.error.name == "TimeoutError"
    assert "'a'" in result.error.message
    assert [signal.aborted for signal in signals] == [True]


def test_a_sync_step_that_takes_too_long_fails_and_its_late_output_is_dropped(
    calls: Calls,
) -> None:
    gate = Gate()

    def slow(_: Context) -> str:
        gate.hold_thread()
        return "late"

    step = calls.sync_step("a", slow, timeout=0.05)
    run, result = started(Workflow("flow").then(step).commit())
    gate.open()
    assert result.status == "failed"
    assert run.refresh().steps["a"].output is None


def test_a_timed_out_attempt_may_be_tried_again(calls: Calls) -> None:
    async def body(ctx: Context) -> str:
        await asyncio.sleep(0 if ctx.retry_count else 5)
        return "in time"

    step = calls.step("a", body, timeout=0.05, retries=1)
    assert started(Workflow("flow").then(step).commit())[1].result == "in time"


def test_recoveries_are_counted_before_the_work_and_bounded(
    calls: Calls, settings: Settings
) -> None:
    settings.WORKFLOWS = {**settings.WORKFLOWS, "MAX_RECOVERIES": 2}
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    run, _ = die_in(flow, begins("a"))
    assert die_taking_up(run, flow, ends("a"), after=False)
    assert die_taking_up(run, flow, ends("a"), after=False)
    run_until_idle()
    assert calls == {"a": 2}
    assert "died 2 times" in stored(run).attention


def test_a_run_that_gets_on_is_recovered_without_end(
    calls: Calls, settings: Settings
) -> None:
    settings.WORKFLOWS = {**settings.WORKFLOWS, "MAX_RECOVERIES": 2}
    flow = Workflow("flow")
    names = "abcdef"
    for name in names:
        flow.then(calls.step(name, name))
    flow.commit()
    run, _ = die_in(flow, ends("a"))
    for name in names[1:]:
        assert die_taking_up(run, flow, ends(name))
    run_until_idle()
    assert run.refresh().result == "f"
    assert set(calls.values()) == {1}


def test_one_bad_run_does_not_stop_the_recovery_of_others(calls: Calls) -> None:
    good = Workflow("good").then(calls.step("a", 1)).commit()
    bad = Workflow("bad").then(calls.step("b", 1)).commit(register=False)
    bad_run, _ = die_in(bad, begins("b"))
    runs = [die_in(good, begins("a"))[0] for _ in range(3)]
    run_until_idle()
    assert {run.refresh().status for run in runs} == {"success"}
    row = stored(bad_run)
    assert row.status == "running"
    assert "bad" in row.attention


def test_a_question_is_still_open_after_everything_died(calls: Calls) -> None:
    run, _ = started(Workflow("flow").then(calls.step("a", asks({"q": 1}))).commit())
    before = run.refresh()
    run_until_idle()
    assert run.restart() == before
    assert run.refresh() == before
    assert calls == {"a": 1}
