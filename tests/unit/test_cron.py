from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.cron import Schedule, next_tick
from workflows.definition import Step, Workflow
from workflows.errors import DefinitionError

BERLIN = ZoneInfo("Europe/Berlin")


def cron(expression: str, timezone: str = "UTC", **options: Any) -> Schedule:
    return Schedule(
        id="w", workflow_id="w", cron=expression, timezone=timezone, **options
    )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def workflow(schedule: Any, **options: Any) -> Workflow:
    return Workflow("w", schedule=schedule, **options).then(Step("a", lambda: 1))


def committed(schedule: Any, **options: Any) -> tuple[Schedule, ...]:
    return workflow(schedule, **options).commit(register=False).schedules


@pytest.mark.parametrize(
    ("expression", "after", "tick"),
    [
        ("0 * * * *", utc(2026, 1, 15, 10, 30), utc(2026, 1, 15, 11)),
        ("0 0 1 6 *", utc(2026, 1, 15), utc(2026, 6, 1)),
        ("0 9 * * *", utc(2026, 1, 15, 9), utc(2026, 1, 16, 9)),
        ("0 9 * * *", utc(2026, 1, 15, 8, 59, 59), utc(2026, 1, 15, 9)),
        ("0 0 9 * * *", utc(2026, 1, 15, 8), utc(2026, 1, 15, 9)),
        ("30 0 9 * * *", utc(2026, 1, 15, 9), utc(2026, 1, 15, 9, 0, 30)),
        ("*/15 * * * *", utc(2026, 1, 15, 10, 1), utc(2026, 1, 15, 10, 15)),
        ("0 9 * * MON-FRI", utc(2026, 1, 17), utc(2026, 1, 19, 9)),
        ("0 0 29 2 *", utc(2026, 1, 1), utc(2028, 2, 29)),
    ],
)
def test_the_next_tick_is_strictly_later(
    expression: str, after: datetime, tick: datetime
) -> None:
    assert next_tick(cron(expression), after) == tick


def test_ticks_follow_the_clock_of_their_timezone_and_come_in_utc() -> None:
    nine = cron("0 9 * * *", "Europe/Berlin")
    winter = next_tick(nine, utc(2026, 1, 15))
    summer = next_tick(nine, utc(2026, 7, 15))
    assert winter == utc(2026, 1, 15, 8)
    assert summer == utc(2026, 7, 15, 7)
    assert winter is not None
    assert winter.tzinfo is UTC


def test_an_hour_that_the_clock_skips_is_made_up_for_once() -> None:
    half_past_two = cron("30 2 * * *", "Europe/Berlin")
    before = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    tick = next_tick(half_past_two, before)
    assert tick == utc(2026, 3, 29, 1)  # 3:00, when 2:30 would have been
    assert next_tick(half_past_two, tick) == utc(2026, 3, 30, 0, 30)


def test_an_hour_that_the_clock_repeats_ticks_once() -> None:
    half_past_two = cron("30 2 * * *", "Europe/Berlin")
    first = next_tick(half_past_two, datetime(2026, 10, 24, 12, tzinfo=BERLIN))
    assert first is not None
    assert first.astimezone(BERLIN).date().day == 25
    second = next_tick(half_past_two, first)
    assert second is not None
    assert second.astimezone(BERLIN).date().day == 26


def test_there_is_no_tick_after_the_end() -> None:
    hourly = cron("0 * * * *", end_at=utc(2026, 1, 15, 11))
    assert next_tick(hourly, utc(2026, 1, 15, 10)) == utc(2026, 1, 15, 11)
    assert next_tick(hourly, utc(2026, 1, 15, 11)) is None


def test_one_moment_ticks_once() -> None:
    once = Schedule(id="w", workflow_id="w", run_at=utc(2026, 1, 15))
    assert next_tick(once, utc(2026, 1, 14)) == utc(2026, 1, 15)
    assert next_tick(once, utc(2026, 1, 15)) is None


