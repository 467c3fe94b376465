"""Parts with parts: a model, an optional part, a tuple."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from workflows.errors import FieldError
from workflows.json_gate import JSONObject, JSONValue

from . import messages
from .controls import ON, SHOWN, Controls, join
from .shapes import Field, Info, Place, Shape, ShapeMaker
from .values import MISSING, MaybeJSON

ON_TEXT = "1"


class GroupShape(Shape):
    """The fields of a model, in the author's order."""

    widget = "group"
    is_composite = True

    def __init__(
        self,
        info: Info,
        makers: Mapping[str, ShapeMaker],
        *,
        fixed: JSONObject | None = None,
        takes_more: bool = False,
    ) -> None:
        super().__init__(info)
        self.fixed = fixed or {}  # what a chosen variant says by being chosen
        self.takes_more = takes_more
        self._makers = {
            key: maker for key, maker in makers.items() if key not in self.fixed
        }

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        # Made when asked for, because a model may contain itself.
        return {key: maker() for key, maker in self._makers.items()}

    def type_label(self) -> str:
        return self.info.label

    def fits(self, value: JSONValue) -> bool:
        if not isinstance(value, dict):
            return False
        return not self.takes_more or not self._unknown(value)

    def matches(self, value: JSONValue) -> bool:
        if not isinstance(value, dict) or self._unknown(value):
            return False
        if any(value.get(key) != fixed for key, fixed in self.fixed.items()):
            return False
        return all(
            self._part_matches(shape, value.get(key, MISSING))
            for key, shape in self.shapes.items()
        )

    def _part_matches(self, shape: Shape, value: MaybeJSON) -> bool:
        if value is MISSING:
            return not shape.info.required
        return (value is None and shape.info.nullable) or shape.matches(value)

    def _unknown(self, value: JSONObject) -> set[str]:
        return value.keys() - self._makers.keys() - self.fixed.keys()

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        given = value if isinstance(value, dict) else {}
        for key, shape in self.shapes.items():
            shape.fill(controls, place.part(key), given.get(key, MISSING))

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        self._fill_value(controls, place, {})

    def _bind(self, controls: Controls, place: Place) -> Field:
        proposed = place.proposed if isinstance(place.proposed, dict) else {}
        fields = {
            key: shape.bind(controls, place.part(key, proposed.get(key, MISSING)))
            for key, shape in self.shapes.items()
        }
        return GroupField(self.info, place, fields, self.fixed)


class GroupField(Field):
    """A titled fieldset."""

    template = "schema_forms/group.html"
    widget = "group"

    def __init__(
        self,
        info: Info,
        place: Place,
        fields: Mapping[str, Field],
        fixed: JSONObject | None = None,
    ) -> None:
        super().__init__(info, place)
        self.fields = dict(fields)
        self.fixed = fixed or {}

    def value(self) -> MaybeJSON:
        value = dict(self.fixed)
        for key, field in self.fields.items():
            part = field.value()
            if part is not MISSING:
                value[key] = part
        return value

    def parts(self) -> Sequence[Field]:
        return list(self.fields.values())

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        for key, those in by_part(errors).items():
            field = self.fields.get(str(key))
            if field is not None:
                field.place_errors(map(inside, those))
            else:
                super().place_errors(those)


class TupleShape(GroupShape):
    """A list whose items each have a meaning of their own."""

    widget = "tuple"

    def fits(self, value: JSONValue) -> bool:
        return isinstance(value, list) and len(value) == len(self._makers)

    def matches(self, value: JSONValue) -> bool:
        if not isinstance(value, list) or not self.fits(value):
            return False
        pairs = zip(self.shapes.values(), value, strict=True)
        return all(self._part_matches(shape, item) for shape, item in pairs)

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        super()._fill_value(controls, place, _by_index(value))

    def _bind(self, controls: Controls, place: Place) -> Field:
        proposed = _by_index(place.proposed)
        fields = {
            key: shape.bind(controls, place.part(key, proposed.get(key, MISSING)))
            for key, shape in self.shapes.items()
        }
        for number, field in enumerate(fields.values(), start=1):
            field.label = field.label or f"{self.info.label} {number}"
        return TupleField(self.info, place, fields)


class TupleField(GroupField):
    """A fieldset whose value is a list."""

    def value(self) -> MaybeJSON:
        return [given(field) for field in self.fields.values()]


