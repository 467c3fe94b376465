"""``@approval_policy``: who may answer a step's question, and under which rule.

The decorator stores an ``ApprovalPolicy`` with the step. When the step suspends, the
policy is evaluated for the question just asked and becomes a plain ``Rule``, which is
what the approval is opened with. ``ctx.suspend(metadata={"approval": {...}})``
replaces single options for that one question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

from django.db.models import Model

from approvals import options, time_options
from approvals.escalation import Escalation, EscalationStep
from approvals.notifications import link_policy
from workflows.definition import attach
from workflows.errors import DefinitionError
from workflows.json_gate import JSONObject

EXTENSION = "approval_policy"  # the key of a step's extensions
OVERRIDE = "approval"  # the key of a suspension's metadata

Decorated = TypeVar("Decorated")
Option = TypeVar("Option")
Given: TypeAlias = Option | Callable[[Any], Option]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """Say who may answer a step's question; a decorator, above or below ``@step``.

    Each option is a value or a function of the suspend payload; ``options`` checks
    them. A wrong one is a ``DefinitionError``: at the decorator when it is a value,
    when the step suspends (which fails it) when a function returned it.
    """

    title: Given[str | None] = None
    groups: Given[Iterable[str | int | Model]] = ()
    users: Given[Iterable[str | int | Model]] = ()
    exclude_initiator: Given[bool] = True
    quorum: Given[int] = 1
    reject: Given[str] = "any"
    require_comment_on_reject: Given[bool] = False
    due_in: Given[timedelta | float | None] = None
    working_time: Given[bool] = False
    on_due: Given[str] = "nothing"
    escalate_to: Given[Iterable[EscalationStep]] = ()
    remind_before: Given[timedelta | float | Iterable[timedelta | float] | None] = ()
    remind_every: Given[timedelta | float | None] = None
    priority: Given[str] = "normal"
    undo_window: Given[timedelta | float] = 0
    summary: Given[Iterable[str] | None] = None
    decide_by_link: Given[bool] = False
    editable: Given[Iterable[str] | None] = None
    exclude_deciders_of: Given[Iterable[str]] = ()

    def __post_init__(self) -> None:
        for option, value in _written(self).items():
            if not callable(value):
                object.__setattr__(self, option, options.checked(option, value))
        link_policy.consistent(self)

    def __call__(self, step: Decorated) -> Decorated:
        attach(step, EXTENSION, self)
        return step

    def rule_for(self, payload: Any, override: Mapping[str, Any]) -> Rule:
        """The rule of one question. Calls the author's functions; they may raise."""
        given = {**_written(self), **_known(override)}
        for option, value in given.items():
            if option in override or callable(value):  # others were checked at once
                given[option] = _evaluated(option, value, payload)
        rule = Rule(**{option: given[option] for option in _OF_A_RULE})
        time_options.consistent(rule)
        link_policy.consistent(rule)
        return rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds for one question. Plain values, kept with the suspension."""

    title: str | None = None
    groups: tuple[str | int, ...] = ()
    users: tuple[str | int, ...] = ()
    exclude_initiator: bool = True
    quorum: int = 1
    reject: str = "any"
    require_comment_on_reject: bool = False
    due_in: timedelta | None = None
    working_time: bool = False
    on_due: str = "nothing"
    escalate_to: tuple[Escalation, ...] = ()
    remind_before: tuple[timedelta, ...] = ()
    remind_every: timedelta | None = None
    priority: str = "normal"
    undo_window: timedelta = timedelta(0)
    summary: tuple[str, ...] | None = None
    editable: tuple[str, ...] | None = None
    exclude_deciders_of: tuple[str, ...] = ()
    decide_by_link: bool = False

    def as_json(self) -> JSONObject:
        """The rule as it is stored with the suspension."""
        return {
            "groups": list(self.groups),
            "users": list(self.users),
            "exclude_initiator": self.exclude_initiator,
            "quorum": self.quorum,
            "reject": self.reject,
            "require_comment_on_reject": self.require_comment_on_reject,
            "due_in": self.due_in.total_seconds() if self.due_in else None,
            "working_time": self.working_time,
            "on_due": self.on_due,
            "escalate_to": [step.as_json() for step in self.escalate_to],
            "remind_before": [span.total_seconds() for span in self.remind_before],
            "remind_every": (
                self.remind_every.total_seconds() if self.remind_every else None
            ),
            "priority": self.priority,
            "undo_window": self.undo_window.total_seconds(),
            "editable": list(self.editable) if self.editable is not None else None,
            "exclude_deciders_of": list(self.exclude_deciders_of),
            "decide_by_link": self.decide_by_link,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Rule:
        """The rule back from a suspension; what is missing has its default."""
        known = {
            option: options.checked(option, stored[option])
            for option, default in _DEFAULTS.items()
            if stored.get(option, default) != default
        }
        return cls(**known)


_OPTIONS = tuple(field.name for field in fields(ApprovalPolicy))
_OF_A_RULE = tuple(field.name for field in fields(Rule))
_DEFAULTS = Rule().as_json()

approval_policy = ApprovalPolicy


def _written(policy: ApprovalPolicy) -> dict[str, Any]:
    return {option: getattr(policy, option) for option in _OPTIONS}


def _known(override: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = sorted(override.keys() - set(_OPTIONS))
    if unknown:
        raise DefinitionError(
            f"An approval has no option {', '.join(unknown)}; "
            f"it has {', '.join(_OPTIONS)}."
        )
    return override


def _evaluated(option: str, value: Any, payload: Any) -> Any:
    return options.checked(option, value(payload) if callable(value) else value)
