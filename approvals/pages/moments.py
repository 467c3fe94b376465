"""Dates and times that a person types, in their own zone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from workflows.errors import FieldError, SchemaMismatch

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def moment_field(label: StrOrPromise = "") -> forms.DateTimeField:
    """A date and time in the reader's zone, as browsers write it."""
    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
    )
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
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
