"""Who is asked next when nobody answers in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from django.db.models import Model

from workflows.json_gate import JSONObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One step of ``escalate_to``: these people are asked, too.

    ``after`` counts from the step before, for the first one from the due date; left
    out, the first acts at the due date and each other one after another ``due_in``.
    With ``replace`` those who were asked before are asked no more.
    """

    groups: Iterable[str | int | Model] = ()
    users: Iterable[str | int | Model] = ()
    after: timedelta | float | None = None
    replace: bool = False
    priority: str | None = None

    def as_json(self) -> JSONObject:
        """The step as it is stored; only what ``time_options`` has checked."""
        after = self.after
        return {
            "groups": [_key(one) for one in self.groups],
            "users": [_key(one) for one in self.users],
            "after": after.total_seconds() if isinstance(after, timedelta) else after,
            "replace": self.replace,
            "priority": self.priority,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Escalation:
        after = stored.get("after")
        return cls(
            groups=tuple(stored["groups"]),
            users=tuple(stored["users"]),
            after=None if after is None else timedelta(seconds=after),
            replace=stored["replace"],
            priority=stored["priority"],
        )


# As an author writes it: whole, as a dict of the same, or only who is asked.
EscalationStep: TypeAlias = "Escalation | Mapping[str, Any] | str | int | Model"


def _key(one: str | int | Model) -> str | int:
    return int(one.pk) if isinstance(one, Model) else one
