"""The options of an approval policy: what each accepts.

``checked`` turns a value into the form the rest of the app relies on, or raises a
``DefinitionError`` that names the option, the fault and what would be right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db.models import Model

from approvals import time_options
from approvals.statuses import OnDue, Priority, RejectRule
from approvals.time_options import wrong as _wrong


def checked(option: str, value: Any) -> Any:
    """The value in its one form; a ``DefinitionError`` says what is wrong with it."""
    if callable(value):
        raise _wrong(option, "a function must return the value itself")
    return _ACCEPT[option](option, value)


def _flag(option: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(option, "it must be True or False")
    return value


def _title(option: str, value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise _wrong(option, "it must be a text that is not blank, or None")
    return value


def _count(option: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise _wrong(option, "it must be a whole number from 1 to 1000")
    return value


def _one_of(*allowed: str) -> Callable[[str, Any], str]:
    def accept(option: str, value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise _wrong(option, f"it must be one of {', '.join(allowed)}")
        return str(value)

    return accept


def _people(option: str, value: Any) -> tuple[str | int, ...]:
    """Names or primary keys, each once, in the order given."""
    return tuple(dict.fromkeys(_one(option, item) for item in _many(option, value)))


def _one(option: str, value: Any) -> str | int:
    if isinstance(value, Model) and value._meta.label == _model(option):
        return int(value.pk)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip():
        return value
    raise _wrong(option, f"{value!r} is neither a name nor a primary key")


def _model(option: str) -> str:
    return "auth.Group" if option == "groups" else str(settings.AUTH_USER_MODEL)


def _many(option: str, value: Any) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise _wrong(option, "it must be a list")
    return list(value)


def _field_names(option: str, value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = _many(option, value)
    if not all(isinstance(name, str) and name for name in names):
        raise _wrong(option, "it must be a list of names")
    return tuple(names)


def _steps(option: str, value: Any) -> tuple[str, ...]:
    return _field_names(option, () if value is None else value) or ()


_ACCEPT: dict[str, Callable[[str, Any], Any]] = {
    "title": _title,
    "groups": _people,
    "users": _people,
    "exclude_initiator": _flag,
    "quorum": _count,
    "reject": _one_of(*RejectRule.values),
    "require_comment_on_reject": _flag,
    "due_in": time_options.deadline,
    "working_time": time_options.working,
    "on_due": _one_of(*OnDue.values),
    "escalate_to": time_options.escalations,
    "remind_before": time_options.periods,
    "remind_every": time_options.rhythm,
    "priority": _one_of(*Priority.values),
    "undo_window": time_options.undo_window,
    "summary": _field_names,
    "decide_by_link": _flag,
    "editable": _field_names,
    "exclude_deciders_of": _steps,
}
