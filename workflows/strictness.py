"""Pydantic's own schemas, adjusted: nothing unknown in, nothing lost on the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeAlias

from pydantic import Secret, SecretBytes, SecretStr
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, NoDefault
from pydantic_core import CoreSchema, SchemaSerializer, SchemaValidator, core_schema

from workflows.errors import SchemaMismatch
from workflows.json_gate import Loc

Node: TypeAlias = dict[str, Any]

_WITH_CONFIG: Final = ("model", "dataclass", "typed-dict")
_OPAQUE: Final = ("cls", "default", "expected", "metadata")
_MAX_EXPONENT: Final = 50
_SECRETS: Final = (Secret, SecretStr, SecretBytes)


def closed_validator(
    schema: CoreSchema, *, loc_by_alias: bool = False
) -> SchemaValidator:
    """A validator that refuses unknown fields where no model decides otherwise.

    It tells of a field by its name, under which it is stored, or by its alias.
    """
    refuse = partial(_refuse_unknown, loc_by_alias=loc_by_alias)
    # Not from prebuilt parts: the models' own validators would let the fields in.
    return SchemaValidator(_rewritten(schema, refuse), _use_prebuilt=False)


def faithful_serializer(schema: CoreSchema) -> SchemaSerializer:
    """A serializer whose output reads back as what went in.

    Pydantic alone writes an infinity as null and a secret as asterisks; here the gate
    gets to see the one, and the step gets the other back.
    """
    return SchemaSerializer(
        _rewritten(schema, _lose_nothing),
        {"ser_json_inf_nan": "constants"},
        _use_prebuilt=False,
    )


class MarkedJsonSchema(GenerateJsonSchema):
    """Pydantic's JSON Schema, in which every secret is marked as one.

    Pydantic alone marks ``SecretStr`` and ``SecretBytes``, but no ``Secret[...]``.
    """

    def json_or_python_schema(
        self, schema: core_schema.JsonOrPythonSchema
    ) -> JsonSchemaValue:
        described = super().json_or_python_schema(schema)
        written = schema.get("serialization") or {}
        is_secret = _masks(written.get("function"))
        return {**described, "writeOnly": True} if is_secret else described

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        default = super().get_default_value(schema)
        # The serialized form of a secret is stars, which are nobody's secret.
        return NoDefault if isinstance(default, _SECRETS) else default


def ambiguous_aliases(schema: CoreSchema) -> list[str]:
    """Which aliases are another field's name, where a value could be either one's."""
    found: list[str] = []

    def look(node: Node) -> None:
        fields: Any = node.get("fields")
        if node.get("type") == "dataclass-args":
            fields = {field["name"]: field for field in fields}
        for name, field in fields.items() if isinstance(fields, dict) else ():
            for alias in _aliases(field.get("validation_alias")):
                if alias != name and alias in fields:
                    words = f"{alias!r} is a field and an alias of the field {name!r}"
                    found.append(words)

    _rewritten(schema, look)
    return found


def refuse_odd_decimals(value: object) -> None:
    """No negative zero, and no number that takes kilobytes to write out."""
    for loc, number in _decimals(value, ()):
        exponent = number.as_tuple().exponent
        fits = isinstance(exponent, int) and abs(exponent) <= _MAX_EXPONENT
        if not fits or (number.is_zero() and number.is_signed()):
            message = "number out of range"
            raise SchemaMismatch(
                message, [{"loc": list(loc), "msg": message, "type": "decimal_range"}]
            )


def _rewritten(node: Any, change: Callable[[Node], None]) -> Any:
    """A copy of a core schema, each node of it changed."""
    if isinstance(node, list | tuple):
        return type(node)(_rewritten(item, change) for item in node)
    if not isinstance(node, dict):
        return node
    copy = {
        key: item if key in _OPAQUE else _rewritten(item, change)
        for key, item in node.items()
    }
    change(copy)
    return copy


def _aliases(alias: object) -> Iterator[object]:
    """The names a field is read by: of one alias, of a path, or of several paths."""
    if isinstance(alias, str):
        yield alias
    elif isinstance(alias, list) and alias:
        if isinstance(alias[0], list):
            yield from (path[0] for path in alias if path)
        else:
            yield alias[0]


def _refuse_unknown(node: Node, *, loc_by_alias: bool) -> None:
    if node.get("type") not in _WITH_CONFIG:
        return
    config = {**(node.get("config") or {}), "loc_by_alias": loc_by_alias}
    if "extra_fields_behavior" not in config:
        config["extra_fields_behavior"] = "forbid"
        # A typed dict spells Pydantic's default out beside its configuration.
        node.pop("extra_behavior", None)
    node["config"] = config


def _lose_nothing(node: Node) -> None:
    if node.get("type") in _WITH_CONFIG:
        config = node.get("config") or {}
        node["config"] = {"ser_json_inf_nan": "constants", **config}
    function = node.get("function")
    if node.get("type") == "function-plain" and _masks(function):
        node["function"] = _revealed


def _masks(function: object) -> bool:
    """Whether it is what Pydantic writes its own secret types with."""
    name = str(getattr(function, "__name__", ""))
    home = getattr(function, "__module__", "")
    return home == "pydantic.types" and name.startswith("_serialize_secret")


def _revealed(secret: Any, _info: object) -> Any:
    return secret.get_secret_value()


def _decimals(value: object, loc: Loc) -> Iterator[tuple[Loc, Decimal]]:
    if isinstance(value, Decimal):
        yield loc, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _decimals(item, (*loc, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _decimals(item, (*loc, index))
