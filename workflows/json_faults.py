"""How large a payload may be, and what exactly is wrong with one that doesn't pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from workflows.errors import PayloadRejected

Loc: TypeAlias = tuple[str | int, ...]
SAFE_INTEGER: Final = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large one payload may be; every object, array and scalar is a value."""

    max_bytes: int = 256 * 1024
    max_depth: int = 32
    max_values: int = 10_000
    max_integer: int = SAFE_INTEGER


class RepeatedKey(dict[str, Any]):
    """An object that gave ``key`` twice."""

    key = ""


class HugeInteger(int):
    """Stands in for an integer longer than Python reads."""


def faults(value: object, within: Limits) -> Iterator[PayloadRejected]:
    """The first thing that is wrong, in reading order; nothing if only the size is."""
    ahead: list[tuple[object, Loc]] = [(value, ())]
    count = 0
    while ahead:
        item, loc = ahead.pop()
        count += 1
        if count > within.max_values:
            message = f"more than {within.max_values} values"
            yield rejected((), message, "too_many_values")
            return
        fault = _fault(item, loc, within)
        if fault is not None:
            yield fault
            return
        if isinstance(item, dict):
            members = [(member, (*loc, key)) for key, member in item.items()]
            ahead += reversed(members)
        elif isinstance(item, list):
            ahead += [(item[at], (*loc, at)) for at in range(len(item) - 1, -1, -1)]


def _fault(item: object, loc: Loc, within: Limits) -> PayloadRejected | None:
    if item is None or isinstance(item, bool):
        return None
    if isinstance(item, str):
        return _text_fault(item, loc)
    if isinstance(item, int | float):
        return _number_fault(item, loc, within)
    if not isinstance(item, dict | list):
        return _foreign(item, loc)
    if len(loc) >= within.max_depth:
        return too_deep(loc, within)
    if isinstance(item, RepeatedKey):
        return rejected((*loc, item.key), "key given twice", "duplicate_key")
    if isinstance(item, dict):
        faults = (_key_fault(key, loc) for key in item)
        found = next((fault for fault in faults if fault is not None), None)
        if found is not None:
            return found
    return None if type(item) in (dict, list) else _foreign(item, loc)


def _number_fault(number: float, loc: Loc, within: Limits) -> PayloadRejected | None:
    if isinstance(number, float) and number - number != 0:
        return rejected(loc, "must be a finite number", "finite_number")
    if isinstance(number, int) and (
        isinstance(number, HugeInteger) or abs(number) > within.max_integer
    ):
        return rejected(loc, "integer out of range", "integer_range")
    return None if type(number) in (int, float) else _foreign(number, loc)


def _key_fault(key: object, loc: Loc) -> PayloadRejected | None:
    if not isinstance(key, str):
        message = f"has a key that is no text but {type(key).__name__}"
        return rejected(loc, message, "key_not_text")
    return _text_fault(key, loc)


def _text_fault(text: str, loc: Loc) -> PayloadRejected | None:
    if "\0" in text:
        return rejected(loc, "NUL is not allowed", "nul")
    try:
        text.encode()
    except UnicodeEncodeError:
        return rejected(loc, "a lone surrogate is not allowed", "surrogate")
    return None if type(text) is str else _foreign(text, loc)


def _foreign(item: object, loc: Loc) -> PayloadRejected:
    return rejected(loc, f"{type(item).__name__} is not a JSON value", "not_json")


def too_deep(loc: Loc, within: Limits) -> PayloadRejected:
    return rejected(loc, f"nested deeper than {within.max_depth}", "too_deep")


def too_large(within: Limits) -> PayloadRejected:
    return rejected((), f"larger than {within.max_bytes} bytes", "too_large")


def rejected(loc: Loc, message: str, kind: str) -> PayloadRejected:
    shown: list[str | int] = [
        key if isinstance(key, int) else _showable(key) for key in loc
    ]
    place = ".".join(map(str, shown))
    return PayloadRejected(
        f"{place}: {message}" if place else message,
        [{"loc": shown, "msg": message, "type": kind}],
    )


def _showable(key: str) -> str:
    """A key that can itself be written as JSON: the error goes out again."""
    return key.encode(errors="replace").decode().replace("\0", "\ufffd")
