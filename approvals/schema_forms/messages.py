"""Errors in plain words.

The model's own sentences are written for programmers. Kinds that a person can cause
are said anew, by kind; the numbers in them are taken from the model's sentence,
because an error that comes from elsewhere carries nothing else. A sentence of the
workflow's author (`ValueError` in a validator) is shown as it is.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from workflows.errors import FieldError, PayloadRejected

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REQUIRED: Final = gettext_lazy("This field is required.")
WHOLE_NUMBER: Final = gettext_lazy("Enter a whole number.")
NUMBER: Final = gettext_lazy("Enter a number.")
YES_OR_NO: Final = gettext_lazy("Choose yes or no.")
CHOOSE_ONE: Final = gettext_lazy("Choose one of the options.")
DATE: Final = gettext_lazy("Enter a date, such as 2026-12-31.")
TIME: Final = gettext_lazy("Enter a time, such as 14:30.")
DATETIME: Final = gettext_lazy("Enter a date and a time, such as 2026-12-31 14:30.")
FILE: Final = gettext_lazy("Give a file.")
NOT_EMPTY: Final = gettext_lazy("This can't be empty.")
FILL_IN: Final = gettext_lazy("Fill in this part.")
NAME_ROW: Final = gettext_lazy("Enter a name for this row.")
NAMED_TWICE: Final = gettext_lazy("This name is used twice.")

TOO_LARGE = gettext_lazy("This number is too large.")

_AUTHORS_OWN: Final = re.compile(r"^(?:Value error|Assertion failed), ")
_NUMBER: Final = re.compile(r"(?:than|to|of|least|most) (-?[0-9][0-9.eE+-]*)")

_FIXED: Mapping[str, "StrOrPromise"] = {
    "missing": REQUIRED,
    "none_required": gettext_lazy("Leave this empty."),
    "extra_forbidden": gettext_lazy("Unknown field."),
    "bool_type": YES_OR_NO,
    "bool_parsing": YES_OR_NO,
    "int_type": WHOLE_NUMBER,
    "int_parsing": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "finite_number": gettext_lazy("Enter a finite number."),
    "integer_range": TOO_LARGE,
    "decimal_range": gettext_lazy("This number is out of range."),
    "string_type": gettext_lazy("Enter a text."),
    "string_pattern_mismatch": gettext_lazy("This does not have the expected form."),
    "literal_error": CHOOSE_ONE,
    "enum": CHOOSE_ONE,
    "union_tag_invalid": CHOOSE_ONE,
    "union_tag_not_found": CHOOSE_ONE,
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "date_past": gettext_lazy("Enter a date in the past."),
    "date_future": gettext_lazy("Enter a date in the future."),
    "time_type": TIME,
    "time_parsing": TIME,
    "datetime_type": DATETIME,
    "datetime_parsing": DATETIME,
    "datetime_from_date_parsing": DATETIME,
    "datetime_past": gettext_lazy("Enter a time in the past."),
    "datetime_future": gettext_lazy("Enter a time in the future."),
    "time_delta_type": gettext_lazy("Enter a duration, such as PT90M or P2D."),
    "time_delta_parsing": gettext_lazy("Enter a duration, such as PT90M or P2D."),
    "uuid_type": gettext_lazy("Enter a UUID."),
    "uuid_parsing": gettext_lazy("Enter a UUID."),
    "url_type": gettext_lazy("Enter a web address."),
    "url_parsing": gettext_lazy("Enter a web address, such as https://example.com."),
    "url_scheme": gettext_lazy("Enter a web address, such as https://example.com."),
    "timezone_naive": gettext_lazy("Enter a time without a time zone."),
    "timezone_aware": gettext_lazy("Enter a time with a time zone."),
    "json_invalid": gettext_lazy("This is not valid JSON."),
    "json_type": gettext_lazy("This is not valid JSON."),
    "ip": gettext_lazy("Enter an IP address, such as 192.0.2.1."),
    "ip_network": gettext_lazy("Enter an IP network, such as 192.0.2.0/24."),
    "list_type": gettext_lazy("Enter a list."),
    "dict_type": gettext_lazy("Enter names and values."),
    "model_type": FILL_IN,
    "model_attributes_type": FILL_IN,
    "too_large": gettext_lazy("This answer is too long as a whole. Shorten it."),
    "too_many_values": gettext_lazy("This answer has too many parts. Shorten it."),
    "nul": gettext_lazy("This holds a character that can't be stored."),
    "surrogate": gettext_lazy("This holds a character that can't be stored."),
}

_WITH_NUMBER: Mapping[str, "StrOrPromise"] = {
    "greater_than": gettext_lazy("Enter a number greater than %s."),
    "greater_than_equal": gettext_lazy("Enter %s or more."),
    "less_than": gettext_lazy("Enter a number less than %s."),
    "less_than_equal": gettext_lazy("Enter %s or less."),
    "multiple_of": gettext_lazy("Enter a multiple of %s."),
    "decimal_max_digits": gettext_lazy("Enter a number of at most %s digits."),
    "decimal_max_places": gettext_lazy("Enter at most %s decimal places."),
    "decimal_whole_digits": gettext_lazy(
        "Enter a number of at most %s digits before the decimal point."
    ),
}


def in_words(error: FieldError) -> str:
    """The error as a person should read it; the model's sentence where we have none."""
    kind, sentence = error["type"], error["msg"]
    if kind in _FIXED:
        return str(_FIXED[kind])
    number = _number(sentence)
    if number and kind in _WITH_NUMBER:
        return str(_WITH_NUMBER[kind]) % number
    if number and kind in _COUNTED and number.isdigit():
        return _COUNTED[kind](int(number))
    return _AUTHORS_OWN.sub("", sentence) or _("This is not accepted.")


def at_place(error: FieldError) -> str:
    """The error in words, after the place inside the field that it speaks of."""
    place = " → ".join(map(str, error["loc"]))
    return f"{place}: {in_words(error)}" if place else in_words(error)


def bad_json(error: PayloadRejected) -> str:
    """Why a typed text is not JSON that can be stored."""
    known = (in_words(each) for each in error.errors if each["type"] in _FIXED)
    return _("This is not valid JSON: %s") % next(known, error)


def _number(sentence: str) -> str:
    """The number a sentence names: "at least 3 characters", "greater than 0.5"."""
    found = _NUMBER.search(sentence)
    return found[1] if found else ""


def _at_least_characters(count: int) -> str:
    if count == 1:
        return str(REQUIRED)
    return _("Enter at least %s characters.") % count


def _at_most_characters(count: int) -> str:
    return (
        ngettext(
            "Shorten this to %s character.", "Shorten this to %s characters.", count
        )
        % count
    )


def _at_least_rows(count: int) -> str:
    return ngettext("Add at least %s entry.", "Add at least %s entries.", count) % count


def _at_most_rows(count: int) -> str:
    return ngettext("Keep at most %s entry.", "Keep at most %s entries.", count) % count


_COUNTED: Mapping[str, Callable[[int], str]] = {
    "string_too_short": _at_least_characters,
    "string_too_long": _at_most_characters,
    "too_short": _at_least_rows,
    "too_long": _at_most_rows,
}
