"""Which texts of a payload are secret by its schema, and the payload without them.

A text is secret where any schema that might describe it says so, whichever variant of
a union the value is: to mask too much is a nuisance, to mask too little a leak.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Final, TypeAlias

from workflows.json_gate import JSONObject, JSONValue

MASK: Final = "••••••"

Path: TypeAlias = tuple[str | int, ...]

_MOST_HOPS: Final = 64


class _Gone(Enum):
    GONE = "gone"


def masked(value: JSONValue, schema: JSONValue) -> JSONValue:
    """The same value with every secret text replaced by a mask of one length."""
    result = _walked(value, _Reader(schema), MASK)
    return None if isinstance(result, _Gone) else result


def without_secrets(value: JSONValue, schema: JSONValue) -> JSONValue:
    """The same value with every secret left out: what a form may start with."""
    result = _walked(value, _Reader(schema), _Gone.GONE)
    return None if isinstance(result, _Gone) else result


def secrets_in(value: JSONValue, schema: JSONValue) -> list[tuple[Path, str]]:
    """Where each secret stands and what it says."""
    reader = _Reader(schema)
    return list(_found(value, reader, reader.start, ()))


def marks_secrets(schema: JSONValue) -> bool:
    """Whether anything that the schema describes is secret."""
    if isinstance(schema, dict):
        return _is_marked(schema) or any(map(marks_secrets, schema.values()))
    return isinstance(schema, list) and any(map(marks_secrets, schema))


class _Reader:
    """All schemas that might describe a part; references followed, bounded."""

    def __init__(self, schema: JSONValue) -> None:
        root = _object(schema)
        self._definitions = _object(root.get("$defs"))
        self.start = self._spread([root])

    def inside(self, schemas: Sequence[JSONObject], key: str | int) -> list[JSONObject]:
        """What might describe the part under the key."""
        return self._spread(part for each in schemas for part in _parts(each, key))

    def _spread(self, schemas: Iterable[JSONObject]) -> list[JSONObject]:
        waiting, seen = list(schemas), list[JSONObject]()
        while waiting and len(seen) < _MOST_HOPS:
            one = waiting.pop()
            if one in seen:
                continue
            seen.append(one)
            reference = one.get("$ref")
            if isinstance(reference, str):
                name = reference.rpartition("/")[2]
                waiting.append(_object(self._definitions.get(name)))
            for union in ("anyOf", "oneOf", "allOf"):
                waiting += map(_object, _list(one.get(union)))
        return seen


def _walked(
    value: JSONValue,
    reader: _Reader,
    replacement: str | _Gone,
    schemas: Sequence[JSONObject] | None = None,
) -> JSONValue | _Gone:
    schemas = reader.start if schemas is None else schemas
    if isinstance(value, dict):
        parts = {
            key: _walked(part, reader, replacement, reader.inside(schemas, key))
            for key, part in value.items()
        }
        return {key: part for key, part in parts.items() if not isinstance(part, _Gone)}
    if isinstance(value, list):
        items = [
            _walked(part, reader, replacement, reader.inside(schemas, at))
            for at, part in enumerate(value)
        ]
        return [item for item in items if not isinstance(item, _Gone)]
    return replacement if _is_secret(value, schemas) else value


def _found(
    value: JSONValue, reader: _Reader, schemas: Sequence[JSONObject], path: Path
) -> Iterator[tuple[Path, str]]:
    parts: Sequence[tuple[str | int, JSONValue]] = ()
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    elif _is_secret(value, schemas):
        yield path, str(value)
    for key, part in parts:
        yield from _found(part, reader, reader.inside(schemas, key), (*path, key))


def _is_secret(value: JSONValue, schemas: Sequence[JSONObject]) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return any(map(_is_marked, schemas))


def _is_marked(schema: JSONObject) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True


def _parts(schema: JSONObject, key: str | int) -> Iterator[JSONObject]:
    if isinstance(key, int):
        prefix = _list(schema.get("prefixItems"))
        yield _object(prefix[key] if key < len(prefix) else schema.get("items"))
        return
    named = _object(schema.get("properties"))
    if key in named:
        yield _object(named[key])
        return
    yield _object(schema.get("additionalProperties"))
    yield from map(_object, _object(schema.get("patternProperties")).values())


def _object(value: JSONValue) -> JSONObject:
    return value if isinstance(value, dict) else {}


def _list(value: JSONValue) -> list[JSONValue]:
    return value if isinstance(value, list) else []
