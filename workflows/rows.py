"""Statements and whole rows by plain SQL, for what happens in every run.

The ORM composes each statement anew, which costs 0.25 to 0.6 ms; these are composed
once per model and go straight to the driver, which keeps them prepared. Only the
modules that own a table may write it by these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import AutoField, Field, Model

Row = TypeVar("Row", bound=Model)
PART = 50  # rows in one statement: every database accepts so many values


def execute(sql: str, values: Sequence[Any] = ()) -> Any:
    """Execute one statement; gives a cursor with ``rowcount`` and the rows.

    Django's own cursor takes longer than most statements. It is used all the same
    where somebody looks on: a wrapper, ``CaptureQueriesContext``.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.execute_wrappers or database.queries_logged:
        watched = database.cursor()
        watched.execute(sql, values)
        return watched
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        if database.vendor == "sqlite":
            return database.connection.execute(_for_sqlite(sql), values)
        cursor = database.Database.Cursor(database.connection)  # type: ignore[attr-defined]
        return cursor.execute(sql, values)


@lru_cache(maxsize=512)
def _for_sqlite(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")


@lru_cache(maxsize=256)
def stored_time(at: datetime | None) -> Any:
    """A time as the database takes it."""
    return connection.ops.adapt_datetimefield_value(at)


@cache
def _columns(model: type[Model]) -> str:
    return ", ".join(str(field.column) for field in model._meta.concrete_fields)


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def select_rows(
    model: type[Row], column: str, values: Sequence[str], *, lock: bool = False
) -> list[Row]:
    """The rows whose ``column`` has one of the values, in the order of that column.

    With ``lock`` they are locked until the transaction ends, in that order.
    """
    return [_row(model, found) for found in _found(model, column, values, lock)]


def _found(
    model: type[Model], column: str, values: Sequence[str], lock: bool
) -> Iterator[Sequence[Any]]:
    ending = " FOR UPDATE" if lock and connection.features.has_select_for_update else ""
    for start in range(0, len(values), PART):
        part = sorted(values)[start : start + PART]
        marks = ", ".join(["%s"] * len(part))
        yield from execute(
            f"SELECT {_columns(model)} FROM {model._meta.db_table} "
            f"WHERE {column} IN ({marks}) ORDER BY {column}{ending}",
            part,
        ).fetchall()


def _row(model: type[Row], found: Sequence[Any]) -> Row:
    return model.from_db(connection.alias, _names(model), [_moment(v) for v in found])


def _moment(value: Any) -> Any:
    """A stored time, aware; SQLite keeps it in UTC without saying so."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def database_now() -> datetime:
    """The time on the database's clock; moves on within a transaction."""
    function = (
        "STATEMENT_TIMESTAMP()"
        if connection.vendor == "postgresql"
        else "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"
    )
    (now,) = execute(f"SELECT {function}").fetchone()
    now = datetime.fromisoformat(now) if isinstance(now, str) else now
    return cast(datetime, _moment(now))


def insert_rows(model: type[Row], rows: Sequence[Row]) -> None:
    """Store new rows; the database numbers those whose key is a number."""
    names, marks, fields = _to_insert(model)
    for start in range(0, len(rows), PART):
        part = rows[start : start + PART]
        values = [
            _stored(field, getattr(row, field.attname))
            for row in part
            for field in fields
        ]
        execute(
            f"INSERT INTO {model._meta.db_table} ({names}) "
            f"VALUES {', '.join([marks] * len(part))}",
            values,
        )


def row_values(row: Model) -> tuple[str, str, list[Any]]:
    """What one new row is inserted by: names of columns, marks, values."""
    names, marks, fields = _to_insert(type(row))
    return (
        names,
        marks,
        [_stored(field, getattr(row, field.attname)) for field in fields],
    )


@cache
def _to_insert(model: type[Model]) -> tuple[str, str, list[Field[Any, Any]]]:
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, AutoField)]
    names = ", ".join(str(field.column) for field in fields)
    return names, f"({', '.join(['%s'] * len(fields))})", fields


def _stored(field: Field[Any, Any], value: Any) -> Any:
    """A value as the driver takes it; the field is asked only where it has a say."""
    kind = type(value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is str and not field.is_relation:
        return value
    if kind is datetime:
        return stored_time(value)
    return field.get_db_prep_save(value, connection)
