"""core-schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.conformance.marking import case
from tests.engine.making import Calls
from workflows import DefinitionError, Workflow, schedules
from workflows.cron import next_tick
from workflows.testing import fire_due_schedules, next_fire, run_until_idle


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def scheduled(calls: Calls, id: str = "flow", **schedule: Any) -> Workflow:
    return Workflow(id, schedule=schedule).then(calls.step("step1")).commit()


def tick(calls: Calls, cron: str, after: str) -> datetime | None:
    (spec,) = scheduled(calls, cron=cron).schedules
    return next_tick(spec, at(after))


@case("core-schedule/next-hourly")
def test_an_hourly_schedule_fires_on_the_hour(calls: Calls) -> None:
    assert tick(calls, "0 * * * *", "2026-01-15 10:30") == at("2026-01-15 11:00")


@case("core-schedule/next-yearly")
def test_a_yearly_schedule_fires_on_its_day(calls: Calls) -> None:
    assert tick(calls, "0 0 1 6 *", "2026-01-15") == at("2026-06-01 00:00")


@case("core-schedule/next-is-strictly-later")
def test_the_next_tick_is_later_than_now(calls: Calls) -> None:
    assert tick(calls, "0 9 * * *", "2026-01-15 09:00") == at("2026-01-16 09:00")


@case("core-schedule/six-fields")
def test_six_fields_begin_with_seconds(calls: Calls) -> None:
    assert tick(calls, "0 0 9 * * *", "2026-01-15 08:00") == at("2026-01-15 09:00")


@case("core-schedule/bad-timezone")
def test_a_bad_timezone_is_named(calls: Calls) -> None:
    with pytest.raises(DefinitionError, match="'Not/AZone' is no timezone"):
        scheduled(calls, cron="0 9 * * *", timezone="Not/AZone")


@pytest.mark.parametrize("cron", ["", 5])
@case("core-schedule/empty-cron")
def test_an_empty_cron_expression_is_refused(calls: Calls, cron: Any) -> None:
    with pytest.raises(DefinitionError, match="non-empty cron expression"):
        scheduled(calls, cron=cron)


@case("core-schedule/bad-cron-rejected-at-creation")
def test_a_bad_cron_expression_is_named(calls: Calls) -> None:
    with pytest.raises(DefinitionError, match="'nonsense'"):
        scheduled(calls, cron="nonsense")


@case("core-schedule/cron-xor-run-at")
def test_a_schedule_has_one_of_cron_and_run_at(calls: Calls) -> None:
    both: dict[str, Any] = {"cron": "0 9 * * *", "run_at": at("2030-01-01")}
    for wrong in (both, {}):
        with pytest.raises(DefinitionError, match="exactly one of 'cron' and 'run_at'"):
            scheduled(calls, **wrong)


@case("core-schedule/list-scheduled")
def test_only_scheduled_workflows_are_listed(calls: Calls) -> None:
    scheduled(calls, "with", cron="0 9 * * *")
    Workflow("without").then(calls.step("step1")).commit()
    found = [(info.workflow_id, info.cron) for info in schedules.list()]
    assert found == [("with", "0 9 * * *")]


@case("core-schedule/shutdown-stops")
def test_a_schedule_that_is_gone_fires_no_more(calls: Calls) -> None:
    """What shuts down here is the schedule: paused, it lets its ticks pass."""
    scheduled(calls, cron="* * * * *")
    schedules.pause("flow")
    later = timezone.now() + timedelta(minutes=5)
    assert fire_due_schedules(later) == []
    run_until_idle()
    assert calls == {}


@case("core-schedule/one-off-completes")
def test_a_schedule_for_once_fires_once(calls: Calls) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    scheduled(calls, run_at=soon)
    assert next_fire("flow") == soon
    assert len(fire_due_schedules(soon)) == 1
    assert schedules.get("flow").status == "completed"
    assert fire_due_schedules(soon + timedelta(days=1)) == []
    run_until_idle()
    assert calls == {"step1": 1}


@case("core-schedule/unbounded-cron-never-completes")
def test_a_schedule_without_an_end_stays_active(calls: Calls) -> None:
    scheduled(calls, cron="* * * * *")
    now = timezone.now()
    fired = [fire_due_schedules(now + timedelta(minutes=n)) for n in (1, 2, 3)]
    assert [len(runs) for runs in fired] == [1, 1, 1]
    info = schedules.get("flow")
    assert info.status == "active"
    assert len(info.triggers) == 3
    run_until_idle()
    assert calls == {"step1": 3}
