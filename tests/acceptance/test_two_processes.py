"""Two processes at one run: the database alone says who may do what.

The process that executes is another one; this one answers, cancels and looks on.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import pytest

from tests.acceptance.effects import PATIENCE, Effects, eventually
from tests.acceptance.other_process import OtherProcess, together
from tests.acceptance.shared_runs import (
    BATCHES,
    BESIDE,
    LINE,
    NESTED,
    NESTED_BATCHES,
    QUESTION,
    STUBBORN,
    TALK,
    answer_ask,
    cancel,
    one_by_one,
    only_answer_ask,
    restart,
    resume,
    start,
    work,
)
from tests.acceptance.stored import is_suspended, journal
from tests.engine.journals import begins, die_in
from workflows import Run, Workflow
from workflows.errors import RunIsRunning
from workflows.executing import claim_and_execute
from workflows.models import Run as RunRow
from workflows.process import process, run_sync
from workflows.testing import run_until_idle

Other: TypeAlias = Callable[..., OtherProcess]
ABOUT_A_SECOND = 2.5  # what a busy machine makes of one
AT_ONCE: dict[str, Any] = {"WATCH": 0.05, "CANCEL_GRACE": 0.1}
ITEMS = ["ask-0", "slow-1", "quick-2", "ask-3", "quick-4"]
SEVERAL = [20, pytest.param(1000, marks=pytest.mark.long)]


@pytest.mark.parametrize(("flow", "inside"), [(BESIDE, ""), (NESTED, "middle.child.")])
@pytest.mark.parametrize("order", ["abc", "bca", "cab", "cba"])
def test_answers_from_elsewhere_reach_a_block_in_any_order_while_a_sibling_runs(
    flow: Workflow, inside: str, order: str, other: Other, effects: Effects
) -> None:
    executor, run = other(**AT_ONCE), flow.create_run()
    executor.begin(start, run.id)
    is_suspended(run, 3)
    for name in order:
        run.resume(name, step=f"{inside}ask-{name}", wait=False)
        effects.has(f"ask-{name}")
    assert not effects.times()["slow done"]
    effects.open("slow")
    assert executor.outcome() == "success"
    assert set(effects.times().values()) == {1}
    assert {effect.pid for effect in effects.all()} == {executor.pid}
    block: Any = run.refresh().steps[f"{inside}joined"].payload
    assert {name: block[f"ask-{name}"] for name in order} == {n: n for n in order}


def test_an_answer_from_elsewhere_is_taken_up_within_about_a_second(
    other: Other, effects: Effects
) -> None:
    executor, run = other(), BESIDE.create_run()
    executor.begin(start, run.id)
    is_suspended(run, 3)
    began = time.monotonic()
    run.resume("yes", step="ask-b", wait=False)
    answered = time.monotonic()
    effects.has("ask-b")
    assert time.monotonic() - began < ABOUT_A_SECOND
    assert answered - began < ABOUT_A_SECOND / 2


@pytest.mark.parametrize(
    ("flow", "step"), [(BATCHES, "item"), (NESTED_BATCHES, "each.item")]
)
def test_answers_from_elsewhere_reach_items_of_a_batch_that_still_runs(
    flow: Workflow, step: str, other: Other, effects: Effects
) -> None:
    executor, run = other(**AT_ONCE), flow.create_run()
    executor.begin(start, run.id, ITEMS)
    is_suspended(run, 2)
    for index in (3, 0):
        run.resume("yes", step=step, foreach_index=index, wait=False)
        effects.has(f"ask-{index}")
    assert "quick-4" not in effects.times()
    effects.open("slow")
    assert executor.outcome() == "success"
    after = effects.times().pop("after", 0)
    assert after == (len(ITEMS) if flow is NESTED_BATCHES else 0)
    assert {times for what, times in effects.times().items() if what != "after"} == {1}


def test_who_answers_and_waits_sees_the_run_through_elsewhere(
    other: Other, effects: Effects
) -> None:
    executor, answerer, run = other(**AT_ONCE), other(), BATCHES.create_run()
    executor.begin(start, run.id, ["ask-0", "slow-1"])
    is_suspended(run, 1)
    answerer.begin(resume, run.id, "yes", {"step": "item"})
    effects.has("ask-0")
    effects.open("slow")
    assert executor.outcome() == answerer.outcome() == "success"
    assert {effect.pid for effect in effects.all()} == {executor.pid}


def test_a_cancel_from_elsewhere_stops_the_step_and_nothing_late_counts(
    other: Other, effects: Effects
) -> None:
    executor, run = other(CANCEL_GRACE=0.1), STUBBORN.create_run()
    executor.begin(start, run.id)
    effects.has("slow")
    effects.has("stubborn")
    began = time.monotonic()
    assert run.cancel() == "canceled"
    before = journal(run)
    effects.has("slow aborted")
    assert time.monotonic() - began < ABOUT_A_SECOND
    assert executor.outcome() == "canceled"
    effects.open("stubborn")
    effects.has("stubborn done")
    assert run.refresh().status == "canceled"
    assert journal(run) == before
    assert before[-1][1] == "workflow-canceled"
    assert not effects.times()["last"]


@pytest.mark.parametrize("times", SEVERAL)
def test_of_two_who_start_a_run_one_wins(
    times: int, other: Other, effects: Effects
) -> None:
    runs = [QUESTION.create_run() for _ in range(times)]
    for pair in raced(other, runs, start, start):
        assert sorted(pair) == ["RunAlreadyStarted", "suspended"]
    assert effects.times() == {"ask asked": times}


@pytest.mark.parametrize("times", SEVERAL)
def test_of_two_who_answer_one_wins(times: int, other: Other, effects: Effects) -> None:
    runs = asked(times)
    for pair in raced(other, runs, only_answer_ask, only_answer_ask):
        assert sorted(pair) == ["AlreadyResumed", "answered"]
    run_until_idle(timeout=PATIENCE + times)
    assert effects.times() == {"ask asked": times, "ask": times, "last": times}


@pytest.mark.parametrize("times", SEVERAL)
def test_an_answer_and_a_cancel_agree_on_what_the_run_became(
    times: int, other: Other, effects: Effects
) -> None:
    runs = asked(times)
    outcomes = raced(other, runs, answer_ask, cancel)
    for run, (answered, canceled) in zip(runs, outcomes, strict=True):
        result, kinds = run.refresh(), [kind for _, kind, _ in journal(run)]
        assert canceled == result.status
        assert answered in {result.status, "AlreadyResumed", "RunNotSuspended"}
        assert ("workflow-step-resumed" in kinds) == (answered == result.status)
        assert (
            kinds[-1] == f"workflow-{'finish' if canceled == 'success' else canceled}"
        )
    assert at_most_once(effects, ["ask", "last"])


@pytest.mark.parametrize("times", SEVERAL)
def test_of_two_who_restart_a_run_one_wins(
    times: int, other: Other, effects: Effects
) -> None:
    effects.open("slow")
    runs = [die_in(LINE, begins("slow"))[0] for _ in range(times)]
    for pair in raced(other, runs, restart, restart):
        # Who comes when it is all over gets the stored result.
        assert "success" in pair
        assert set(pair) <= {"success", "RunIsRunning"}
    for run in runs:
        assert [kind for _, kind, _ in journal(run)].count("workflow-restarted") == 1
    assert at_most_once(effects, ["first", "slow", "last"])


def test_a_run_that_is_executed_elsewhere_can_not_be_restarted(
    other: Other, effects: Effects
) -> None:
    executor, run = other(), LINE.create_run()
    executor.begin(start, run.id)
    effects.has("slow")
    with pytest.raises(RunIsRunning):
        run.restart()
    effects.open("slow")
    assert executor.outcome() == "success"
    assert set(effects.times().values()) == {1}


def test_wake_ups_that_come_twice_or_late_change_nothing(
    other: Other, effects: Effects
) -> None:
    executor, run = other(), LINE.create_run()
    executor.begin(start, run.id)
    effects.has("slow")
    late = RunRow.objects.filter(pk=run.id)
    late.update(due_at=late.get().created_at)
    run_until_idle()
    assert not run_sync(claim_and_execute(run.id, process.engine))
    effects.open("slow")
    assert executor.outcome() == "success"
    before = journal(run)
    late.update(due_at=late.get().created_at)
    assert not run_sync(claim_and_execute(run.id, process.engine))
    assert journal(run) == before
    assert set(effects.times().values()) == {1}


@pytest.mark.parametrize("times", SEVERAL)
def test_workers_that_hear_of_the_same_runs_execute_each_once(
    times: int, other: Other, effects: Effects
) -> None:
    effects.open("slow")
    workers = [other(IDLE_POLL=0.02), other(IDLE_POLL=0.02)]
    for worker in workers:
        worker.begin(work)
    runs = [LINE.create_run() for _ in range(times)]
    for run in runs:
        run.start({}, wait=False)
    effects.has("last", times)
    for run in runs:
        eventually(lambda run=run: run.refresh().status == "success")  # type: ignore[misc]
    steps = ("first", "slow", "slow done", "last")
    assert effects.times() == dict.fromkeys(steps, times)


async def test_who_observes_from_elsewhere_misses_nothing_and_sees_nothing_twice(
    other: Other, effects: Effects
) -> None:
    executor, run = other(), await TALK.acreate_run()
    executor.begin(start, run.id)
    seen = [0]
    async for event in run.observe():
        seen.append(event.seq)
        if event.type == "workflow-step-output":
            effects.open("first word")
    assert executor.outcome() == "suspended"
    executor.begin(answer_ask, run.id)
    effects.has("slow")
    async for event in run.observe(after=seen[-1]):
        seen.append(event.seq)
        effects.open("slow")
    stored = await run.aevents()
    assert seen == list(range(len(stored) + 1))
    assert stored[-1].type == "workflow-finish"
    words = [e.payload["output"] for e in stored if e.type == "workflow-step-output"]
    assert words == [{"word": number} for number in range(20)]


def asked(times: int) -> list[Run]:
    """Runs that wait for an answer."""
    runs = [QUESTION.create_run() for _ in range(times)]
    for run in runs:
        run.start({})
    return runs


def raced(
    other: Other,
    runs: list[Run],
    one: Callable[[str], str],
    another: Callable[[str], str],
) -> Iterable[tuple[str, str]]:
    """What comes of it when two processes do something to each run at once."""
    meeting = together(2)
    pair = [other(together=meeting), other(together=meeting)]
    for rival, deed in zip(pair, (one, another), strict=True):
        rival.begin(one_by_one, deed, [run.id for run in runs])
    patience = PATIENCE + len(runs)
    return zip(*(rival.outcome(patience) for rival in pair), strict=True)


def at_most_once(effects: Effects, names: Iterable[str]) -> bool:
    """Whether none of these happened twice under one key."""
    happened = Counter((effect.what, effect.key) for effect in effects.all())
    return all(times == 1 for (what, _), times in happened.items() if what in names)
