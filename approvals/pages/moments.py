"""Dates and times that a person types, in their own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflows.errors import FieldError, SchemaMismatch

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


AS_TYPED = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A moment to choose: the value of its button, as if typed, and its words."""

    value: str
    words: str


def moment_field(label: StrOrPromise = "") -> forms.DateTimeField:
    """A date and time in the reader's zone, as browsers write it."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=AS_TYPED)
    formats = [AS_TYPED, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(label=label, widget=widget, input_formats=formats)


def moment_in(text: str, field: str) -> datetime:
    """What was typed, or ``SchemaMismatch``: nothing, no date, or none in this zone."""
    try:
        found: datetime = moment_field().clean(text)
    except ValidationError as error:
        words = str(_("Choose a date and a time.")) if not text else error.messages[0]
        fault: FieldError = {"loc": [field], "msg": words, "type": "moment"}
        raise SchemaMismatch(words, [fault]) from error
    return found


def ready_moments(now: datetime) -> tuple[Choice, ...]:
    """Mornings to come, in the zone of ``now``: which one is told once."""
    nine = now.replace(hour=9, minute=0)
    days = {
        7: gettext("In a week 9:00"),
        7 - now.weekday(): gettext("Monday 9:00"),
        1: gettext("Tomorrow 9:00"),
    }
    return tuple(
        Choice(value=f"{nine + timedelta(days=day):{AS_TYPED}}", words=words)
        for day, words in sorted(days.items())
    )
