"""From a Python type to the JSON Schema that the form is drawn from.

Pydantic's schema, plus what it leaves out and a form needs: labels of enum members,
values of default factories, limits of decimals, zones of datetimes. What has no JSON
Schema at all becomes "anything", so that there is always something to draw.
"""

import json
from collections.abc import Hashable
from enum import Enum
from typing import Any, Final, cast

from django.utils.translation import get_language
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaValue, NoDefault
from pydantic_core import core_schema

from workflows.json_gate import JSONObject
from workflows.strictness import MarkedJsonSchema

from .wording import enum_labels, humanise

# Keys of ours in the schema.
LABELS: Final = "x-labels"  # beside "enum" and "const": labels in the same order
TAGS: Final = "x-tags"  # beside "oneOf": the tag of each choice
ZONE: Final = "x-zone"  # "aware" or "naive", where the type insists


def form_schema(type_: Any) -> JSONObject:
    """The annotated JSON Schema of what `type_` accepts as JSON; None is anything.

    Made once for each language, unless a default factory has to be asked each time.
    """
    key = (type_, get_language()) if isinstance(type_, Hashable) else None
    text = _lasting.get(key)
    if text is None:
        text, is_lasting = _generated(type_)
        if key is not None and is_lasting:
            _lasting[key] = text
    return cast(JSONObject, json.loads(text))


_lasting: dict[Hashable, str] = {}


def _generated(type_: Any) -> tuple[str, bool]:
    """The schema as text, and whether it will be the same the next time."""

    class Noting(FormSchema):
        asks_factories = False

        def made_by(self, factory: Any) -> Any:
            Noting.asks_factories = True
            return super().made_by(factory)

    adapter: TypeAdapter[Any] = TypeAdapter(Any if type_ is None else type_)
    schema = adapter.json_schema(
        by_alias=False, mode="validation", schema_generator=Noting
    )
    return json.dumps(schema), not Noting.asks_factories


class FormSchema(MarkedJsonSchema):
    """Pydantic's generator; never refuses a type, tells more about each."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}

    def get_title_from_name(self, name: str) -> str:
        return humanise(name)

    def handle_invalid_for_json_schema(
        self, schema: object, error_info: str
    ) -> JsonSchemaValue:
        return {}

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        factory = schema.get("default_factory")
        if "default" not in schema and factory and not _takes_data(schema):
            schema = {**schema, "default": self.made_by(factory)}
        return super().get_default_value(schema)

    def made_by(self, factory: Any) -> Any:
        """What a default factory gives now.

        It is the author's code; when it fails here, the model will say so at the
        moment the default is truly needed.
        """
        try:
            return factory()
        except Exception:
            return NoDefault

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        described = super().enum_schema(schema)
        labels = enum_labels(schema["members"])
        if "enum" not in described:  # one member: a constant
            return described | {LABELS: labels[:1]}
        # Pydantic lists a member once more for each of its other names.
        pairs = zip(described["enum"], labels, strict=True)
        once = {json.dumps(value): (value, label) for value, label in [*pairs][::-1]}
        values, words = zip(*reversed(once.values()), strict=True)
        return described | {"enum": [*values], LABELS: [*words]}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        result = super().literal_schema(schema)
        expected = schema["expected"]
        if all(isinstance(each, Enum) for each in expected):
            result[LABELS] = enum_labels(expected)
        return result

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        return {"type": "string", "format": "decimal"}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        zone = schema.get("tz_constraint")
        return super().datetime_schema(schema) | ({ZONE: zone} if zone else {})

    def tagged_union_schema(
        self, schema: core_schema.TaggedUnionSchema
    ) -> JsonSchemaValue:
        tags = [_tag_text(tag) for tag in schema["choices"]]
        return super().tagged_union_schema(schema) | {TAGS: tags}


def _takes_data(schema: core_schema.WithDefaultSchema) -> bool:
    return bool(schema.get("default_factory_takes_data"))


def _tag_text(tag: object) -> str:
    return str(tag.value if isinstance(tag, Enum) else tag)
