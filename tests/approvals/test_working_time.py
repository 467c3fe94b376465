"""Spans counted in working hours: nights, weekends, holidays, changes of the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from approvals.working_time import calendar_of

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = calendar_of({"zone": "Europe/Berlin", "holidays": ["2026-12-25"]})


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("asked", "span", "due"),
    [
        ("2026-11-23T10:00", timedelta(hours=4), "2026-11-23T14:00"),
        ("2026-11-23T15:00", timedelta(hours=4), "2026-11-24T11:00"),
        ("2026-11-27T16:00", timedelta(hours=2), "2026-11-30T10:00"),  # a Friday
        ("2026-11-28T12:00", timedelta(hours=1), "2026-11-30T10:00"),  # a Saturday
        ("2026-11-23T05:00", timedelta(hours=1), "2026-11-23T10:00"),
        ("2026-11-23T10:00", timedelta(days=2), "2026-11-25T10:00"),
        ("2026-11-26T10:00", timedelta(days=2), "2026-11-30T10:00"),
        ("2026-11-23T09:00", timedelta(hours=8), "2026-11-23T17:00"),
        ("2026-11-23T10:00", timedelta(hours=23), "2026-11-24T10:00"),
        ("2026-12-24T16:00", timedelta(hours=2), "2026-12-28T10:00"),  # Christmas
        ("2026-03-27T16:00", timedelta(hours=2), "2026-03-30T10:00"),  # summer time
    ],
)
def test_only_working_hours_count(asked: str, span: timedelta, due: str) -> None:
    assert OFFICE.after(berlin(asked), span) == berlin(due)


def test_a_clock_changed_during_work_neither_adds_nor_loses_an_hour() -> None:
    nights = calendar_of(
        {"weekdays": ["sun"], "hours": ["00:00", "06:00"], "zone": "Europe/Berlin"}
    )
    due = nights.after(berlin("2026-03-29T00:30"), timedelta(hours=3))
    assert due == datetime(2026, 3, 29, 2, 30, tzinfo=UTC)


@given(
    st.integers(0, 366 * 24 * 3600).map(
        lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.timedeltas(timedelta(0), timedelta(days=30)),
    st.timedeltas(timedelta(0), timedelta(hours=30)),
)
def test_more_time_is_never_due_earlier_and_always_at_work(
    asked: datetime, span: timedelta, more: timedelta
) -> None:
    due = OFFICE.after(asked, span)
    local = due.astimezone(BERLIN)
    assert due >= asked
    assert local.weekday() < 5
    assert 9 <= local.hour + local.minute / 60 <= 17
    assert OFFICE.after(asked, span + more) >= due


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("9 to 5", "must be a dict"),
        ({"hourz": []}, "must be a dict"),
        ({"weekdays": "mon"}, "weekdays"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": [1]}, "weekdays"),
        ({"hours": ["09:00"]}, "hours"),
        ({"hours": ["17:00", "09:00"]}, "begin before"),
        ({"hours": [9, 17]}, "hours"),
        ({"zone": "Europe/Atlantis"}, "no zone"),
        ({"zone": 3}, "no zone"),
        ({"holidays": ["Christmas"]}, "holidays"),
        ({"holidays": 3}, "holidays"),
    ],
)
def test_a_wrong_setting_is_named(given: Any, fault: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"WORKING_HOURS.*{fault}"):
        calendar_of(given)


@given(st.integers(0, 60 * 24 * 365), st.integers(1, 60 * 24 * 20))
def test_what_is_worked_until_then_is_what_was_asked_for(
    begun: int, minutes: int
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=begun)
    work = timedelta(minutes=minutes)
    then = OFFICE.later(moment, work)
    assert OFFICE.between(moment, then) == work
    assert OFFICE.between(then, moment) == timedelta(0)
