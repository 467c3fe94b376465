"""Statements and whole rows by plain SQL, for what happens in every run.

The ORM composes each statement anew, which costs 0.25 to 0.6 ms; these are composed
once per model and go straight to the driver, which keeps them prepared. Only the
modules that own a table may write it by these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Literal, TypeAlias, TypeVar, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import AutoField, DateTimeField, Field, Model
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)
# The weaker one lets others refer to the row meanwhile.
Lock: TypeAlias = Literal["UPDATE", "NO KEY UPDATE"]
Statement: TypeAlias = tuple[str, Sequence[Any]]
PLAIN = frozenset({str, int, bool, float, type(None)})  # taken as they are
PART = 50  # rows in one statement: every database accepts so many values


def execute(sql: str, values: Sequence[Any] = ()) -> Any:
    """Execute one statement; gives a cursor with ``rowcount`` and the rows.

    Django's own cursor takes longer than most statements. It is used all the same
    where somebody looks on: a wrapper, ``CaptureQueriesContext``.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if _is_watched(database):
        watched = database.cursor()
        watched.execute(sql, values)
        return watched
    _make_ready(database)
    try:
        if database.vendor == "sqlite":
            return database.connection.execute(_for_sqlite(sql), values)
        return _postgres_cursor(database).execute(sql, values)
    except database.Database.Error:
        with database.wrap_database_errors:
            raise


def execute_all(statements: Sequence[Statement]) -> list[int]:
    """Execute the statements in this order; gives how many rows each one changed.

    PostgreSQL gets them in one go (pipeline mode), not each after the last's answer,
    and the ``BEGIN`` of a transaction that starts with them as well.
    """
    return [cursor.rowcount for cursor in _executed(statements)]


def fetch_all(statements: Sequence[Statement]) -> list[list[Sequence[Any]]]:
    """The rows of each statement, executed as by ``execute_all``."""
    return [cursor.fetchall() for cursor in _executed(statements)]


def _executed(statements: Sequence[Statement]) -> list[Any]:
    database = connections[DEFAULT_DB_ALIAS]
    if not _gains_by_a_pipeline(database, len(statements)):
        return [execute(sql, values) for sql, values in statements]
    with database.wrap_database_errors, database.connection.pipeline():
        return [
            _postgres_cursor(database).execute(sql, values)
            for sql, values in statements
        ]


def _gains_by_a_pipeline(database: Any, statements: int) -> bool:
    """Whether more than one command is sent; a first one brings its ``BEGIN`` along."""
    if database.vendor != "postgresql" or _is_watched(database) or not statements:
        return False
    _make_ready(database)
    idle = database.connection.info.transaction_status.name == "IDLE"
    return statements > 1 or (database.in_atomic_block and idle)


def _is_watched(database: Any) -> bool:
    return bool(
        database.execute_wrappers or database.force_debug_cursor or settings.DEBUG
    )


def _make_ready(database: Any) -> None:
    """Look before asking: these are two calls of Django's for every statement."""
    if database.connection is None:
        database.ensure_connection()
    if database.needs_rollback:
        database.validate_no_broken_transaction()


def _postgres_cursor(database: Any) -> Any:
    return database.Database.Cursor(database.connection)


@cache
def on_postgresql() -> bool:
    """Whether this process's database is PostgreSQL, asked of Django once."""
    return connection.vendor == "postgresql"


@contextmanager
def bare_transaction() -> Iterator[None]:
    """A transaction without Django's work, for the statements of one ``execute_all``.

    Nothing can hang on its commit (``on_commit``), and it must not be nested. On
    PostgreSQL one statement is a transaction already.
    """
    if on_postgresql():
        yield
        return
    execute("BEGIN IMMEDIATE")
    try:
        yield
        execute("COMMIT")
    except BaseException:
        connection.connection.rollback()
        raise


