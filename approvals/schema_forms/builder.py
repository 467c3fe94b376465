"""From a JSON Schema to shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _

from approvals import uploads
from workflows import masking
from workflows.json_gate import JSONObject, JSONValue

from .choices import BoolShape, ChoiceShape, ConstantShape, ManyShape
from .files import FileShape
from .groups import GroupShape, OptionalShape, TupleShape
from .json_schemas import TAGS, form_schema
from .mappings import MappingShape
from .numbers import NumberShape
from .rows import ListShape
from .scalars import NullShape, SecretShape, TextShape
from .schema_reading import (
    dictionary,
    info_of,
    items_of,
    options_of,
    without_null,
)
from .shapes import Info, JsonShape, Shape, ShapeMaker
from .temporal import Kind, TemporalShape
from .values import MISSING
from .variants import Variant, VariantsShape
from .wording import is_authors_title, value_label

_TEMPORAL: Final[Mapping[str, Kind]] = {
    "date": "date",
    "time": "time",
    "date-time": "datetime",
}
_BYTES: Final = frozenset({"binary", "base64url", "base64"})


def shape_of(type_: Any) -> Shape:
    """The shape of a whole type."""
    return shape_of_schema(form_schema(type_))


def shape_of_schema(schema: JSONObject) -> Shape:
    """The shape of a whole type, from its annotated JSON Schema."""
    return Builder(schema).shape(schema)


class Builder:
    """Makes shapes of the parts of one schema, on demand."""

    def __init__(self, schema: JSONObject) -> None:
        self._definitions = dictionary(schema.get("$defs"))
        # Which schemas describe a part matters only where some may call it secret.
        self._reader = masking.Reader(schema) if masking.marks_secrets(schema) else None

    def shape(
        self,
        schema: JSONValue,
        *,
        name: str = "",
        required: bool = True,
        fixed: JSONObject | None = None,
        beside: Sequence[JSONObject] = (),
    ) -> Shape:
        """The shape of one part; anything that can't be drawn is JSON text.

        ``beside`` has what else may describe the same value: the variants of a union
        that this part is in.
        """
        merged, nullable = self._merged(schema)
        info = info_of(
            dictionary(schema),
            merged,
            name=name,
            required=required,
            nullable=nullable,
            beside=self._reader.spread([merged, *beside]) if self._reader else (),
        )
        drawn = self._drawn(merged, info, name, fixed or {})
        return drawn if drawn is not None else JsonShape(info)

    def _drawn(
        self, schema: JSONObject, info: Info, name: str, fixed: JSONObject
    ) -> Shape | None:
        if schema.get("widget") == "json":
            return None
        scalar = _scalar(schema, info, name)
        if scalar is not None or not info.may_be_absent or _is_union(schema):
            return scalar or self._composite(schema, info, fixed)
        # What describes the part stays at its box; the part behind it must be given.
        bare = replace(info, nullable=False, required=True, default=MISSING, help="")
        inner = self._composite(schema, bare, fixed)
        return None if inner is None else OptionalShape(info, inner)

    def _composite(
        self, schema: JSONObject, info: Info, fixed: JSONObject
    ) -> Shape | None:
        if _is_union(schema):
            return self._union(schema, info)
        if isinstance(schema.get("properties"), dict):
            return self._group(schema, info, fixed)
        if schema.get("type") == "object":
            return self._mapping(schema, info)
        if schema.get("type") == "array":
            return self._array(schema, info)
        return None

    def _group(self, schema: JSONObject, info: Info, fixed: JSONObject) -> Shape:
        required = items_of(schema.get("required"))
        makers: dict[str, ShapeMaker] = {
            key: partial(
                self.shape,
                part,
                name=key,
                required=key in required,
                beside=self._inside(info, key),
            )
            for key, part in dictionary(schema.get("properties")).items()
        }
        takes_more = schema.get("additionalProperties", False) is not False
        return GroupShape(info, makers, fixed=fixed, takes_more=takes_more)

    def _mapping(self, schema: JSONObject, info: Info) -> Shape | None:
        patterns = list(dictionary(schema.get("patternProperties")).values())
        values = patterns[0] if patterns else schema.get("additionalProperties")
        if not self._is_drawable(values):
            return None
        names, _nullable = self._merged(schema.get("propertyNames"))
        name_info = Info(label=_("Name"), hints=names)
        options = [(str(value), label) for value, label in options_of(names)]
        key = ChoiceShape(name_info, options) if options else TextShape(name_info)
        value = partial(self.shape, values, name=_("value"), beside=self._inside(info))
        return MappingShape(info, key, value)

    def _array(self, schema: JSONObject, info: Info) -> Shape | None:
        prefix, items = items_of(schema.get("prefixItems")), schema.get("items")
        if prefix and items is None:
            makers = {
                str(at): partial(self.shape, it, beside=self._inside(info, at))
                for at, it in enumerate(prefix)
            }
            return TupleShape(info, makers)
        if prefix or not self._is_drawable(items):
            return None
        options = options_of(self._merged(items)[0])
        if schema.get("uniqueItems") and options:
            return ManyShape(info, options)
        item = partial(self.shape, items, beside=self._inside(info))
        return ListShape(info, item)

    def _inside(self, info: Info, key: str | int | None = None) -> list[JSONObject]:
        """What may describe the part under the key, or any part."""
        if self._reader is None:
            return []
        if key is None:
            return self._reader.anywhere_inside(info.beside)
        return self._reader.inside(info.beside, key)

    def _union(self, schema: JSONObject, info: Info) -> Shape:
        if "discriminator" in schema:
            return VariantsShape(info, self._tagged(schema, info.beside))
        choices = items_of(schema.get("oneOf", schema.get("anyOf")))
        if all(_is_number(choice) for choice in choices):
            return NumberShape(info, "number")
        tags = items_of(schema.get(TAGS))
        is_tagged = len(tags) == len(choices)
        keys = tags if is_tagged else range(len(choices))
        return VariantsShape(
            info,
            [
                self._variant(choice, str(key), info.beside, is_tagged=is_tagged)
                for choice, key in zip(choices, keys, strict=True)
            ],
        )

    def _tagged(
        self, schema: JSONObject, beside: Sequence[JSONObject]
    ) -> list[Variant]:
        """The variants of a discriminated union; one with two tags comes twice."""
        discriminator = dictionary(schema["discriminator"])
        name = str(discriminator.get("propertyName"))
        references = dictionary(discriminator.get("mapping"))
        tags = [str(tag) for tag in items_of(schema.get(TAGS))]
        variants = []
        for tag in tags if set(tags) == references.keys() else references:
            choice: JSONObject = {"$ref": references[tag]}
            fixed = {name: self._tag_value(choice, name, tag)}
            variants.append(
                self._variant(choice, tag, beside, is_tagged=True, fixed=fixed)
            )
        return variants

    def _tag_value(self, choice: JSONObject, name: str, tag: str) -> JSONValue:
        """The tag as JSON has it; only its text is known to the schema."""
        variant, _nullable = self._merged(choice)
        field, _nullable = self._merged(dictionary(variant.get("properties")).get(name))
        values = [value for value, _label in options_of(field) if str(value) == tag]
        return values[0] if values else tag

    def _variant(
        self,
        choice: JSONValue,
        key: str,
        beside: Sequence[JSONObject],
        *,
        is_tagged: bool,
        fixed: JSONObject | None = None,
    ) -> Variant:
        merged, nullable = self._merged(choice)
        shape = self.shape(choice, fixed=fixed, beside=beside)
        title = str(merged.get("title", ""))
        if not nullable and isinstance(shape, ChoiceShape) and len(shape.options) == 1:
            shape = ConstantShape(shape.info, options_of(merged))
        label = value_label(key) if is_tagged else shape.info.label
        return Variant(
            key=key,
            label=title if is_authors_title(title) else label or shape.type_label(),
            shape=shape,
            is_tagged=is_tagged,
            fixed=fixed or {},
        )

    def _is_drawable(self, schema: JSONValue) -> bool:
        """Whether the schema says anything about its values."""
        return bool(self._merged(schema)[0].keys() - {"title", "description"})

    def _merged(self, schema: JSONValue) -> tuple[JSONObject, bool]:
        """The schema with references followed and null taken out, and if null was in.

        What stands beside a reference wins over what it refers to.
        """
        merged, nullable = dict(dictionary(schema)), False
        for _hop in range(16):
            reference = merged.pop("$ref", None)
            if isinstance(reference, str):
                name = reference.rpartition("/")[2]
                merged = dictionary(self._definitions.get(name)) | merged
            merged, had_null = without_null(merged)
            nullable = nullable or had_null
            if "$ref" not in merged:
                break
        return merged, nullable


def _scalar(schema: JSONObject, info: Info, name: str) -> Shape | None:
    if schema.get("widget") == uploads.WIDGET and "properties" in schema:
        return FileShape(info)
    if masking.is_marked(schema):  # whatever else it is, it is not to be seen
        return SecretShape(info)
    options = options_of(schema)
    if options:
        return ChoiceShape(info, options)
    kind = schema.get("type")
    if kind == "boolean":
        return BoolShape(info)
    if kind == "null":
        return NullShape(info)
    if kind == "integer":
        return NumberShape(info, "integer")
    if kind == "number":
        return NumberShape(info, "number")
    return _text(schema, info, name) if kind == "string" else None


def _text(schema: JSONObject, info: Info, name: str) -> Shape | None:
    if any(map(masking.is_marked, info.beside)):  # by a variant this is not
        return SecretShape(info)
    form = schema.get("format", "")
    if form in _BYTES:
        return None
    if form == "decimal":
        return NumberShape(info, "decimal")
    if isinstance(form, str) and form in _TEMPORAL:
        return TemporalShape(info, _TEMPORAL[form])
    return TextShape(info, name=name)


def _is_union(schema: JSONObject) -> bool:
    return "anyOf" in schema or "oneOf" in schema


def _is_number(schema: JSONValue) -> bool:
    return dictionary(schema).get("type") in {"integer", "number"}
