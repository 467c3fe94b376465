"""Single arguments of calls: each is what it must be, or ``BadArgument`` says which.

The values themselves are never repeated in a message.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NoReturn

from workflows.errors import BadArgument

LARGEST = 2**31 - 1  # what every database's integer column takes


def refuse(name: str, what: str, kind: str) -> NoReturn:
    """Raise ``BadArgument`` for the argument ``name``, which ``what`` tells of."""
    raise BadArgument(f"{name} {what}", [{"loc": [name], "msg": what, "type": kind}])


def flags(**given: object) -> None:
    """Each is true or false; a text such as "no" would count as true."""
    for name, value in given.items():
        if not isinstance(value, bool):
            refuse(name, f"must be True or False, not {_kind(value)}", "bool_type")


def text(name: str, value: object, most: int | None = None) -> None:
    """None, or text that every database stores."""
    if value is None:
        return
    if not isinstance(value, str):
        refuse(name, f"must be text, not {_kind(value)}", "string_type")
    if not storable(value):
        refuse(name, "must have neither NUL nor lone surrogates", "string_unicode")
    if most is not None and len(value) > most:
        refuse(name, f"must have at most {most} characters", "string_too_long")


def storable(value: object) -> bool:
    """Whether it is text that may stand in a column, and so may be looked up."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def whole(name: str, value: object, least: int, most: int = LARGEST) -> None:
    """A whole number between the two; ``True`` is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(name, f"must be a whole number, not {_kind(value)}", "int_type")
    if not least <= value <= most:
        refuse(name, f"must be {least} to {most}", "int_range")


def moment(name: str, value: object) -> None:
    """None, or a ``datetime`` that says of which time zone it is."""
    if value is None:
        return
    if not isinstance(value, datetime):
        refuse(name, f"must be a datetime, not {_kind(value)}", "datetime_type")
    if value.utcoffset() is None:
        refuse(name, "must be a datetime with a time zone", "timezone_aware")
    try:
        value.astimezone(UTC)
    except OverflowError:
        refuse(name, "lies outside of the calendar", "datetime_range")


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__
