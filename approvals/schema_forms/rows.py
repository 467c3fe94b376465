"""Lists: rows that can be added, removed and moved without a script.

A row is known by a key of its own, which it keeps while rows around it come and go;
the order of the rows is the order in which the page posts their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _

from workflows.errors import FieldError
from workflows.json_gate import JSONValue

from .controls import ROW, Controls, join
from .groups import by_part, given, inside
from .row_keys import moved, new_key, posted_keys, row_place
from .shapes import Field, Info, Place, Shape, ShapeMaker
from .values import MAX_ROWS, MISSING, MaybeJSON

MAX_BLANK_ROWS: Final = 3


@dataclass(kw_only=True, slots=True)
class Row:
    """One row as its list shows it."""

    key: str
    label: str
    field: Field
    is_first: bool
    is_last: bool
    name_field: Field | None = None  # of a mapping
    focus: str = ""  # the button that was pressed


class RowsShape(Shape):
    """What lists and mappings share: the keys of their rows."""

    is_composite = True

    def __init__(self, info: Info, item: ShapeMaker) -> None:
        super().__init__(info)
        self._maker = item

    @cached_property
    def item(self) -> Shape:
        return self._maker()

    def type_label(self) -> str:
        return _("List")

    @property
    def max_rows(self) -> int:
        given = self.info.hints.get("maxItems", self.info.hints.get("maxProperties"))
        return min(given, MAX_ROWS) if isinstance(given, int) else MAX_ROWS

    @property
    def min_rows(self) -> int:
        given = self.info.hints.get("minItems", self.info.hints.get("minProperties"))
        return given if isinstance(given, int) else 0

    def fill_row(
        self, controls: Controls, place: Place, key: str, value: MaybeJSON
    ) -> None:
        """Write one row into the controls."""
        self.item.fill(controls, row_place(place, key), value)

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        # Rows that must be there anyway save a turn to the server.
        count = min(self.min_rows, MAX_BLANK_ROWS)
        self._fill_rows(controls, place, [MISSING] * count)

    def _fill_rows(
        self, controls: Controls, place: Place, values: Sequence[MaybeJSON]
    ) -> None:
        keys = [str(number) for number in range(len(values))]
        controls.put(join(place.name, ROW), *keys)
        for key, value in zip(keys, values, strict=True):
            self.fill_row(controls, place, key, value)

    def rows_after_action(self, controls: Controls, place: Place) -> list[str]:
        """The keys of the rows in order, after the button that was pressed, if any."""
        keys = posted_keys(controls, place)
        action = place.form.action
        if action is None or action.name != place.name or place.read_only:
            return keys
        if action.verb == "add":
            return self._with_new_row(keys, controls, place)
        return moved(keys, action)

    def _with_new_row(
        self, keys: list[str], controls: Controls, place: Place
    ) -> list[str]:
        if len(keys) >= self.max_rows or controls.full:
            return keys
        key = new_key(keys, place)
        self.fill_row(controls, place, key, MISSING)
        return [*keys, key]


class ListShape(RowsShape):
    """Any number of items of one shape."""

    widget = "list"

    def fits(self, value: JSONValue) -> bool:
        return isinstance(value, list) and len(value) <= MAX_ROWS

    def matches(self, value: JSONValue) -> bool:
        if not isinstance(value, list) or not self.fits(value):
            return False
        return all(
            (item is None and self.item.info.nullable) or self.item.matches(item)
            for item in value
        )

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        self._fill_rows(controls, place, value if isinstance(value, list) else [])

    def _bind(self, controls: Controls, place: Place) -> Field:
        keys = self.rows_after_action(controls, place)
        fields = [self.item.bind(controls, row_place(place, key)) for key in keys]
        return ListField(self, place, keys, fields)


class RowsField(Field):
    """Rows, the button that adds one, and what to say when no more fit."""

    widget = "list"
    shape: RowsShape

    def __init__(self, shape: RowsShape, place: Place, keys: Sequence[str]) -> None:
        super().__init__(shape.info, place)
        self.shape = shape
        self.keys = keys

    @property
    def row_name(self) -> str:
        return join(self.name, ROW)

    @property
    def may_add(self) -> bool:
        return not self.read_only and len(self.keys) < self.shape.max_rows

    @property
    def may_move(self) -> bool:
        return not self.read_only

    @property
    def add_has_focus(self) -> bool:
        return self.autofocus or self.place.asks("remove")

    def label_of_row(self, number: int) -> str:
        if item := self.shape.item.row_label:
            return f"{item} {number + 1}"
        words = _("%(list)s, item %(number)s")
        return words % {"list": self.info.label, "number": number + 1}

    def focus_of_row(self, key: str, *, is_first: bool, is_last: bool) -> str:
        """Which of the row's buttons was pressed, or stands in for it."""
        action = self.place.form.action
        if action is None or (action.name, action.row) != (self.name, key):
            return ""
        if action.verb == "up":
            return "down" if is_first else "up"
        if action.verb == "down":
            return "up" if is_last else "down"
        return ""

    def row(self, number: int, field: Field) -> Row:
        key = self.keys[number]
        is_first, is_last = number == 0, number == len(self.keys) - 1
        return Row(
            key=key,
            label=self.label_of_row(number),
            field=field,
            is_first=is_first,
            is_last=is_last,
            focus=self.focus_of_row(key, is_first=is_first, is_last=is_last),
        )


class ListField(RowsField):
    """The rows of a list."""

    template = "schema_forms/list.html"

    def __init__(
        self,
        shape: ListShape,
        place: Place,
        keys: Sequence[str],
        fields: Sequence[Field],
    ) -> None:
        super().__init__(shape, place, keys)
        self.fields = fields
        for number, field in enumerate(fields):
            field.label = self.label_of_row(number)
        if place.asks("add") and fields:
            fields[-1].first_control.autofocus = True

    def value(self) -> MaybeJSON:
        return [given(field) for field in self.fields]

    def parts(self) -> Sequence[Field]:
        return self.fields

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        for index, those in by_part(errors).items():
            if isinstance(index, int) and 0 <= index < len(self.fields):
                self.fields[index].place_errors(map(inside, those))
            else:
                super().place_errors(those)

    @property
    def rows(self) -> list[Row]:
        return [self.row(number, field) for number, field in enumerate(self.fields)]
