"""The options of a policy that have to do with time: what each accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.utils.dateparse import parse_duration

from approvals import working_time
from approvals.escalation import Escalation
from approvals.statuses import OnDue, Priority
from workflows.errors import DefinitionError

LONGEST = timedelta(days=3650)
LONGEST_UNDO = timedelta(days=1)
MANY_SECONDS = 1e12


def period(option: str, value: Any) -> timedelta:
    """A length of time, perhaps none."""
    found = length(value)
    if found is None:
        raise wrong(option, "it must be a timedelta or a number of seconds")
    if not timedelta(0) <= found <= LONGEST:
        raise wrong(option, "it must be between nothing and ten years")
    return found


def deadline(option: str, value: Any) -> timedelta | None:
    """A length of time, or ``None``."""
    if value is None:
        return None
    found = period(option, value)
    if not found:
        raise wrong(option, "it must be longer than nothing, or None")
    return found


def undo_window(option: str, value: Any) -> timedelta:
    """How long an answer may be taken back: people wait for what comes next."""
    found = period(option, value)
    if found > LONGEST_UNDO:
        raise wrong(option, "it must be at most a day")
    return found


def rhythm(option: str, value: Any) -> timedelta | None:
    """A length of time at which something may be repeated, or ``None``."""
    found = deadline(option, value)
    if found is not None and found < timedelta(minutes=1):
        raise wrong(option, "it must be at least a minute")
    return found


def periods(option: str, value: Any) -> tuple[timedelta, ...]:
    """One length of time or several, the longest first."""
    if value is None:
        return ()
    many = isinstance(value, Iterable) and not isinstance(value, str)
    found = {deadline(option, one) for one in (value if many else [value])}
    if None in found:
        raise wrong(option, "it must be a length of time or a list of them")
    return tuple(sorted((one for one in found if one is not None), reverse=True))


def length(value: Any) -> timedelta | None:
    """A length of time as Python, as seconds, or as JSON writes it (``P2D``)."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Larger numbers, infinity and NaN have no timedelta.
    return timedelta(seconds=value) if abs(value) < MANY_SECONDS else None


def working(option: str, value: Any) -> bool:
    """Whether ``due_in`` counts working hours; these must be known then."""
    if not isinstance(value, bool):
        raise wrong(option, "it must be True or False")
    try:
        known = working_time.calendar() is not None
    except ImproperlyConfigured as error:
        raise wrong(option, str(error)) from error
    if value and not known:
        raise wrong(option, "APPROVALS has no WORKING_HOURS to count")
    return value


def escalations(option: str, value: Any) -> tuple[Escalation, ...]:
    """The steps of the chain, each in its one form."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise wrong(option, "it must be a list")
    return tuple(_escalation(option, one) for one in value)


class Timed(Protocol):
    """What a policy says about time; its values may be functions."""

    @property
    def due_in(self) -> Any: ...
    @property
    def on_due(self) -> Any: ...
    @property
    def escalate_to(self) -> Any: ...
    @property
    def remind_before(self) -> Any: ...


def consistent(policy: Timed) -> None:
    """Options that need each other; a function is taken for what is needed."""
    escalates = policy.on_due == OnDue.ESCALATE
    if escalates and not policy.escalate_to:
        raise wrong("escalate_to", 'on_due="escalate" needs somebody to turn to')
    if policy.escalate_to and not escalates and not callable(policy.on_due):
        raise wrong("escalate_to", 'it needs on_due="escalate"')
    if policy.remind_before and policy.due_in is None:
        raise wrong("remind_before", "it needs due_in")


def wrong(option: str, fault: str) -> DefinitionError:
    return DefinitionError(f"approval_policy: {option} is wrong: {fault}.")


def _escalation(option: str, value: Any) -> Escalation:
    step = _named(option, value)
    if not isinstance(step.replace, bool):
        raise wrong(option, "replace must be True or False")
    if step.priority is not None and step.priority not in Priority.values:
        raise wrong(option, f"priority must be one of {', '.join(Priority.values)}")
    groups = _people(option, step.groups, "auth.Group")
    users = _people(option, step.users, str(settings.AUTH_USER_MODEL))
    if not groups and not users:
        raise wrong(option, "a step of it names nobody")
    after = None if step.after is None else period(option, step.after)
    return replace(step, groups=groups, users=users, after=after)


def _named(option: str, value: Any) -> Escalation:
    """A step as written: whole, as a dict, or only a name that either may have."""
    if isinstance(value, Escalation):
        return value
    if isinstance(value, Mapping):
        known = {field.name for field in fields(Escalation)}
        if unknown := sorted(value.keys() - known):
            raise wrong(option, f"a step of it has no {', '.join(unknown)}")
        return Escalation(**value)
    if isinstance(value, str):
        return Escalation(groups=(value,), users=(value,))
    if isinstance(value, Model) and not isinstance(value, Group):
        return Escalation(users=(value,))
    return Escalation(groups=(value,))


def _people(option: str, value: Any, label: str) -> tuple[str | int, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise wrong(option, "groups and users must be lists")
    return tuple(dict.fromkeys(_one(option, one, label) for one in value))


def _one(option: str, item: Any, label: str) -> str | int:
    if isinstance(item, Model) and item._meta.label == label:
        return int(item.pk)
    if isinstance(item, int) and not isinstance(item, bool):
        return item
    if isinstance(item, str) and item.strip():
        return item
    raise wrong(option, f"{item!r} is neither a name nor a primary key")
