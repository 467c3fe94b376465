"""What is still to happen to an open approval if nobody answers, with the names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model, Q

from approvals import timetable
from approvals.escalation import Escalation
from approvals.models import Approval
from approvals.persons import name_of
from approvals.timetable import Entry, Kind

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One entry of the timetable, as a reader understands it."""

    kind: Kind
    at: datetime
    every: timedelta | None = None
    people: tuple[str, ...] = ()  # whom an escalation asks, by their names
    replace: bool = False  # those asked before are asked no more
    priority: str | None = None


def coming(approval: Approval) -> tuple[Coming, ...]:
    """First things first; free of queries where no people are named."""
    if not approval.is_open:
        return ()
    plan = timetable.loads(approval.timetable)
    names = _Names.of([entry.step for entry in plan.escalations if entry.step])
    return tuple(_named(entry, names) for entry in plan.entries)


@dataclass(frozen=True, slots=True)
class _Names:
    """How those who are named in these steps are called, by key and by name."""

    groups: dict[str | int, str]
    users: dict[str | int, str]

    @classmethod
    def of(cls, steps: list[Escalation]) -> _Names:
        groups: dict[str | int, str] = {}
        for group in _rows(Group, "name", [key for s in steps for key in s.groups]):
            groups[group.pk] = groups[group.name] = group.name
        model, users = get_user_model(), dict[str | int, str]()
        keys = [key for step in steps for key in step.users]
        for user in _rows(model, model.USERNAME_FIELD, keys):
            users[user.pk] = users[user.get_username()] = name_of(user)
        return cls(groups, users)

    def people(self, step: Escalation) -> tuple[str, ...]:
        groups = [self.groups.get(key) for key in _keys(step.groups)]
        users = [self.users.get(key) for key in _keys(step.users)]
        return tuple(dict.fromkeys(name for name in [*groups, *users] if name))


def _named(entry: Entry, names: _Names) -> Coming:
    if entry.step is None:
        return Coming(kind=entry.kind, at=entry.at, every=entry.every)
    return Coming(
        kind=entry.kind,
        at=entry.at,
        people=names.people(entry.step),
        replace=entry.step.replace,
        priority=entry.step.priority,
    )


def _rows(model: type[Row], field: str, keys: list[Any]) -> Iterable[Row]:
    if not keys:
        return ()
    numbers = [key for key in keys if isinstance(key, int)]
    texts = [key for key in keys if isinstance(key, str)]
    return model._default_manager.filter(
        Q(pk__in=numbers) | Q(**{f"{field}__in": texts})
    )


def _keys(named: Iterable[Any]) -> list[str | int]:
    """As they are stored: names and primary keys."""
    return list(named)
