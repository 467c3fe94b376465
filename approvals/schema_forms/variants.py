"""Unions: radios that choose the variant, each variant remembering its values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from workflows.errors import FieldError
from workflows.json_gate import JSONObject, JSONValue

from . import messages
from .controls import SHOWN, VARIANT, Controls, join
from .groups import GroupField, bind_part, inside
from .shapes import Field, Info, Place, Shape
from .values import MISSING, MaybeJSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of the types of a union."""

    key: str  # in control names and, where there is a tag, in the `loc` of errors
    label: str
    shape: Shape
    is_tagged: bool = False
    fixed: JSONObject  # what the tag puts into the value

    def takes(self, value: JSONValue) -> bool:
        """Whether the value was made for this variant; a tag alone says so."""
        if not self.fixed:
            return self.shape.matches(value)
        if not isinstance(value, dict):
            return False
        return all(value.get(key) == tag for key, tag in self.fixed.items())


class VariantsShape(Shape):
    """One of several shapes, told apart by a tag or by trying."""

    widget = "variants"
    is_composite = True

    def __init__(self, info: Info, variants: Iterable[Variant]) -> None:
        super().__init__(info)
        self.variants = list(variants)

    def type_label(self) -> str:
        return _("One of several")

    def fits(self, value: JSONValue) -> bool:
        return any(variant.takes(value) for variant in self.variants)

    def matches(self, value: JSONValue) -> bool:
        return any(variant.shape.matches(value) for variant in self.variants)

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        variant = self._variant_for(place, value)
        part = place.part(variant.key)
        controls.put(join(place.name, VARIANT), variant.key)
        controls.put(join(part.name, SHOWN), "1")
        variant.shape.fill(controls, part, value)

    def _variant_for(self, place: Place, value: JSONValue) -> Variant:
        """The first that takes the value, before it one that gives the very same back.

        A decimal, say, takes a number too, and would give back a text.
        """
        takers = [each for each in self.variants if each.takes(value)]
        if len(takers) == 1:
            return takers[0]
        exact = (v for v in takers if _gives_back(v.shape, place.part(v.key), value))
        return next(exact, takers[0])

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        controls.put(join(place.name, VARIANT), "")

    def _bind(self, controls: Controls, place: Place) -> Field:
        key = controls.text(join(place.name, VARIANT))
        parts = [
            self._part(variant, controls, place, is_chosen=variant.key == key)
            for variant in self.variants
        ]
        return VariantsField(self.info, place, parts)

    def _part(
        self, variant: Variant, controls: Controls, place: Place, *, is_chosen: bool
    ) -> VariantPart:
        # What was proposed counts for the variant that it was proposed for.
        proposed = place.proposed
        is_its_own = proposed is not MISSING and variant.takes(proposed)
        part = place.part(variant.key, proposed if is_its_own else MISSING)
        is_new = is_chosen and not controls.has(join(part.name, SHOWN))
        field = bind_part(variant.shape, controls, part, chosen=is_chosen)
        if field is not None:
            field.label = field.label or variant.label
        return VariantPart(
            variant=variant, is_chosen=is_chosen, is_new=is_new, field=field
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantPart:
    """A variant as one field shows it."""

    variant: Variant
    is_chosen: bool
    is_new: bool  # chosen, but not seen yet
    field: Field | None

    @property
    def key(self) -> str:
        return self.variant.key

    @property
    def label(self) -> str:
        return self.variant.label

    @property
    def shown_name(self) -> str:
        return join(self.field.name, SHOWN) if self.field else ""


class VariantsField(Field):
    """The radios and what is behind each."""

    template = "schema_forms/variants.html"
    widget = "variants"

    def __init__(
        self, info: Info, place: Place, variants: Sequence[VariantPart]
    ) -> None:
        super().__init__(info, place)
        self.variants = variants

    def value(self) -> MaybeJSON:
        chosen, field = self.chosen, self.chosen_field
        if chosen is not None and chosen.is_new:
            self.problem = str(messages.FILL_IN)
        if field is not None:
            return field.value()
        if not self.info.may_be_absent:
            self.problem = str(messages.CHOOSE_ONE)
        return None if self.info.nullable else MISSING

    def parts(self) -> Sequence[Field]:
        return [self.chosen_field] if self.chosen_field else []

    def drawn(self) -> Sequence[Field]:
        return [part.field for part in self.variants if part.field]

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        errors = list(errors)
        chosen, field = self.chosen, self.chosen_field
        if chosen is None or field is None:
            super().place_errors(errors)
        elif chosen.variant.is_tagged:
            field.place_errors(_without(chosen.key, error, field) for error in errors)
        else:
            field.place_errors(self._about_chosen(errors, chosen, field))

    def _about_chosen(
        self, errors: Sequence[FieldError], chosen: VariantPart, field: Field
    ) -> list[FieldError]:
        """What a plain union has against the type that was chosen.

        It reports what each of its types said, under names of its own, but in the
        order of the types. Errors that come from elsewhere may lack those names; then
        the ones that speak of parts of the chosen type count.
        """
        names = dict.fromkeys(str(e["loc"][0]) if e["loc"] else "" for e in errors)
        if len(names) == len(self.variants) and not names.keys() & _keys(field):
            name = list(names)[self.variants.index(chosen)]
            return [inside(e) for e in errors if e["loc"][:1] == [name]]
        known = [e for e in errors if _leads_into(field, e["loc"][:1])]
        # Two types may share a name; what stands behind it still finds its part.
        named = [inside(e) for e in errors if _leads_into(field, e["loc"][1:2])]
        return known or named or list(errors)

    @property
    def chosen(self) -> VariantPart | None:
        return next((part for part in self.variants if part.is_chosen), None)

    @property
    def chosen_field(self) -> Field | None:
        return self.chosen.field if self.chosen else None

    @property
    def variant_name(self) -> str:
        return join(self.name, VARIANT)

    @property
    def empty_label(self) -> str:
        """The radio for none of the variants, where that is an answer."""
        return _("None") if self.info.may_be_absent else ""

    @property
    def focus_id(self) -> str:
        return f"{self.id}-0"

    @property
    def first_control(self) -> Field:
        return self


def _gives_back(shape: Shape, place: Place, value: JSONValue) -> bool:
    """Whether controls filled with the value say exactly the value."""
    untouched = replace(place, proposed=value, form=replace(place.form, action=None))
    controls = Controls()
    shape.fill(controls, untouched, value)
    said = shape.bind(controls, untouched).value()
    return said is not MISSING and _written(said) == _written(value)


def _written(value: JSONValue) -> str:
    return json.dumps(value, sort_keys=True)


def _without(tag: str, error: FieldError, field: Field) -> FieldError:
    """The error without the tag that its place may begin with."""
    is_tag = bool(error["loc"]) and str(error["loc"][0]) == tag
    return inside(error) if is_tag and tag not in _keys(field) else error


def _keys(field: Field) -> set[str]:
    return set(field.fields) if isinstance(field, GroupField) else set()


def _leads_into(field: Field, loc: Sequence[str | int]) -> bool:
    """Whether the place begins with a part of what the field holds."""
    if not loc:
        return False
    if isinstance(field, GroupField):
        return str(loc[0]) in field.fields
    value = field.value()
    if isinstance(value, list):
        return isinstance(loc[0], int) and 0 <= loc[0] < len(value)
    return isinstance(value, dict) and loc[0] in value
