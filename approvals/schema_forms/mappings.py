"""Mappings: rows of a name and a value, both typed by the person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext as _

from workflows.errors import FieldError
from workflows.json_gate import JSONValue

from . import messages
from .controls import ROW, Controls, join
from .groups import by_part, given, inside
from .row_keys import row_place
from .rows import Row, RowsField, RowsShape
from .scalars import ScalarField
from .shapes import Field, Info, Place, Shape, ShapeMaker
from .values import MAX_ROWS, MISSING, MaybeJSON, is_encodable

KEY, VALUE = "key", "value"
KEY_MARK: Final = "[key]"  # ends the `loc` of an error in a name


class MappingShape(RowsShape):
    """Names and values, both typed by the person."""

    widget = "mapping"

    def __init__(self, info: Info, key: Shape, item: ShapeMaker) -> None:
        super().__init__(info, item)
        self.key = key

    def type_label(self) -> str:
        return _("Names and values")

    def fits(self, value: JSONValue) -> bool:
        if not isinstance(value, dict) or len(value) > MAX_ROWS:
            return False
        return all(self._is_name(key) for key in value)

    def matches(self, value: JSONValue) -> bool:
        if not isinstance(value, dict) or not self.fits(value):
            return False
        return all(
            (item is None and self.item.info.nullable) or self.item.matches(item)
            for item in value.values()
        )

    def fill_row(
        self, controls: Controls, place: Place, key: str, value: MaybeJSON
    ) -> None:
        self._fill_pair(controls, place, key, MISSING, value)

    def _fill_pair(
        self,
        controls: Controls,
        place: Place,
        key: str,
        name: MaybeJSON,
        value: MaybeJSON,
    ) -> None:
        self.key.fill(controls, row_place(place, key).part(KEY), name)
        self.item.fill(controls, value_place(place, key), value)

    def _is_name(self, text: str) -> bool:
        # A line holds no line end, and an empty name means that none was typed.
        is_line = bool(text.strip()) and not {"\n", "\r"} & set(text)
        return is_line and is_encodable(text) and self.key.fits(text)

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        pairs = list(value.items()) if isinstance(value, dict) else []
        keys = [str(number) for number in range(len(pairs))]
        controls.put(join(place.name, ROW), *keys)
        for key, (name, item) in zip(keys, pairs, strict=True):
            self._fill_pair(controls, place, key, name, item)

    def _bind(self, controls: Controls, place: Place) -> Field:
        keys = self.rows_after_action(controls, place)
        pairs = [
            (
                self.key.bind(controls, row_place(place, key).part(KEY)),
                self.item.bind(controls, value_place(place, key)),
            )
            for key in keys
        ]
        return MappingField(self, place, keys, pairs)


class MappingField(RowsField):
    """The rows of a mapping; a row without name and value isn't there."""

    template = "schema_forms/mapping.html"
    widget = "mapping"

    def __init__(
        self,
        shape: MappingShape,
        place: Place,
        keys: Sequence[str],
        pairs: Sequence[tuple[Field, Field]],
    ) -> None:
        super().__init__(shape, place, keys)
        self.pairs = pairs
        if place.asks("add") and pairs:
            pairs[-1][0].first_control.autofocus = True

    def value(self) -> MaybeJSON:
        value: dict[str, JSONValue] = {}
        for name_field, field in self._filled_pairs():
            name = name_field.value()
            if not isinstance(name, str) or not name:
                name_field.problem = name_field.problem or str(messages.NAME_ROW)
                name = ""
            elif name in value:
                name_field.problem = str(messages.NAMED_TWICE)
            value[name] = given(field)
        return value

    def parts(self) -> Sequence[Field]:
        return [field for pair in self.pairs for field in pair]

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        for name, those in by_part(errors).items():
            pair = self._pair_named(name)
            if pair is None:
                super().place_errors(those)
                continue
            for error in map(inside, those):
                at_name = error["loc"] == [KEY_MARK]
                pair[0 if at_name else 1].place_errors([_unmarked(error)])

    def _pair_named(self, name: str | int | None) -> tuple[Field, Field] | None:
        pairs = (pair for pair in self._filled_pairs() if pair[0].value() == name)
        return next(pairs, None)

    @property
    def rows(self) -> list[Row]:
        rows = [self.row(number, pair[1]) for number, pair in enumerate(self.pairs)]
        for row, (name_field, _field) in zip(rows, self.pairs, strict=True):
            row.name_field = name_field
        return rows

    def _filled_pairs(self) -> list[tuple[Field, Field]]:
        return [pair for pair in self.pairs if not all(map(_is_blank, pair))]


def value_place(place: Place, key: str) -> Place:
    """The place of a mapping's value."""
    items = list(place.proposed.values()) if isinstance(place.proposed, dict) else []
    index = int(key)
    proposed = items[index] if index < len(items) else MISSING
    return row_place(place, key).part(VALUE, proposed)


def _unmarked(error: FieldError) -> FieldError:
    return inside(error) if error["loc"] == [KEY_MARK] else error


def _is_blank(field: Field) -> bool:
    return isinstance(field, ScalarField) and field.shape.is_blank(field.text)
