"""A payload as a flat list: each value after the path that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from approvals import rendering
from workflows.json_gate import JSONValue

MOST = 1_000  # lines; the JSON below has them all


def lines(value: JSONValue) -> tuple[tuple[str, str], ...]:
    """Dotted path and text of each value that holds no other."""
    return tuple(islice(_leaves(value, ""), MOST))


def _leaves(value: JSONValue, path: str) -> Iterator[tuple[str, str]]:
    parts = enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, dict):
        parts = value.items()  # type: ignore[assignment]
    if not value or not isinstance(value, dict | list):
        yield path, value if isinstance(value, str) else rendering.raw_json(value)
    for name, part in parts:
        yield from _leaves(part, f"{path}.{name}" if path else str(name))