def one_of(column: str, values: Sequence[Any]) -> Statement:
    """A condition that ``column`` has one of the values; one text for any number."""
    if on_postgresql():
        return f"{column} = ANY(%s)", [list(values)]
    return f"{column} IN ({', '.join(['%s'] * len(values))})", values


def locking(lock: Lock | None) -> str:
    """How a SELECT ends that locks its rows; SQLite locks with the transaction."""
    if lock and not connection.in_atomic_block:
        raise TransactionManagementError("Rows are locked in a transaction.")
    return f" FOR {lock}" if lock and on_postgresql() else ""


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
    model: type[Row], column: str, values: Sequence[Any], *, lock: Lock | None = None
) -> list[Row]:
    """The rows whose ``column`` has one of the values, in the order of that column.

    With ``lock`` they are locked until the transaction ends, in that order.
    """
    return [read_row(model, found) for found in _found(model, column, values, lock)]


def _found(
    model: type[Model], column: str, values: Sequence[Any], lock: Lock | None
) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), PART):
        part = sorted(values)[start : start + PART]
        yield from execute(*rows_statement(model, column, part, lock=lock)).fetchall()


def rows_statement(
    model: type[Model], column: str, values: Sequence[Any], *, lock: Lock | None = None
) -> Statement:
    """What ``select_rows`` executes, for a few values at a time."""
    chosen, part = one_of(column, values)
    sql = f"SELECT {_columns(model)} FROM {model._meta.db_table} WHERE {chosen}"
    return f"{sql} ORDER BY {column}{locking(lock)}", part


def read_row(model: type[Row], found: Sequence[Any]) -> Row:
    values = list(found)
    for at in _times(model):
        values[at] = read_time(values[at])
    return model.from_db(DEFAULT_DB_ALIAS, _names(model), values)


@cache
def _times(model: type[Model]) -> list[int]:
    """Which of the columns hold a time."""
    fields = enumerate(model._meta.concrete_fields)
    return [at for at, field in fields if isinstance(field, DateTimeField)]


def read_time(value: Any) -> Any:
    """A stored time, aware; SQLite keeps it in UTC without saying so."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def clock() -> str:
    """The time on the database's clock, in SQL; moves on within a transaction."""
    if on_postgresql():
        return "STATEMENT_TIMESTAMP()"
    return "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"


def database_now() -> datetime:
    """The time on the database's clock."""
    (now,) = execute(f"SELECT {clock()}").fetchone()
    now = datetime.fromisoformat(now) if isinstance(now, str) else now
    return cast(datetime, read_time(now))


def insert_rows(model: type[Row], rows: Sequence[Row]) -> None:
    """Store new rows; the database numbers those whose key is a number."""
    _insert(model, rows, "")


def insert_new(model: type[Row], rows: Sequence[Row]) -> int:
    """Store those whose key is not taken; gives how many."""
    return _insert(model, rows, f" ON CONFLICT ({model._meta.pk.column}) DO NOTHING")


def _insert(model: type[Row], rows: Sequence[Row], ending: str) -> int:
    names, marks, fields, stored = _to_insert(model)
    inserted = 0
    for start in range(0, len(rows), PART):
        part = rows[start : start + PART]
        values = [
            value if type(value) in PLAIN else _stored(field, value)
            for row in part
            for field, value in zip(fields, stored(row), strict=True)
        ]
        inserted += execute(
            f"INSERT INTO {model._meta.db_table} ({names}) "
            f"VALUES {', '.join([marks] * len(part))}{ending}",
            values,
        ).rowcount
    return inserted


@cache
def _to_insert(
    model: type[Model],
) -> tuple[str, str, list[Field[Any, Any]], Callable[[Model], tuple[Any, ...]]]:
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, AutoField)]
    names = ", ".join(str(field.column) for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    return names, marks, fields, attrgetter(*(field.attname for field in fields))


def _stored(field: Field[Any, Any], value: Any) -> Any:
    """A value as the driver takes it, where it is not taken as it is."""
    if type(value) is datetime:
        return stored_time(value)
    return field.get_db_prep_save(value, connection)
