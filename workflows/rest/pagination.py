"""Keyset pages: each page starts after the last row shown, whatever was added since.

A cursor carries the ordering's name and the last row's sort values. It is checked
like any other input, so a made-up one is a 400 and never an error of the database.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from django.db.models import F, Model, OrderBy, Q, QuerySet
from rest_framework.request import Request

from workflows.json_gate import JSONObject
from workflows.rest.problems import Refused

Row = TypeVar("Row", bound=Model)
SortValue: TypeAlias = datetime | int | str | None

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One column to sort by. Where it may be empty, the empty ones come last."""

    field: str
    kind: type[datetime] | type[int] | type[str] = datetime
    descending: bool = False
    nullable: bool = False

    def order_by(self) -> OrderBy:
        column = F(self.field)
        last = True if self.nullable else None
        return (
            column.desc(nulls_last=last)
            if self.descending
            else column.asc(nulls_last=last)
        )

    def after(self, value: SortValue) -> Q:
        """The rows that this column alone puts after `value`."""
        if value is None:
            return Q(pk__in=[])
        compare = "lt" if self.descending else "gt"
        beyond = Q(**{f"{self.field}__{compare}": value})
        return (
            beyond | Q(**{f"{self.field}__isnull": True}) if self.nullable else beyond
        )

    def same(self, value: SortValue) -> Q:
        if value is None:
            return Q(**{f"{self.field}__isnull": True})
        return Q(**{self.field: value})

    def read(self, given: object) -> SortValue:
        """The value a cursor carries; ValueError if no row can have it."""
        if given is None and self.nullable:
            return None
        if self.kind is datetime and isinstance(given, str):
            return _moment(given)
        if self.kind is int and isinstance(given, int) and abs(given) < 2**31:
            return int(given)
        if self.kind is str and isinstance(given, str) and given.isprintable():
            return given
        raise ValueError(self.field)


Ordering: TypeAlias = tuple[Key, ...]
"""Columns to sort by; the last one is unique."""


def newest_first(field: str) -> Ordering:
    return (
        Key(field=field, descending=True),
        Key(field="pk", kind=str, descending=True),
    )


def oldest_first(field: str) -> Ordering:
    return (Key(field=field), Key(field="pk", kind=str))


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursor of those that follow."""

    rows: Sequence[Row]
    next_cursor: str | None

    def as_json(self, request: Request, results: Sequence[JSONObject]) -> JSONObject:
        return {
            "results": list(results),
            "next": self._next_address(request),
            "next_cursor": self.next_cursor,
        }

    def _next_address(self, request: Request) -> str | None:
        if self.next_cursor is None:
            return None
        query = request.query_params.copy()
        query["cursor"] = self.next_cursor
        return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def page_of(
    queryset: QuerySet[Row],
    *,
    orderings: Mapping[str, Ordering],
    name: str,
    limit: int,
    cursor: str | None,
) -> Page[Row]:
    """The rows after `cursor` in the ordering called `name`, which it must share."""
    keys = orderings[name]
    if cursor is not None:
        queryset = queryset.filter(_after(keys, _read(cursor, name, keys)))
    rows = list(queryset.order_by(*(key.order_by() for key in keys))[: limit + 1])
    if len(rows) <= limit:
        return Page(rows=rows, next_cursor=None)
    return Page(rows=rows[:limit], next_cursor=_write(name, keys, rows[limit - 1]))


def _after(keys: Ordering, values: Sequence[SortValue]) -> Q:
    """Later in the first column, or equal in it and later in the rest."""
    later = Q(pk__in=[])
    for key, value in reversed(list(zip(keys, values, strict=True))):
        later = key.after(value) | (key.same(value) & later)
    return later


def _write(name: str, keys: Ordering, row: Model) -> str:
    values = [_plain(getattr(row, key.field)) for key in keys]
    text = json.dumps([name, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(cursor: str, name: str, keys: Ordering) -> list[SortValue]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        cursor_name, *given = json.loads(text)
        if cursor_name != name:
            raise _refuse("The cursor belongs to a list in another order.")
        return [key.read(item) for key, item in zip(keys, given, strict=True)]
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise _refuse("This is no cursor that we gave out.") from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    # The database's own range is narrower than Python's at both ends.
    if moment.utcoffset() is None or not 1900 < moment.year < 9000:
        raise ValueError(text)
    return moment


def _refuse(detail: str) -> Refused:
    hint = "Start without a cursor and follow `next`."
    return Refused(
        400,
        f"{detail} {hint}",
        code="bad-query",
        errors=[{"parameter": "cursor", "detail": detail}],
    )
