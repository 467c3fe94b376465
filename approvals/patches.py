"""What changed from one JSON value to another, as a JSON Patch (RFC 6902)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.json_gate import JSONObject, JSONValue, canonical


def between(before: JSONValue, after: JSONValue) -> list[JSONObject]:
    """The operations that make the one into the other; lists are replaced whole."""
    return list(_operations(before, after, ""))


def _operations(before: JSONValue, after: JSONValue, path: str) -> Iterator[JSONObject]:
    if isinstance(before, dict) and isinstance(after, dict):
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


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
