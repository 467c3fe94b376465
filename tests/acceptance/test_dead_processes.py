"""A process dies, or freezes, in the middle of a run: another one goes on.

What was recorded is never executed again. What was not is executed once more, under
the same idempotency key, so that its effect can be told from a new one.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from django.contrib.auth.models import Group

from tests.acceptance.effects import Effects, eventually
from tests.acceptance.other_process import OtherProcess
from tests.acceptance.shared_runs import (
    BATCHES,
    BESIDE,
    LATE_QUESTION,
    LINE,
    NESTED,
    NESTED_BATCHES,
    PAYMENT,
    ROUNDS,
    start,
    work,
)
from tests.acceptance.stored import (
    everything,
    is_recorded,
    is_suspended,
    journal,
    recorded_keys,
)
from tests.settings import ON_POSTGRESQL
from workflows import Run, Workflow
from workflows.testing import run_until_idle

Other: TypeAlias = Callable[..., OtherProcess]
SHORT: dict[str, Any] = {"LEASE": 1, "WATCH": 0.1, "CANCEL_GRACE": 0.1}
SWEEP = 5.0  # seconds between a worker's looks for dead neighbours
ELSEWHERE = "another-host"
DEATHS = [8, pytest.param(300, marks=pytest.mark.long)]


def test_a_worker_goes_on_for_a_dead_neighbour_long_before_its_lease_ends(
    other: Other, effects: Effects
) -> None:
    worker, executor, run = other(), other(LEASE=600), LINE.create_run()
    worker.begin(work)
    executor.begin(start, run.id)
    effects.has("slow")
    executor.kill9()
    effects.open("slow")
    eventually(lambda: run.refresh().status == "success", patience=2 * SWEEP)
    assert effects.times() == {"first": 1, "slow": 2, "slow done": 1, "last": 1}
    assert effects.pids("slow") == [executor.pid, worker.pid]
    assert len(effects.keys("slow")) == 1


def test_a_process_of_another_host_is_dead_when_its_lease_has_run_out(
    other: Other, effects: Effects
) -> None:
    executor, run = other(host=ELSEWHERE, **SHORT), LINE.create_run()
    executor.begin(start, run.id)
    effects.has("slow")
    time.sleep(1.5 * SHORT["LEASE"])  # it is renewed as long as its holder lives
    run_until_idle()
    assert effects.times()["slow"] == 1
    executor.kill9()
    effects.open("slow")
    run_until_idle()
    assert effects.times()["slow"] == 1
    goes_on(run, "success")
    assert effects.times() == {"first": 1, "slow": 2, "slow done": 1, "last": 1}
    assert len(effects.keys("slow")) == 1


@pytest.mark.parametrize(("flow", "inside"), [(BESIDE, ""), (NESTED, "middle.child.")])
def test_killed_in_a_parallel_block(
    flow: Workflow, inside: str, other: Other, effects: Effects
) -> None:
    executor, run = other(WATCH=0.05), flow.create_run()
    executor.begin(start, run.id)
    is_suspended(run, 3)
    run.resume("yes", step=f"{inside}ask-b", wait=False)
    is_recorded(run, "ask-b")
    is_recorded(run, "quick")
    executor.kill9()
    run.resume("yes", step=f"{inside}ask-a", wait=False)
    effects.open("slow")
    run_until_idle()
    assert run.refresh().suspended == [[*inside.split(".")[:-1], "ask-c"]]
    assert run.resume("yes").status == "success"
    twice = {what for what, times in effects.times().items() if times > 1}
    assert twice == {"slow"}
    assert len(effects.keys("slow")) == 1
    assert effects.pids("ask-b") == [executor.pid] != effects.pids("ask-a")


@pytest.mark.parametrize("flow", [BATCHES, NESTED_BATCHES])
def test_killed_in_a_batch(flow: Workflow, other: Other, effects: Effects) -> None:
    executor, run = other(), flow.create_run()
    items = ["quick-0", "slow-1", "ask-2", "quick-3", "quick-4"]
    executor.begin(start, run.id, items)
    is_suspended(run)
    is_recorded(run, "item", times=2)
    executor.kill9()
    effects.open("slow")
    run_until_idle()
    assert "quick-4" not in effects.times()
    result = run.resume("yes")
    answered = ["quick-0", "slow-1", "yes", "quick-3", "quick-4"]
    assert result.steps["last"].payload == (
        answered if flow is BATCHES else ["after"] * len(items)
    )
    times = effects.times()
    assert times.pop("slow-1") == 2
    assert times.pop("after", 5) == 5
    assert set(times.values()) == {1}
    assert len(effects.keys("slow-1")) == 1


def test_killed_in_a_loop_inside_a_loop(other: Other, effects: Effects) -> None:
    executor, run = other(), ROUNDS.create_run()
    effects.open("slow-1")
    effects.open("slow-2")
    executor.begin(start, run.id)
    effects.has("slow", times=3)
    executor.kill9()
    effects.open("slow-4")
    effects.open("slow-5")
    run_until_idle()
    assert run.refresh().status == "success"
    assert effects.times() == {"count": 4, "slow": 5, "last": 1}
    by_key = Counter(effect.key for effect in effects.all() if effect.what == "slow")
    assert list(by_key.values()) == [1, 1, 2, 1]


def test_killed_in_a_transaction_leaves_none_of_its_writes(
    other: Other, effects: Effects
) -> None:
    executor, run = other(), PAYMENT.create_run()
    executor.begin(start, run.id)
    effects.has("pay")
    executor.kill9()
    effects.open("pay")
    effects.open("slow")
    run_until_idle()
    assert run.refresh().status == "success"
    assert effects.times() == {"before": 1, "pay": 2, "slow": 1, "slow done": 1}
    assert len(effects.keys("pay")) == 1
    assert Group.objects.count() == 1


def test_killed_after_a_transaction_its_writes_stay_and_are_not_doubled(
    other: Other, effects: Effects
) -> None:
    executor, run = other(), PAYMENT.create_run()
    effects.open("pay")
    executor.begin(start, run.id)
    effects.has("slow")
    executor.kill9()
    effects.open("slow")
    run_until_idle()
    assert run.refresh().status == "success"
    assert effects.times() == {"before": 1, "pay": 1, "slow": 2, "slow done": 1}
    assert Group.objects.count() == 1


@pytest.mark.parametrize("deaths", DEATHS)
def test_killed_at_any_moment_nothing_recorded_is_executed_again(
    deaths: int, other: Other, effects: Effects
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the moments of death: {seed}")
    chance = random.Random(seed)
    for gate in range(1, 8 * deaths):
        effects.open(f"slow-{gate}")
    for _ in range(deaths):
        executor, run = other(), ROUNDS.create_run()
        run.start({}, wait=False)
        executor.begin(work)
        time.sleep(chance.uniform(0.0, 0.15))
        executor.kill9()
        kept, before = recorded_keys(run), Counter(e.key for e in effects.all())
        run_until_idle()
        assert run.refresh().status == "success"
        after = Counter(effect.key for effect in effects.all())
        assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
        assert max(after.values()) <= 2
        journal(run)


@pytest.mark.parametrize(
    ("flow", "becomes"), [(LINE, "success"), (LATE_QUESTION, "suspended")]
)
def test_a_process_that_was_frozen_past_its_lease_writes_nothing(
    flow: Workflow, becomes: str, other: Other, effects: Effects
) -> None:
    executor, run = other(**SHORT), flow.create_run()
    executor.begin(start, run.id)
    effects.has("slow")
    executor.freeze()
    effects.open("slow")
    goes_on(run, becomes)
    before = everything(run)
    executor.thaw()  # its step ends, or hears first that nobody waits for it
    assert executor.outcome() == becomes
    assert everything(run) == before
    assert effects.times()["last"] == (becomes == "success")
    assert len(effects.keys("slow")) == 1


def test_a_process_that_was_frozen_and_not_missed_goes_on(
    other: Other, effects: Effects
) -> None:
    executor, run = other(**SHORT), LINE.create_run()
    executor.begin(start, run.id)
    effects.has("slow")
    executor.freeze()
    time.sleep(1.5 * SHORT["LEASE"])
    executor.thaw()
    effects.open("slow")
    assert executor.outcome() == "success"
    assert set(effects.times().values()) == {1}


if ON_POSTGRESQL:  # on SQLite a frozen transaction holds up every other writer

    def test_a_process_that_was_frozen_in_a_transaction_has_written_nothing(
        other: Other, effects: Effects
    ) -> None:
        executor, run = other(**SHORT), PAYMENT.create_run()
        executor.begin(start, run.id)
        effects.has("pay")
        executor.freeze()
        effects.open("pay")
        effects.open("slow")
        goes_on(run, "success")
        before, paid = everything(run), Group.objects.get()
        executor.thaw()
        assert executor.outcome() == "success"
        assert everything(run) == before
        assert Group.objects.get() == paid
        assert len(effects.keys("pay")) == 1


def goes_on(run: Run, becomes: str) -> None:
    """Do what a worker does until the run is taken up here and stops."""

    def stopped() -> bool:
        run_until_idle()
        return run.refresh().status == becomes

    eventually(stopped)
