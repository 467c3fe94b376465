"""What changed from one JSON value to another, as a JSON Patch (RFC 6902)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeGuard

from approvals.uploads import is_reference
from workflows.json_gate import JSONObject, JSONValue, canonical


def between(before: JSONValue, after: JSONValue) -> list[JSONObject]:
    """The operations that make the one into the other.

    Lists and files are replaced whole: half of two files is none.
    """
    return list(_operations(before, after, ""))


def operations(stored: JSONValue) -> tuple[JSONObject, ...]:
    """The operations of a patch as it was stored."""
    given = stored if isinstance(stored, list) else []
    return tuple(op for op in given if isinstance(op, dict))


def applied(patch: Iterable[JSONObject], value: JSONValue) -> JSONValue:
    """The value as a patch of ``between`` makes it; the one given stays as it is."""
    for op in patch:
        value = _with(value, names_in(op), op)
    return value


def names_in(op: JSONObject) -> list[str]:
    """The names that lead to what an operation changes; none for the whole value."""
    return [_unescaped(name) for name in str(op["path"]).split("/")[1:]]


def shown(
    patch: Iterable[JSONObject], hide: Callable[[JSONValue], JSONValue]
) -> list[JSONValue]:
    """The operations with their values as ``hide`` shows them in the whole value."""
    return [
        {**op, "value": _hidden(names_in(op), op["value"], hide)}
        if "value" in op
        else op
        for op in patch
    ]


def _with(value: JSONValue, names: Sequence[str], op: JSONObject) -> JSONValue:
    if not names:
        return op["value"]
    name, *rest = names
    parts = dict(value) if isinstance(value, dict) else {}
    if rest or "value" in op:
        parts[name] = _with(parts.get(name), rest, op)
    else:
        parts.pop(name, None)
    return parts


def _hidden(
    names: Sequence[str], value: JSONValue, hide: Callable[[JSONValue], JSONValue]
) -> JSONValue:
    for name in reversed(names):
        value = {name: value}
    value = hide(value)
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _operations(before: JSONValue, after: JSONValue, path: str) -> Iterator[JSONObject]:
    if _has_parts(before) and _has_parts(after):
        for name in sorted(before.keys() | after.keys()):
            place = f"{path}/{_escaped(name)}"
            if name not in after:
                yield {"op": "remove", "path": place}
            elif name not in before:
                yield {"op": "add", "path": place, "value": after[name]}
            else:
                yield from _operations(before[name], after[name], place)
    # Compared as stored: 1 and True are equal in Python.
    elif canonical(before) != canonical(after):
        yield {"op": "replace", "path": path, "value": after}


def _has_parts(value: JSONValue) -> TypeGuard[JSONObject]:
    return isinstance(value, dict) and not is_reference(value)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")
