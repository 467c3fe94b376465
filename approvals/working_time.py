"""Spans of time counted in the hours people work.

``APPROVALS["WORKING_HOURS"]`` says when that is: ``{"weekdays": ("mon", "tue"),
"hours": ("09:00", "17:00"), "zone": "Europe/Berlin", "holidays": ("2026-12-25",)}``.
Each whole day of a span is one working day, and what is left counts by the clock, up
to one working day more: 2 days are two working days, 4 hours are four hours of work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

from approvals import conf

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULTS: dict[str, Any] = {
    "weekdays": WEEKDAYS[:5],
    "hours": ("09:00", "17:00"),
    "zone": "UTC",
    "holidays": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When people work: the same hours on some days of the week, in one zone."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    @property
    def day(self) -> timedelta:
        """How much work a day has."""
        return _on(date.min, self.closes) - _on(date.min, self.opens)

    def after(self, moment: datetime, span: timedelta) -> datetime:
        """The moment at which ``span`` of working time has passed since ``moment``."""
        rest = span - timedelta(days=span.days)
        return self.later(moment, span.days * self.day + min(rest, self.day))

    def later(self, moment: datetime, work: timedelta) -> datetime:
        """The moment at which that much has been worked since ``moment``."""
        moment, left = moment.astimezone(UTC), work
        day = moment.astimezone(self.zone).date()
        while True:
            begins, ends = self._hours(day)
            here = max(moment, begins)
            if self._is_working(day) and here < ends:
                if left <= ends - here:
                    return here + left
                left -= ends - here
            day += timedelta(days=1)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much is worked from the one moment to the other."""
        day, last = (at.astimezone(self.zone).date() for at in (start, end))
        worked = timedelta(0)
        while day <= last:
            begins, ends = self._hours(day)
            if self._is_working(day):
                worked += max(timedelta(0), min(end, ends) - max(start, begins))
            day += timedelta(days=1)
        return worked

    def _is_working(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.holidays

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        """In UTC: a difference of local times would miss a change of the clock."""
        return (
            datetime.combine(day, self.opens, self.zone).astimezone(UTC),
            datetime.combine(day, self.closes, self.zone).astimezone(UTC),
        )


def calendar() -> Calendar | None:
    """The calendar of the settings, if there is one; ``ImproperlyConfigured``."""
    given = conf.get("WORKING_HOURS")
    return None if given is None else calendar_of(given)


def calendar_of(given: Any) -> Calendar:
    """Read the setting; ``ImproperlyConfigured`` names the part that is wrong."""
    if not isinstance(given, Mapping) or set(given) - set(DEFAULTS):
        raise _wrong(f"it must be a dict of {', '.join(DEFAULTS)}, or None")
    values = {**DEFAULTS, **given}
    opens, closes = _times(values["hours"])
    return Calendar(
        weekdays=_weekdays(values["weekdays"]),
        opens=opens,
        closes=closes,
        zone=_zone(values["zone"]),
        holidays=_holidays(values["holidays"]),
    )


def _weekdays(given: Any) -> frozenset[int]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise _wrong("weekdays must be a list such as ('mon', 'tue')")
    names = list(given)
    if not names or not set(names) <= set(WEEKDAYS):
        raise _wrong(f"weekdays must be some of {', '.join(WEEKDAYS)}")
    return frozenset(WEEKDAYS.index(name) for name in names)


def _times(given: Any) -> tuple[time, time]:
    try:
        opens, closes = (time.fromisoformat(text) for text in given)
    except (TypeError, ValueError) as error:
        raise _wrong("hours must be two times such as ('09:00', '17:00')") from error
    if opens >= closes:
        raise _wrong("hours must begin before they end")
    return opens, closes


def _zone(given: Any) -> ZoneInfo:
    try:
        return ZoneInfo(given)
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise _wrong(f"there is no zone {given!r}") from error


def _holidays(given: Any) -> frozenset[date]:
    try:
        days = frozenset(
            day if isinstance(day, date) else date.fromisoformat(day) for day in given
        )
    except (TypeError, ValueError) as error:
        raise _wrong("holidays must be dates such as '2026-12-25'") from error
    return days


def _on(day: date, at: time) -> datetime:
    return datetime.combine(day, at, UTC)


def _wrong(fault: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"APPROVALS['WORKING_HOURS'] is wrong: {fault}.")
