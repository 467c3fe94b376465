"""What a decision page says about time: what comes, and what can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from approvals import timetable
from approvals.escalation import Escalation
from approvals.models import Approval, Reservation
from approvals.pages import wording
from approvals.persons import name_of
from approvals.statuses import OnDue

GROUP, USER = "group", "user"
Key: TypeAlias = tuple[str, Any]
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One thing that happens if nobody answers before."""

    icon: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The reader's own answer, while it can be taken back."""

    words: str
    release_at: datetime
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The part of the page."""

    coming: tuple[Coming, ...] = ()
    undo: Undo | None = None


def of(approval: Approval, *, reader_id: int, now: datetime) -> Timing:
    """What the reader sees; free of queries where nothing is planned."""
    if approval.is_reserved:
        return Timing(undo=_undo(approval, reader_id, now))
    if not approval.is_open:
        return Timing()
    plan = timetable.loads(approval.timetable)
    names = _names([entry.step for entry in plan.escalations if entry.step])
    coming = [
        Coming(icon="megaphone", words=_asked(entry.step, names), at=entry.at)
        for entry in plan.escalations
        if entry.step
    ]
    if (closes := _closes(approval)) and approval.due_at:
        coming.insert(0, Coming(icon="timer-off", words=closes, at=approval.due_at))
    return Timing(coming=tuple(coming))


def _undo(approval: Approval, reader_id: int, now: datetime) -> Undo | None:
    found = Reservation.objects.filter(pk=approval.pk, decided_by=reader_id).first()
    if found is None:
        return None
    left = (found.release_at - now).total_seconds()
    return Undo(
        words=wording.answered_by_reader(found.verdict),
        release_at=found.release_at,
        seconds=max(0, round(left)),
    )


def _closes(approval: Approval) -> str:
    match approval.on_due:
        case OnDue.APPROVE:
            return _("This is approved by itself")
        case OnDue.REJECT:
            return _("This is rejected by itself")
        case OnDue.CANCEL:
            return _("The run is canceled")
    return ""


def _asked(step: Escalation, names: Mapping[Key, str]) -> str:
    people = [names[key] for key in _keys(step) if key in names]
    who = ", ".join(dict.fromkeys(people)) or _("nobody")
    if step.replace:
        return _("%(names)s: asked instead") % {"names": who}
    return _("%(names)s: asked as well") % {"names": who}


def _names(steps: list[Escalation]) -> dict[Key, str]:
    """How those who are named in these steps are called, by key and by name."""
    keys = [key for step in steps for key in _keys(step)]
    if not keys:
        return {}
    found: dict[Key, str] = {}
    for group in _rows(Group, "name", [key for kind, key in keys if kind == GROUP]):
        found[GROUP, group.pk] = found[GROUP, group.name] = group.name
    user_model = get_user_model()
    named = [key for kind, key in keys if kind == USER]
    for user in _rows(user_model, user_model.USERNAME_FIELD, named):
        found[USER, user.pk] = found[USER, user.get_username()] = name_of(user)
    return found


def _rows(model: type[Row], field: str, keys: list[Any]) -> Iterable[Row]:
    numbers = [key for key in keys if isinstance(key, int)]
    texts = [key for key in keys if isinstance(key, str)]
    return model._default_manager.filter(
        Q(pk__in=numbers) | Q(**{f"{field}__in": texts})
    )


def _keys(step: Escalation) -> list[Key]:
    return [
        *((GROUP, key) for key in step.groups),
        *((USER, key) for key in step.users),
    ]