@given(
    st.sampled_from(["*/7 * * * *", "0 9 * * MON", "30 2 * * *", "0 0 L * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
)
def test_ticks_go_forward_and_come_within_five_weeks(
    expression: str, timezone: str, naive: datetime
) -> None:
    after = naive.replace(tzinfo=UTC)
    tick = next_tick(cron(expression, timezone), after)
    assert tick is not None
    assert after < tick <= after + timedelta(weeks=5)


def test_a_schedule_is_read_at_commit() -> None:
    (spec,) = committed(
        {"cron": "0 9 * * *", "timezone": "Europe/Berlin", "input_data": {"n": "7"}},
        input_schema=dict[str, int],
    )
    assert spec == Schedule(
        id="w",
        workflow_id="w",
        cron="0 9 * * *",
        timezone="Europe/Berlin",
        input_data={"n": 7},
    )


def test_several_schedules_are_told_apart_by_their_ids() -> None:
    specs = committed(
        [
            {"cron": "0 9 * * *"},
            {"id": "end", "cron": "0 17 * * *", "end_at": "2030-01-01T00:00:00+01:00"},
            {"id": "once", "run_at": datetime(2030, 1, 1, 12, tzinfo=BERLIN)},
        ]
    )
    assert [spec.id for spec in specs] == ["w", "w/end", "w/once"]
    assert specs[1].end_at == utc(2029, 12, 31, 23)
    assert specs[2].run_at == utc(2030, 1, 1, 11)


def test_a_workflow_without_schedule_has_none() -> None:
    assert committed(None) == ()
    assert committed([]) == ()


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ({"cron": "nonsense"}, "'nonsense' is no cron expression"),
        ({"cron": "61 * * * *"}, "'61 \\* \\* \\* \\*' is no cron expression"),
        ({"cron": "* * * * * * *"}, "is no cron expression"),
        ({"cron": "@daily"}, "'@daily' is no cron expression"),
        ({"cron": ""}, "a non-empty cron expression is expected"),
        ({"cron": " "}, "a non-empty cron expression is expected"),
        ({"cron": 5}, "a non-empty cron expression is expected"),
        ({"cron": "0 0 31 4 *"}, "'0 0 31 4 \\*'"),
        ({"cron": "* * * * *", "timezone": "Not/AZone"}, "'Not/AZone' is no timezone"),
        ({"cron": "* * * * *", "timezone": "Europe"}, "'Europe' is no timezone"),
        ({"cron": "* * * * *", "timezone": "/etc/passwd"}, "is no timezone"),
        ({"cron": "* * * * *", "timezone": "../UTC"}, "is no timezone"),
        ({"cron": "* * * * *", "timezone": ""}, "'' is no timezone"),
        ({"cron": "* * * * *", "timezone": 5}, "5 is no timezone"),
        ({"cron": "* * * * *", "timezone": None}, "None is no timezone"),
        ({}, "exactly one of 'cron' and 'run_at'"),
        (
            {"cron": "* * * * *", "run_at": utc(2030, 1, 1)},
            "exactly one of 'cron' and 'run_at'",
        ),
        ({"run_at": "tomorrow"}, "run_at is 'tomorrow'; give an aware datetime"),
        ({"run_at": datetime(2030, 1, 1)}, "give an aware datetime"),  # noqa: DTZ001
        ({"run_at": 5}, "run_at is 5"),
        ({"cron": "* * * * *", "end_at": "2030-01-01"}, "end_at is '2030-01-01'"),
        (
            {"run_at": utc(2030, 1, 2), "end_at": utc(2030, 1, 1)},
            "later than its end_at",
        ),
        ({"cron": "* * * * *", "id": "a/b"}, "'a/b' is no id"),
        ({"cron": "* * * * *", "id": ""}, "'' is no id"),
        ({"cron": "* * * * *", "input": 1}, "'input' is unknown; a schedule takes id"),
        ({"cron": "* * * * *", "input_data": "x"}, "does not fit"),
        ("* * * * *", "is no dict"),
        ([{"cron": "* * * * *"}, {"cron": "0 * * * *"}], "the same id"),
    ],
)
def test_a_bad_schedule_is_refused_at_commit(schedule: Any, told: str) -> None:
    with pytest.raises(DefinitionError, match=told) as caught:
        workflow(schedule, input_schema=int | None).commit(register=False)
    assert 'workflow "w": schedule: ' in str(caught.value)
