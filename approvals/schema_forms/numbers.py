"""Numbers as people type them, in the reader's own notation, without losing a digit."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal
from typing import Final, Literal

from django.utils.translation import gettext as _

from workflows.json_gate import JSONValue

from . import messages
from .scalars import ScalarField, ScalarShape
from .shapes import FormContext, Info
from .values import Unreadable

MAX_DIGITS: Final = 400
_NUMBER: Final = re.compile(r"([+-]?)([0-9., ']*[0-9][.,]?)(?:[eE]([+-]?[0-9]{1,3}))?")
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}(?:([., '])[0-9]{3})(?:\1[0-9]{3})*")


def read_number(text: str, *, separator: str, whole: bool = False) -> str:
    """The number in plain notation: digits, at most one point, perhaps an exponent.

    Takes grouped thousands and either decimal separator. What two readers could read
    as two numbers ("1,500" where the reader writes a decimal point) is refused: nobody
    should approve a thousandth of what they meant.
    """
    if len(text) >= MAX_DIGITS and text.strip("+- ").isdigit():
        raise Unreadable(messages.TOO_LARGE)
    match = _NUMBER.fullmatch(_plain(text)) if len(text) < MAX_DIGITS else None
    if match is None:
        raise Unreadable(messages.WHOLE_NUMBER if whole else messages.NUMBER)
    sign, digits, exponent = match.groups()
    number = _without_groups(digits, separator, whole=whole)
    if whole and (exponent or "." in number):
        raise Unreadable(messages.WHOLE_NUMBER)
    mark = "-" if sign == "-" else ""
    return f"{mark}{number}" + (f"E{exponent}" if exponent else "")


def _plain(text: str) -> str:
    """Full-width digits, typographic minus and spaces, as the keyboard has them."""
    text = unicodedata.normalize("NFKC", text).strip()
    return text.replace("\N{MINUS SIGN}", "-").replace(
        "\N{RIGHT SINGLE QUOTATION MARK}", "'"
    )


def _without_groups(digits: str, separator: str, *, whole: bool) -> str:
    """The digits with a point where the fraction begins, and no other mark."""
    marks = [mark for mark in digits if mark in ".,"]
    fraction_mark = _fraction_mark(digits, marks, separator, whole=whole)
    head, tail = digits, ""
    if fraction_mark:
        head, _mark, tail = digits.rpartition(fraction_mark)
    if not head.isdigit() and head != "":
        if not _GROUPED.fullmatch(head):
            raise Unreadable(messages.WHOLE_NUMBER if whole else messages.NUMBER)
        head = re.sub(r"[., ']", "", head)
    if tail and not tail.isdigit():
        raise Unreadable(messages.NUMBER)
    return f"{head or '0'}.{tail}" if tail else head or "0"


def _fraction_mark(
    digits: str, marks: list[str], separator: str, *, whole: bool
) -> str:
    """Which of the marks in the digits begins the fraction; none of them: empty."""
    if not marks:
        return ""
    last = marks[-1]
    if marks.count(last) > 1:
        return ""  # repeated, so it groups thousands
    if len(marks) > 1 or last == separator:
        return last
    could_group = _GROUPED.fullmatch(digits) is not None
    if could_group and not whole:
        raise Unreadable(_two_ways(digits, last, separator))
    return "" if could_group else last


def _two_ways(digits: str, mark: str, separator: str) -> str:
    grouped = digits.replace(mark, "")
    fraction = digits.replace(mark, separator)
    return _("Write %(grouped)s or %(fraction)s: this can be read in two ways.") % {
        "grouped": grouped,
        "fraction": fraction,
    }


class NumberShape(ScalarShape):
    """A number in a text control: no spinner, no rounding, exact decimals."""

    def __init__(self, info: Info, kind: Literal["integer", "number", "decimal"]):
        super().__init__(info)
        self.widget = kind
        self.field_class = NumberField

    def type_label(self) -> str:
        return _("Whole number") if self.widget == "integer" else _("Number")

    def fits(self, value: JSONValue) -> bool:
        if isinstance(value, bool):
            return False
        if self.widget == "integer":
            return isinstance(value, int)
        if self.widget == "number":
            return isinstance(value, int | float) and math.isfinite(value)
        return isinstance(value, int | float | str) and _is_decimal(str(value))

    def text_of(self, value: JSONValue, form: FormContext) -> str:
        plain = _in_full(str(value)) if self.widget == "decimal" else str(value)
        return plain.replace(".", form.decimal_separator)

    def parse(self, text: str, field: ScalarField) -> JSONValue:
        separator = field.place.form.decimal_separator
        number = read_number(text, separator=separator, whole=self.widget == "integer")
        if self.widget == "decimal":
            return number
        if self.widget == "integer":
            return int(number)
        value = float(number)
        if not math.isfinite(value):
            raise Unreadable(messages.NUMBER)
        # A whole number typed into a float stays the JSON it was shown from.
        return value if "." in number or "E" in number else int(number)


class NumberField(ScalarField):
    """A line with a keyboard for numbers."""

    @property
    def input_mode(self) -> str:
        return "numeric" if self.widget == "integer" else "decimal"


def _is_decimal(text: str) -> bool:
    """Whether the text is a decimal that can be written out in full."""
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", text):
        return False
    return len(_in_full(text)) < MAX_DIGITS


def _in_full(text: str) -> str:
    return format(Decimal(text), "f")
