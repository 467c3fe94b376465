"""T8: workers die one after the other, and all runs come to their end; what several
workers see at once, such as a timer, happens once."""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

import pytest
from django.utils import timezone

from tests.acceptance.effects import PATIENCE, Effects, eventually
from tests.acceptance.other_process import OtherProcess
from tests.acceptance.stored import journal
from tests.durability.deeds import LONG_WAY, SLEEPING, install, work
from workflows import schedules
from workflows.models import Run as RunRow
from workflows.models import Schedule, ScheduleTrigger
from workflows.statuses import TERMINAL_RUN

Other: TypeAlias = Callable[..., OtherProcess]
KILLS = [10, pytest.param(1_000, marks=pytest.mark.long)]
QUICK = {"IDLE_POLL": 0.05}


@pytest.mark.parametrize("kills", KILLS)
def test_workers_that_die_one_by_one_leave_no_run_behind(
    kills: int, other: Other, effects: Effects
) -> None:
    install()
    runs = [LONG_WAY.create_run() for _ in range(6 * kills)]
    for run in runs:
        run.start({}, wait=False)
    workers = [at_work(other) for _ in range(3)]
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the deaths: {seed}")
    chance = random.Random(seed)
    for _ in range(kills):
        time.sleep(chance.uniform(0.0, 0.4))
        workers.pop(0).kill9()
        workers.append(at_work(other))
    eventually(lambda: not unfinished(), PATIENCE + 3 * kills)
    for run in runs:
        recorded = [p for _, kind, p in journal(run) if kind == "workflow-step-result"]
        assert recorded == [f"step-{number}" for number in range(6)]
        assert run.refresh().status == "success"
    times = Counter((effect.what, effect.key) for effect in effects.all())
    assert len(times) == 6 * len(runs)  # again, yes, but under the same key


def test_timers_and_schedules_fire_once_however_many_workers_look(
    other: Other, effects: Effects
) -> None:
    install()
    schedules.sync()
    for _ in range(3):
        at_work(other)
    runs = [SLEEPING.create_run() for _ in range(20)]
    for run in runs:
        run.start({}, wait=False)
    for tick in range(1, 6):
        moment = timezone.now() - timedelta(seconds=1)
        Schedule.objects.filter(pk="sleeping").update(next_fire_at=moment)
        eventually(lambda tick=tick: fired() >= tick)  # type: ignore[misc]
    eventually(lambda: not unfinished())
    assert fired() == 5
    assert RunRow.objects.count() == 25
    assert effects.times() == {"before": 25, "after": 25}


def at_work(other: Other) -> OtherProcess:
    worker = other(**QUICK)
    worker.begin(work)
    return worker


def unfinished() -> int:
    return RunRow.objects.exclude(status__in=TERMINAL_RUN).count()


def fired() -> int:
    return ScheduleTrigger.objects.count()
