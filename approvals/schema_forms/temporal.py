"""Dates and times: native controls, read in the reader's own zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from workflows.json_gate import JSONValue

from . import messages
from .controls import EXACT, Controls, join
from .json_schemas import ZONE
from .scalars import ScalarField, ScalarShape
from .shapes import FormContext, Info, Place
from .values import Unreadable

Kind: TypeAlias = Literal["date", "time", "datetime"]

# What a browser keeps; it empties a native control that is given anything else.
_NATIVE: Final = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?"),
}
_INPUT_TYPES: Final = {"date": "date", "time": "time", "datetime": "datetime-local"}
_READ: Final[dict[Kind, Callable[[str], date | time]]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
}
_MESSAGES: Final = {
    "date": messages.DATE,
    "time": messages.TIME,
    "datetime": messages.DATETIME,
}


class TemporalShape(ScalarShape):
    """A date, a time, or a moment.

    A native control knows neither zones nor microseconds. So the exact value travels
    beside the text it is shown as, and counts as long as that text is left alone.
    """

    widget: Kind

    def __init__(self, info: Info, kind: Kind) -> None:
        super().__init__(info)
        self.widget = kind
        self.field_class = TemporalField
        self.is_naive = info.hints.get(ZONE) == "naive"

    def type_label(self) -> str:
        names = {"date": _("Date"), "time": _("Time"), "datetime": _("Date and time")}
        return names[self.widget]

    def fits(self, value: JSONValue) -> bool:
        if not isinstance(value, str):
            return False
        try:
            moment = self._read(value)
        except ValueError:
            return False
        # At either end of time another zone may have no name for the moment.
        return isinstance(moment, time) or 1 < moment.year < 9999

    def text_of(self, value: JSONValue, form: FormContext) -> str:
        moment = self._read(str(value))
        if isinstance(moment, datetime):
            return _clock(_local(moment, form.zone).replace(tzinfo=None))
        if isinstance(moment, time):
            return _clock(moment.replace(tzinfo=None))
        return moment.isoformat()

    def label_of(self, value: JSONValue, form: FormContext) -> str:
        moment = self._read(str(value))
        if isinstance(moment, datetime):
            return date_format(_local(moment, form.zone), "DATETIME_FORMAT")
        if isinstance(moment, time):
            return time_format(moment, "TIME_FORMAT")
        return date_format(moment, "DATE_FORMAT")

    def parse(self, text: str, field: ScalarField) -> JSONValue:
        text = text.strip()
        if isinstance(field, TemporalField) and self._stands_for(field, text):
            return field.exact
        try:
            moment = self._read(text)
        except ValueError:
            raise Unreadable(_MESSAGES[self.widget]) from None
        if isinstance(moment, datetime) and not moment.tzinfo and not self.is_naive:
            moment = _in_zone(moment, field.place.form.zone)
        return moment.isoformat()

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        super()._fill_value(controls, place, value)
        controls.put(join(place.name, EXACT), str(value))

    def _stands_for(self, field: TemporalField, text: str) -> bool:
        exact = field.exact
        return self.fits(exact) and self.text_of(exact, field.place.form) == text

    def _read(self, text: str) -> date | time:
        if self.widget == "datetime" and len(text) <= len("2026-12-31"):
            raise ValueError(text)
        return _READ[self.widget](text)


class TemporalField(ScalarField):
    """A native control, or a plain line when its text is none a browser would keep."""

    shape: TemporalShape
    template = "schema_forms/temporal.html"

    def __init__(self, shape: TemporalShape, place: Place, controls: Controls) -> None:
        super().__init__(shape, place, controls)
        self.exact = controls.text(self.exact_name)

    @property
    def exact_name(self) -> str:
        return join(self.name, EXACT)

    @property
    def input_type(self) -> str:
        kind = self.shape.widget
        is_native = not self.text or _NATIVE[kind].fullmatch(self.text)
        return _INPUT_TYPES[kind] if is_native else "text"

    @property
    def has_seconds(self) -> bool:
        """Whether the browser must be told that this isn't about whole minutes."""
        return self.shape.widget != "date" and self.text.count(":") > 1

    def descriptions(self) -> dict[str, object]:
        return {"zone": self.zone}

    @property
    def zone(self) -> str:
        """The zone in words, where the time is one of the reader's zone."""
        if self.shape.widget != "datetime" or self.shape.is_naive:
            return ""
        return self.place.form.zone.key.replace("_", " ")


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone) if moment.tzinfo else moment


def _clock(moment: datetime | time) -> str:
    """The moment without the parts that a native control can't show."""
    if moment.microsecond:
        return moment.isoformat(timespec="milliseconds")
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment that clocks in the zone show; of two such moments the first."""
    if not 1 < moment.year < 9999:  # elsewhere it may have no name
        raise Unreadable(_MESSAGES["datetime"])
    aware = moment.replace(tzinfo=zone)
    if aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise Unreadable(
            _("Clocks in %s skip this time on that day.") % zone.key.replace("_", " ")
        )
    return aware