class OptionalShape(Shape):
    """A part that may be null: a box "Add …", and the part behind it.

    The part is drawn before it is asked for, so that it can be filled in at once. But
    inside a part that nobody has asked for the next one waits: that keeps a model
    that contains itself finite.
    """

    widget = "optional"
    is_composite = True

    def __init__(self, info: Info, inner: Shape) -> None:
        super().__init__(info)
        self.inner = inner

    def type_label(self) -> str:
        return self.inner.type_label()

    def fits(self, value: JSONValue) -> bool:
        return self.inner.fits(value)

    def matches(self, value: JSONValue) -> bool:
        return self.inner.matches(value)

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        controls.put(join(place.name, ON), ON_TEXT)
        controls.put(join(place.name, SHOWN), ON_TEXT)
        self.inner.fill(controls, place, value)

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        """The box is left alone; the part is filled when it is bound."""

    def _bind(self, controls: Controls, place: Place) -> Field:
        is_asked = place.asks("add")  # the button of a part that isn't drawn yet
        is_on = is_asked or controls.has(join(place.name, ON))
        is_new = is_on and not is_asked and not controls.has(join(place.name, SHOWN))
        inner = bind_part(self.inner, controls, place, chosen=is_on)
        if inner is not None and is_asked:
            inner.first_control.autofocus = True
        return OptionalField(self.info, place, inner, is_on=is_on, is_new=is_new)


class OptionalField(Field):
    """The box, and the part behind it while there is one to show."""

    template = "schema_forms/optional.html"
    widget = "optional"

    def __init__(
        self,
        info: Info,
        place: Place,
        inner: Field | None,
        *,
        is_on: bool,
        is_new: bool,
    ) -> None:
        super().__init__(info, place)
        self.inner = inner
        self.is_on = is_on
        self.is_new = is_new  # asked for, but not seen yet

    def value(self) -> MaybeJSON:
        if self.is_new:
            self.problem = str(messages.FILL_IN)
        if self.is_on and self.inner:
            return self.inner.value()
        return None if self.info.nullable else MISSING

    def parts(self) -> Sequence[Field]:
        return [self.inner] if self.inner and self.is_on else []

    def drawn(self) -> Sequence[Field]:
        return [self.inner] if self.inner else []

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        if self.is_on and self.inner:
            self.inner.place_errors(errors)
        else:
            super().place_errors(errors)

    @property
    def on_name(self) -> str:
        return join(self.name, ON)

    @property
    def shown_name(self) -> str:
        return join(self.name, SHOWN)

    @property
    def id(self) -> str:
        # The part behind the box stands at the same place and has its id.
        return f"{super().id}-on"

    @property
    def first_control(self) -> Field:
        return self


def bind_part(
    shape: Shape, controls: Controls, place: Place, *, chosen: bool
) -> Field | None:
    """A part that may not be chosen: its field, or None where it isn't drawn yet.

    What was on the page is read from it, also to remember what is typed into a part
    that is switched off. What wasn't starts from its defaults.
    """
    was_shown = controls.has(join(place.name, SHOWN))
    if not was_shown:
        if not chosen and (place.unchosen or controls.full):
            return None
        shape.fill(controls, place, MISSING)
    unchosen = place.unchosen + (not chosen)
    return shape.bind(controls, replace(place, unchosen=unchosen))


def given(field: Field) -> JSONValue:
    """The field's value where something must stand, as in a list."""
    value = field.value()
    if value is MISSING:
        field.problem = field.problem or str(messages.REQUIRED)
        return None
    return value


def by_part(errors: Iterable[FieldError]) -> dict[str | int | None, list[FieldError]]:
    """The errors by the part that their place begins with; None for the whole."""
    parts: dict[str | int | None, list[FieldError]] = {}
    for error in errors:
        parts.setdefault(error["loc"][0] if error["loc"] else None, []).append(error)
    return parts


def inside(error: FieldError) -> FieldError:
    """The same error, as the part that its place begins with sees it."""
    return {"loc": error["loc"][1:], "msg": error["msg"], "type": error["type"]}


def _by_index(value: MaybeJSON) -> JSONObject:
    items = value if isinstance(value, list) else []
    return {str(index): item for index, item in enumerate(items)}
