"""The verdict of an answer as buttons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from approvals import verdicts
from workflows.json_gate import JSONObject, JSONValue

from .builder import shape_of_schema
from .choices import BoolShape, ChoiceShape, Option
from .groups import GroupShape
from .json_schemas import form_schema
from .shapes import Shape
from .wording import value_label


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChoice:
    """One button: what it says, what the browser posts, what the answer then holds."""

    verdict: str
    label: str
    text: str = ""
    value: JSONValue = None
    is_rejection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The buttons of an answer, and the field of the answer that they fill.

    Without a field there is one choice: to submit.
    """

    field: str | None
    choices: tuple[VerdictChoice, ...]

    def choice_of(self, answer: JSONValue) -> VerdictChoice | None:
        """The choice that an answer made; None when it made none of them."""
        if self.field is None:
            return self.choices[0]
        value = answer.get(self.field) if isinstance(answer, dict) else None
        chosen = (each for each in self.choices if each.value == value)
        return next(chosen, None)

    def each(self, answer: JSONValue) -> list[JSONValue]:
        """The answer as each of the buttons would send it."""
        if self.field is None or not isinstance(answer, dict):
            return [answer]
        return [{**answer, self.field: choice.value} for choice in self.choices]

    def verdict_value(self, answer: JSONValue) -> str:
        """The answer's verdict: "approved", "rejected", a literal, or "submitted"."""
        choice = self.choice_of(answer)
        return choice.verdict if choice else verdicts.SUBMITTED


def needed_for(choices: Iterable[VerdictChoice]) -> str:
    """The mark of a field that is optional except for those of these that reject."""
    outcomes = ", ".join(each.label for each in choices if each.is_rejection)
    return _("(needed for “%(outcomes)s”)") % {"outcomes": outcomes} if outcomes else ""


def verdict_of(type_: Any) -> Verdict:
    """The buttons that a person answers this type with."""
    schema = form_schema(type_)
    return verdict_in(schema, shape_of_schema(schema))


def verdict_value(type_: Any, answer: JSONValue) -> str:
    """The verdict of an answer that the type has accepted."""
    return verdict_of(type_).verdict_value(answer)


def verdict_in(schema: JSONObject, shape: Shape) -> Verdict:
    """The buttons that a schema and the shape made of it ask for."""
    found = verdicts.verdict_field(schema)
    if found is not None and isinstance(shape, GroupShape):
        field = shape.shapes.get(found.name)
        if isinstance(field, ChoiceShape):
            choices = tuple(_choice(option, field) for option in field.options)
            return Verdict(field=found.name, choices=choices)
    submit = VerdictChoice(verdict=verdicts.SUBMITTED, label=_("Submit"))
    return Verdict(field=None, choices=(submit,))


def _choice(option: Option, shape: ChoiceShape) -> VerdictChoice:
    if not isinstance(shape, BoolShape):
        value = str(option.value)
        return VerdictChoice(
            verdict=value,
            # A button says what it does, be its value a word or an identifier.
            label=value_label(value) if option.label == value else option.label,
            text=option.text,
            value=option.value,
            is_rejection=value.lower() in verdicts.REJECTIONS,
        )
    words = _("Approve") if option.value else _("Reject")
    return VerdictChoice(
        verdict=verdicts.APPROVED if option.value else verdicts.REJECTED,
        label=option.label if "labels" in shape.info.hints else words,
        text=option.text,
        value=option.value,
        is_rejection=not option.value,
    )
