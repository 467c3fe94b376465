"""Which texts of a payload are secret by its schema, and the payload without them.

A text is secret where any schema that might describe it says so, whichever variant of
a union the value is: to mask too much is a nuisance, to mask too little a leak.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
    result = _walked(value, Reader(schema), lambda _secret: MASK)
    return None if isinstance(result, _Gone) else result


def covered(value: JSONValue, schema: JSONValue) -> tuple[JSONValue, dict[str, str]]:
    """The value with a mask of its own for each secret, and the secret behind each.

    What somebody makes of it is read back with ``uncovered``.
    """
    secrets: dict[str, str] = {}

    def cover(secret: str) -> str:
        mask = f"{MASK} {len(secrets) + 1}"
        secrets[mask] = secret
        return mask

    result = _walked(value, Reader(schema), cover)
    return (None if isinstance(result, _Gone) else result), secrets


def uncovered(
    value: JSONValue, schema: JSONValue, secrets: Mapping[str, str]
) -> JSONValue:
    """The value with the secrets behind their masks; only where one may stand."""
    result = _walked(value, Reader(schema), lambda text: secrets.get(text, text))
    return None if isinstance(result, _Gone) else result


def without_secrets(value: JSONValue, schema: JSONValue) -> JSONValue:
    """The same value with every secret left out: what a form may start with."""
    result = _walked(value, Reader(schema), lambda _secret: _Gone.GONE)
    return None if isinstance(result, _Gone) else result


def without_hidden(
    value: JSONValue, shown: JSONValue, kept: Collection[Path], path: Path = ()
) -> JSONValue:
    """The value without the parts that ``shown`` hides, but for those at these places.

    An item of a list is never taken out, or its neighbours would change places: it is
    null.
    """
    if isinstance(value, dict) and isinstance(shown, dict):
        return {
            key: without_hidden(part, shown.get(key), kept, (*path, key))
            for key, part in value.items()
            if _is_seen(part, shown.get(key)) or (*path, key) in kept
        }
    if isinstance(value, list) and isinstance(shown, list):
        return [
            without_hidden(part, seen, kept, (*path, at))
            for at, (part, seen) in enumerate(zip(value, shown, strict=True))
        ]
    return value if value == shown or path in kept else None


def secrets_in(value: JSONValue, schema: JSONValue) -> list[tuple[Path, str]]:
    """Where each secret stands and what it says."""
    reader = Reader(schema)
    return list(_found(value, reader, reader.start, ()))


def marks_secrets(schema: JSONValue) -> bool:
    """Whether anything that the schema describes is secret."""
    if isinstance(schema, dict):
        return is_marked(schema) or any(map(marks_secrets, schema.values()))
    return isinstance(schema, list) and any(map(marks_secrets, schema))


def leads_to_secrets(part: JSONValue, definitions: JSONObject) -> bool:
    """Whether this part of a schema, or what it refers to, marks anything secret."""
    left, seen = [part], set[str]()
    while left:
        schema = left.pop()
        if isinstance(schema, list):
            left += schema
        elif isinstance(schema, dict):
            if is_marked(schema):
                return True
            left += schema.values()
            name = str(schema.get("$ref", "")).rpartition("/")[2]
            if name not in seen:
                seen.add(name)
                left.append(definitions.get(name))
    return False


def is_marked(schema: JSONObject) -> bool:
    """Whether the schema itself says that its value is secret."""
    return schema.get("format") == "password" or schema.get("writeOnly") is True


def secrets_but_texts(schema: JSONObject) -> Iterator[str]:
    """Where a mark stands on what is no text, and so would be shown all the same."""
    reader = Reader(schema)
    for place, part in _places(schema, str(schema.get("title", ""))):
        if is_marked(part) and not all(map(_is_text, reader.spread([part]))):
            yield place or "value"


def _is_seen(value: JSONValue, shown: JSONValue) -> bool:
    return value == shown or isinstance(value, dict | list)


class Reader:
    """All schemas that might describe a part; references followed, bounded."""

    def __init__(self, schema: JSONValue) -> None:
        root = _object(schema)
        self._definitions = _object(root.get("$defs"))
        self.start = self.spread([root])

    def inside(self, schemas: Sequence[JSONObject], key: str | int) -> list[JSONObject]:
        """What might describe the part under the key."""
        return self.spread(part for each in schemas for part in _parts(each, key))

    def anywhere_inside(self, schemas: Sequence[JSONObject]) -> list[JSONObject]:
        """What might describe a part of which neither name nor position is known."""
        return self.spread(part for each in schemas for part in _all_parts(each))

    def spread(self, schemas: Iterable[JSONObject]) -> list[JSONObject]:
        """The schemas, and those they refer to or are unions of."""
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
    reader: Reader,
    replacement: Callable[[str], str | _Gone],
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
    if isinstance(value, str) and _is_secret(value, schemas):
        return replacement(value)
    return value


def _found(
    value: JSONValue, reader: Reader, schemas: Sequence[JSONObject], path: Path
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
    return any(map(is_marked, schemas))


def _places(schema: JSONValue, place: str) -> Iterator[tuple[str, JSONObject]]:
    """Every object in a JSON Schema, and what its author calls it."""
    if isinstance(schema, list):
        for part in schema:
            yield from _places(part, place)
    if not isinstance(schema, dict):
        return
    yield place, schema
    for key, part in schema.items():
        if key in ("properties", "$defs"):
            for name, inner in _object(part).items():
                at = f"{place}.{name}" if key == "properties" and place else name
                yield from _places(inner, at)
        elif key not in ("default", "examples", "const", "enum"):
            yield from _places(part, place)


def _is_text(schema: JSONObject) -> bool:
    """Whether nothing but a text can fit; a reference or union is looked into."""
    if {"$ref", "anyOf", "oneOf", "allOf"} & schema.keys():
        return True
    if "const" in schema or "enum" in schema:
        values = _list(schema.get("enum")) or [schema.get("const")]
        return all(isinstance(value, str | None) for value in values)
    return schema.get("type") in ("string", "null")


def _parts(schema: JSONObject, key: str | int) -> Iterator[JSONObject]:
    if isinstance(key, int):
        prefix = _list(schema.get("prefixItems"))
        yield _object(prefix[key] if key < len(prefix) else schema.get("items"))
        return
    named = _object(schema.get("properties"))
    if key in named:
        yield _object(named[key])
        return
    yield from _unnamed_parts(schema)


def _all_parts(schema: JSONObject) -> Iterator[JSONObject]:
    yield from map(_object, _list(schema.get("prefixItems")))
    yield _object(schema.get("items"))
    yield from map(_object, _object(schema.get("properties")).values())
    yield from _unnamed_parts(schema)


def _unnamed_parts(schema: JSONObject) -> Iterator[JSONObject]:
    yield _object(schema.get("additionalProperties"))
    yield from map(_object, _object(schema.get("patternProperties")).values())


def _object(value: JSONValue) -> JSONObject:
    return value if isinstance(value, dict) else {}


def _list(value: JSONValue) -> list[JSONValue]:
    return value if isinstance(value, list) else []
