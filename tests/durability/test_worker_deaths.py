"""T8: workers die at work one after the other, and all runs come to their end; what
several workers see at once, such as a timer, happens once."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from approvals import audit
from approvals.models import Approval, AuditRow
from approvals.notifications.models import Mail, Notice
from tests.acceptance.effects import PATIENCE, Effect, Effects, eventually
from tests.acceptance.other_process import OtherProcess
from tests.acceptance.stored import journal
from tests.durability.deeds import LONG_WAY, OVERDUE, SLEEPING, install, work
from workflows import Run, schedules
from workflows.models import Run as RunRow
from workflows.models import Schedule, ScheduleTrigger
from workflows.statuses import TERMINAL_RUN

Other: TypeAlias = Callable[..., OtherProcess]
KILLS = [10, pytest.param(1_000, marks=pytest.mark.long)]
QUICK: dict[str, Any] = {"IDLE_POLL": 0.05}
ENDLESS = {"LEASE": 600}  # so that only a living neighbour takes a run up


@pytest.mark.parametrize("kills", KILLS)
def test_workers_that_die_at_work_leave_no_run_behind_and_no_effect_twice(
    kills: int, other: Other, effects: Effects
) -> None:
    """Killed is who has just left an effect in a step that sleeps on, unrecorded."""
    install()
    workers = {
        worker.pid: worker for worker in (at_work(other, ENDLESS) for _ in range(3))
    }
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the deaths: {seed}")
    chance = random.Random(seed)
    runs: list[Run] = []
    for _ in range(kills):
        fresh = [LONG_WAY.create_run() for _ in range(6)]
        runs += fresh
        for run in fresh:
            run.start({}, wait=False)
        eventually(partial(effects_of, fresh[0], effects))
        time.sleep(chance.uniform(0.0, 0.2))
        workers.pop(effects_of(fresh[0], effects)[-1].pid).kill9()
        new = at_work(other, ENDLESS)
        workers[new.pid] = new
    eventually(lambda: not unfinished(), PATIENCE + 3 * kills)
    for run in runs:
        recorded = [p for _, kind, p in journal(run) if kind == "workflow-step-result"]
        assert recorded == [f"step-{number}" for number in range(6)]
        assert run.refresh().status == "success"
    # As an outside service counts them, which is given the key of each.
    counted = Counter((effect.what, effect.key) for effect in effects.all())
    assert len(counted) == 6 * len(runs)
    assert counted.total() - len(counted) >= kills  # so they did die at work


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


def test_reminders_and_escalations_come_once_however_many_workers_look(
    other: Other, effects: Effects
) -> None:
    install()
    for name in ("clerks", "chiefs", "board"):
        user = User.objects.create_user(f"of-{name}", email="x@example.org")
        user.groups.add(Group.objects.create(name=name))
    for _ in range(3):
        at_work(other)
    runs = [OVERDUE.create_run() for _ in range(20)]
    for run in runs:
        run.start({}, wait=False)
    escalated = AuditRow.objects.filter(action="escalated")
    eventually(lambda: escalated.count() >= 2 * len(runs))
    eventually(lambda: not Notice.objects.filter(spread_at=None).exists())
    asked = Approval.objects.order_by("run_id")
    assert [approval.run_id for approval in asked] == sorted(run.id for run in runs)
    for approval in asked:
        steps = escalated.filter(object_id=approval.pk).values_list(
            "outcome", flat=True
        )
        assert list(steps) == ["chiefs", "board"]
        assert approval.timer_at is None
    audit.verify()
    # A worker that comes late does two of them in one go, and tells of it once.
    told = Counter(Notice.objects.values_list("approval_id", "kind"))
    assert all(told[approval.pk, "escalated"] in (1, 2) for approval in asked)
    assert all(told[approval.pk, "reminder"] <= 1 for approval in asked)
    mails = Counter(Mail.objects.values_list("notice_id", "recipient_id"))
    assert set(mails.values()) == {1}


def effects_of(run: Run, effects: Effects) -> list[Effect]:
    return [e for e in effects.all() if e.key.startswith(f"{run.id}:")]


def at_work(other: Other, changes: Mapping[str, Any] | None = None) -> OtherProcess:
    worker = other(**QUICK, **(changes or {}))
    worker.begin(work)
    return worker


def unfinished() -> int:
    return RunRow.objects.exclude(status__in=TERMINAL_RUN).count()


def fired() -> int:
    return ScheduleTrigger.objects.count()
