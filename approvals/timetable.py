"""What is to happen with an open approval, and when: reminders, due date, the chain.

Pure: computed when the question opens, kept with it, and shortened as time goes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from approvals import working_time
from approvals.escalation import Escalation
from approvals.rules import Rule
from workflows import json_gate
from workflows.json_gate import JSONObject


class Kind(StrEnum):
    """What an entry is; in this order when several come at one moment."""

    REMINDER = "reminder"
    DUE = "due"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to come."""

    kind: Kind
    at: datetime
    every: timedelta | None = None  # of a reminder that is repeated
    step: Escalation | None = None  # of an escalation

    def as_json(self) -> JSONObject:
        return {
            "kind": str(self.kind),
            "at": self.at.isoformat(),
            "every": self.every.total_seconds() if self.every else None,
            "step": self.step.as_json() if self.step else None,
        }


@dataclass(frozen=True, slots=True)
class Timetable:
    """Entries, the next one first."""

    entries: tuple[Entry, ...] = ()

    @property
    def next_at(self) -> datetime | None:
        return self.entries[0].at if self.entries else None

    @property
    def escalations(self) -> tuple[Entry, ...]:
        """The steps of the chain that are still to come."""
        return tuple(e for e in self.entries if e.kind == Kind.ESCALATION)

    @property
    def due_date(self) -> Entry | None:
        """The due date, until it has come."""
        return next((e for e in self.entries if e.kind == Kind.DUE), None)

    def due(self, now: datetime) -> tuple[Entry, ...]:
        """What has to happen by now, in order."""
        return tuple(entry for entry in self.entries if entry.at <= now)

    def after(self, now: datetime) -> Timetable:
        """What is still to come; a missed reminder is not made up for."""
        later = [entry for entry in self.entries if entry.at > now]
        again = [_again(entry, now) for entry in self.due(now) if entry.every]
        return _ordered([*later, *again])

    def moved(self, due_at: datetime, by: timedelta, now: datetime) -> Timetable:
        """With the due date, and all that counts from it, moved."""
        kept = [
            replace(entry, at=entry.at + by) if entry.every is None else entry
            for entry in self.entries
            if entry.kind != Kind.DUE
        ]
        ahead = [e for e in kept if e.kind != Kind.REMINDER or e.at > now]
        return _ordered([*ahead, Entry(kind=Kind.DUE, at=due_at)])

    def later(self, move: Callable[[datetime], datetime]) -> Timetable:
        """With everything moved."""
        return _ordered([replace(each, at=move(each.at)) for each in self.entries])

    def hastened(self, now: datetime) -> Timetable:
        """With the due date, or else the next escalation, now, and the rest as much
        earlier; what was to remind of it before does so no more."""
        steps = [entry for entry in self.entries if entry.kind != Kind.REMINDER]
        by = steps[0].at - now if steps else timedelta(0)
        repeated = [entry for entry in self.entries if entry.every]
        return _ordered([*repeated, *(replace(e, at=e.at - by) for e in steps)])

    def dumps(self) -> str:
        return json_gate.dumps([entry.as_json() for entry in self.entries])


def of(rule: Rule, opened_at: datetime) -> Timetable:
    """What a rule plans for a question that opens at this moment."""
    due_at = due_of(rule, opened_at)
    entries = list(_reminders(rule, opened_at, due_at))
    if due_at is not None:
        entries.append(Entry(kind=Kind.DUE, at=due_at))
        entries += _chain(rule, due_at)
    return _ordered(entries)


def due_of(rule: Rule, opened_at: datetime) -> datetime | None:
    """When an answer is due."""
    return _later(rule, opened_at, rule.due_in) if rule.due_in else None


def loads(text: str) -> Timetable:
    """A timetable as it was kept."""
    stored = json_gate.loads(text)
    entries = stored if isinstance(stored, list) else []
    return Timetable(tuple(_entry(one) for one in entries if isinstance(one, dict)))


def _reminders(
    rule: Rule, opened_at: datetime, due_at: datetime | None
) -> Iterator[Entry]:
    for span in rule.remind_before if due_at else ():
        if due_at is not None and due_at - span > opened_at:
            yield Entry(kind=Kind.REMINDER, at=due_at - span)
    if rule.remind_every:
        first = opened_at + rule.remind_every
        yield Entry(kind=Kind.REMINDER, at=first, every=rule.remind_every)


def _chain(rule: Rule, due_at: datetime) -> Iterator[Entry]:
    at = due_at
    for number, step in enumerate(rule.escalate_to):
        usual = rule.due_in if number else timedelta(0)
        wait = usual if step.after is None else step.after
        if isinstance(wait, timedelta) and wait:
            at = _later(rule, at, wait)
        yield Entry(kind=Kind.ESCALATION, at=at, step=step)


def _later(rule: Rule, moment: datetime, span: timedelta) -> datetime:
    calendar = working_time.calendar() if rule.working_time else None
    return calendar.after(moment, span) if calendar else moment + span


def _again(entry: Entry, now: datetime) -> Entry:
    every = entry.every or timedelta(days=1)
    missed = (now - entry.at) // every
    return replace(entry, at=entry.at + (missed + 1) * every)


def _ordered(entries: list[Entry]) -> Timetable:
    order = list(Kind)
    return Timetable(tuple(sorted(entries, key=lambda e: (e.at, order.index(e.kind)))))


def _entry(stored: JSONObject) -> Entry:
    every, step = stored.get("every"), stored.get("step")
    return Entry(
        kind=Kind(str(stored["kind"])),
        at=datetime.fromisoformat(str(stored["at"])),
        every=timedelta(seconds=float(every))
        if isinstance(every, int | float)
        else None,
        step=Escalation.from_json(step) if isinstance(step, dict) else None,
    )
