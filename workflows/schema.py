"""One schema per payload: from Python to JSON and back, with errors that can be shown.

A schema is any type that Pydantic takes; no type means anything JSON.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Final, Literal, TypeAlias, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic.json_schema import PydanticJsonSchemaWarning
from pydantic_core import (
    PydanticSerializationError,
    SchemaError,
    SchemaSerializer,
    SchemaValidator,
)

from workflows import json_gate
from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONObject, JSONValue, Limits
from workflows.schema_faults import mismatch, not_json
from workflows.strictness import (
    MarkedJsonSchema,
    ambiguous_aliases,
    closed_validator,
    faithful_serializer,
    refuse_odd_decimals,
)

Mode: TypeAlias = Literal["validation", "serialization"]

# Infinity stays infinity here, so that the gate sees it; Pydantic would write null.
_ANYTHING: Final[TypeAdapter[Any]] = TypeAdapter(
    Any, config=ConfigDict(ser_json_inf_nan="constants")
)
_ANY_TYPES: Final = (None, Any, object)
_BOUNDS: Final = ("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum")


class UnusableType(TypeError):
    """The type can't serve as a schema; the message says why."""


class Schema:
    """What one payload must look like. Built once per type."""

    _known: ClassVar[dict[tuple[int, bool], Schema]] = {}

    def __init__(self, type_: Any, *, optional: bool = False) -> None:
        self.type_ = None if any(type_ is one for one in _ANY_TYPES) else type_
        self.optional = optional

    @classmethod
    def of(cls, type_: Any, *, optional: bool = False) -> Schema:
        """The schema of ``type_``, the same object each time.

        ``optional`` lets ``None`` pass beside the type, unlisted in the JSON Schema.
        """
        key = (id(type_), optional)
        found = cls._known.get(key)
        if found is None:
            # The schema keeps its type alive, so no other type can get this id.
            found = cls._known.setdefault(key, cls(type_, optional=optional))
        return found

    def __repr__(self) -> str:
        return f"Schema.of({self.type_!r})"

    @property
    def is_any(self) -> bool:
        """Whether anything JSON fits."""
        return self.type_ is None

    def json_schema(self, mode: Mode = "validation") -> JSONObject:
        """The JSON Schema of what goes in, or (``serialization``) of what comes out.

        Fields stand there by the names that values are stored under; an alias is read
        as well, and never written.
        """
        text = self._json_schemas.get(mode)
        if text is None:
            text = self._json_schemas[mode] = _strictly(self._json_schema(mode))
        schema: JSONObject = json.loads(text)
        return schema

    def accept(self, value: object) -> JSONValue:
        """What Python code gave, as JSON, by the model's own configuration.

        Plain JSON values are read as JSON, so that what was dumped is accepted again
        (dates as text under a strict model, say); all else is validated as Python.
        """
        if self.optional and value is None:
            return None
        if self._is_plain_text(value):
            return self._gated(value)
        if self.is_any:
            return self._gated(_jsonable(value))
        return self._gated(self._dumped(self._validated(value)))

    def dump(self, value: object) -> JSONValue:
        """What a step returned, as JSON; fails as ``accept`` does."""
        return self.accept(value)

    def accept_strict(self, value: JSONValue) -> JSONValue:
        """What a person or a client sent, as JSON with the defaults filled in.

        Nothing is coerced, and unknown fields are refused unless the model's own
        configuration says what happens to them.
        """
        json_gate.check(value, self._limits)
        if self.is_any:
            return json_gate.loads(json_gate.dumps(value))
        validated = self._strictly_parsed(json_gate.dumps(value), value)
        refuse_odd_decimals(self._adapter.dump_python(validated, warnings=False))
        return self._gated(self._dumped(validated))

    def fields_given(self, value: JSONObject) -> set[str]:
        """Which fields an accepted value gives itself, under their own names."""
        parsed = None if self.is_any else self._parsed(json_gate.dumps(value), value)
        given: set[str] = getattr(parsed, "model_fields_set", set(value))
        return given

    def load(self, value: JSONValue) -> Any:
        """Stored JSON, as the step sees it; never the stored object itself."""
        if self.optional and value is None:
            return None
        if self._is_plain_text(value):
            return value
        text = json_gate.dumps(value)
        return json_gate.loads(text) if self.is_any else self._parsed(text, value)

    def _is_plain_text(self, value: object) -> bool:
        """Text where any text fits: nothing to read or to copy, however long."""
        return type(value) is str and (self.is_any or self.type_ is str)

    def _validated(self, value: object) -> Any:
        if json_gate.passes(value, self._limits):
            return self._parsed(json_gate.dumps(cast(JSONValue, value)), value)
        try:
            return self._adapter.validate_python(value, by_alias=True, by_name=True)
        except ValidationError:
            plain = _without_models(value)
        # An instance of another class than the one declared: its fields may fit.
        try:
            return self._adapter.validate_python(plain, by_alias=True, by_name=True)
        except ValidationError as error:
            found = mismatch(error, plain)
        raise found  # outside of ``except``: the error caught shows the values given

    def _parsed(self, text: str, value: object) -> Any:
        try:
            return self._adapter.validate_json(text, by_alias=True, by_name=True)
        except ValidationError as error:
            found = mismatch(error, value)
        raise found

    def _strictly_parsed(self, text: str, value: object) -> Any:
        found: list[SchemaMismatch] = []
        for validator in self._strict_validators():
            try:
                return validator.validate_json(
                    text, strict=True, by_alias=True, by_name=True
                )
            except ValidationError as error:
                found.append(mismatch(error, value))
            except SystemExit as left:  # what a parser of command lines raises
                raise RuntimeError("a validator left by SystemExit") from left
        # What was sent by aliases is found under them.
        raise max(found, key=_depth)

    def _dumped(self, validated: Any) -> Any:
        try:
            return self._serializer.to_python(
                validated,
                mode="json",
                by_alias=False,
                round_trip=True,
                warnings="error",
            )
        except (PydanticSerializationError, ValueError):
            pass  # its message may show the value
        raise not_json()

    def _gated(self, value: Any) -> JSONValue:
        json_gate.check(value, self._limits)
        passed: JSONValue = value
        return passed

    @property
    def _limits(self) -> Limits:
        limits = json_gate.limits()
        widest = self._widest
        return replace(limits, max_integer=widest) if widest else limits

    @cached_property
    def _widest(self) -> int:
        """The largest integer declared beyond what is safe; 0 if there is none."""
        bounds = (
            abs(int(bound))
            for node in _nodes(self.json_schema())
            if node.get("type") == "integer"
            for bound in (node.get(name) for name in _BOUNDS)
            if isinstance(bound, int | float)
        )
        widest = max(bounds, default=0)
        return widest if widest > json_gate.SAFE_INTEGER else 0

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        type_: Any = self.type_
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(type_)
        except (PydanticUserError, SchemaError, TypeError, NameError) as error:
            raise UnusableType(_told(error)) from error
        if ambiguous := ambiguous_aliases(adapter.core_schema):
            raise UnusableType("; ".join(ambiguous))
        return adapter

    def _strict_validators(self) -> Iterator[SchemaValidator]:
        """One that tells of fields by name; after it, if there are any, by alias."""
        yield self._strict
        if self._strict_by_alias is not None:
            yield self._strict_by_alias

    @cached_property
    def _strict(self) -> SchemaValidator:
        return closed_validator(self._adapter.core_schema)

    @cached_property
    def _strict_by_alias(self) -> SchemaValidator | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
            aliased = self._described(by_alias=True)
            if aliased == self._described(by_alias=False):
                return None
        return closed_validator(self._adapter.core_schema, loc_by_alias=True)

    @cached_property
    def _serializer(self) -> SchemaSerializer:
        return faithful_serializer(self._adapter.core_schema)

    @cached_property
    def _json_schemas(self) -> dict[Mode, str]:
        return {}

    def _json_schema(self, mode: Mode) -> dict[str, Any]:
        if self.is_any:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("error", PydanticJsonSchemaWarning)
            try:
                return self._described(by_alias=False, mode=mode)
            except (PydanticUserError, PydanticJsonSchemaWarning) as error:
                raise UnusableType(_told(error)) from error

    def _described(
        self, *, by_alias: bool, mode: Mode = "validation"
    ) -> dict[str, Any]:
        return self._adapter.json_schema(
            by_alias=by_alias, mode=mode, schema_generator=MarkedJsonSchema
        )


def _depth(mismatch: SchemaMismatch) -> int:
    """How many places it names."""
    return sum(len(fault["loc"]) for fault in mismatch.errors)


def _nodes(schema: object) -> Iterator[dict[str, Any]]:
    """Every object in a JSON Schema."""
    if isinstance(schema, dict):
        yield schema
        for item in schema.values():
            yield from _nodes(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from _nodes(item)


def _jsonable(value: object) -> Any:
    try:
        return _ANYTHING.dump_python(value, mode="json", warnings="error")
    except (PydanticSerializationError, ValueError):
        pass  # its message may show the value
    raise not_json()


def _without_models(value: object) -> object:
    """The same data with model instances as plain dicts."""
    try:
        return _ANYTHING.dump_python(value, warnings=False)
    except (PydanticSerializationError, ValueError):  # it contains itself, say
        return value


def _strictly(schema: dict[str, Any]) -> str:
    try:
        return json.dumps(schema, allow_nan=False)
    except ValueError as error:
        raise UnusableType("a default or bound in it is not finite") from error


def _told(error: Exception) -> str:
    """The first line of Pydantic's message; the rest is links."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
