"""The one gate every payload passes: what is JSON here, and in which bytes.

Objects with text keys, arrays, text without NUL or lone surrogates, finite numbers,
integers a JavaScript client can hold, and limits on bytes, depth and values. A schema
that declares wider integers raises ``max_integer`` for its own payloads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from typing_extensions import TypeAliasType

from workflows.json_faults import (
    SAFE_INTEGER,
    HugeInteger,
    Limits,
    Loc,
    RepeatedKey,
    faults,
    rejected,
    too_deep,
    too_large,
)

__all__ = [
    "SAFE_INTEGER",
    "JSONObject",
    "JSONValue",
    "Limits",
    "Loc",
    "canonical",
    "check",
    "digest",
    "dumps",
    "limits",
    "loads",
    "parse",
    "passes",
]

JSONValue = TypeAliasType(
    "JSONValue",
    "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None",
)
JSONObject: TypeAlias = dict[str, JSONValue]

# Upper bounds in UTF-8 bytes, to skip measuring what can't be too large: an escaped
# control character, and the longest number with its comma.
_BYTES_PER_CHARACTER: Final = 6
_BYTES_PER_VALUE: Final = 32
# Python refuses to read longer integers, each with an error of its own.
_MAX_DIGITS: Final = 400


_DEFAULT: Final = Limits()


def limits() -> Limits:
    """The limits of this installation, from ``settings.WORKFLOWS``."""
    try:
        given: dict[str, Any] = getattr(settings, "WORKFLOWS", {})
    except ImproperlyConfigured:  # a definition read outside a Django project
        given = {}
    return _limits(
        given.get("MAX_PAYLOAD_BYTES", _DEFAULT.max_bytes),
        given.get("MAX_DEPTH", _DEFAULT.max_depth),
        given.get("MAX_VALUES", _DEFAULT.max_values),
    )


@lru_cache(maxsize=16)
def _limits(max_bytes: int, max_depth: int, max_values: int) -> Limits:
    return Limits(max_bytes=max_bytes, max_depth=max_depth, max_values=max_values)


def parse(text: str | bytes, within: Limits | None = None) -> JSONValue:
    """Read JSON from outside; whatever is wrong with it is a PayloadRejected."""
    within = within or limits()
    value = _read(_decoded(text, within), within)
    check(value, within)
    return cast(JSONValue, value)


def check(value: object, within: Limits | None = None) -> None:
    """Raise PayloadRejected, naming fault and place, unless ``value`` may be stored."""
    within = within or limits()
    if not passes(value, within):
        raise next(faults(value, within), too_large(within))


def passes(value: object, within: Limits) -> bool:
    """Whether ``value`` is plain JSON that may be stored."""
    texts: list[str] = []
    try:
        values = _count((value,), within.max_depth, within, texts)
        whole = "".join(texts)
        if not whole.isascii():
            whole.encode()
    except (_Unfit, TypeError, UnicodeEncodeError):  # TypeError: a key that is no text
        return False
    if "\0" in whole:
        return False
    bound = (
        _BYTES_PER_CHARACTER * len(whole) + _BYTES_PER_VALUE * values + 4 * len(texts)
    )
    if bound <= within.max_bytes and within.max_integer <= SAFE_INTEGER:
        return True
    return len(_encode(value).encode()) <= within.max_bytes


def dumps(value: JSONValue) -> str:
    """The text that is stored: compact, keys in the order given."""
    return _encode(value)


def loads(text: str) -> JSONValue:
    """Read what ``dumps`` or ``canonical`` wrote."""
    value: JSONValue = json.loads(text)
    return value


def canonical(value: JSONValue) -> str:
    """The one spelling of a value: sorted keys, no spaces, one form per number.

    A float without a fraction is spelled as the integer it equals (so ``-0.0`` is
    ``0``) up to 2**53 - 1; other floats as the shortest text that reads back the same.
    """
    return _encode_sorted(_one_number_form(value))


def digest(value: JSONValue) -> str:
    """SHA-256, in hex, of the canonical text: equal for equal values, everywhere."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode
_encode_sorted = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    separators=(",", ":"),
    sort_keys=True,
).encode


def _one_number_form(value: JSONValue) -> JSONValue:
    if isinstance(value, dict):
        return {key: _one_number_form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_one_number_form(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= SAFE_INTEGER:
        return int(value)
    return value


class _Unfit(Exception):
    """Something in it is not JSON as we allow it."""


def _count(items: Iterable[object], room: int, within: Limits, texts: list[str]) -> int:
    """How many values; texts and keys are gathered, to be tested as one.

    This is the hot loop of the engine: exact types, the frequent ones first.
    """
    widest = within.max_integer
    count = 0
    for item in items:
        count += 1
        kind = type(item)
        if kind is str:
            texts.append(item)  # type: ignore[arg-type]
        elif kind is int:
            if not -widest <= item <= widest:  # type: ignore[operator]
                raise _Unfit
        elif kind is dict or kind is list:
            if not room:
                raise _Unfit
            below: Any = item
            if kind is dict:
                texts += below
                below = below.values()
            count += _count(below, room - 1, within, texts)
            if count > within.max_values:  # here, so that shared parts can't explode
                raise _Unfit
        elif kind is float:
            if item - item != 0:  # type: ignore[operator] # infinite or not a number
                raise _Unfit
        elif item is not None and kind is not bool:
            raise _Unfit
    return count


def _decoded(text: str | bytes, within: Limits) -> str:
    if len(text) > within.max_bytes:
        raise too_large(within)
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            raise rejected((), "must be UTF-8 without BOM", "json_invalid") from None
    if text.startswith("\ufeff"):
        raise rejected((), "must be UTF-8 without BOM", "json_invalid")
    return text


def _read(text: str, within: Limits) -> object:
    try:
        return _read_fast(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise rejected((), f"is not JSON: {where}", "json_invalid") from None
    except RecursionError:
        raise too_deep((), within) from None
    except ValueError:  # an integer longer than Python reads
        return _read_huge(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = RepeatedKey(found)
    keys = [key for key, _ in pairs]
    repeated.key = next(key for at, key in enumerate(keys) if key in keys[:at])
    return repeated


def _integer(digits: str) -> int:
    return int(digits) if len(digits) < _MAX_DIGITS else HugeInteger()


_read_fast = json.JSONDecoder(object_pairs_hook=_object).decode
_read_huge = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer).decode
