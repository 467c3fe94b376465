"""A database nobody should work with: what of it stops a start, and what it lacks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.core.checks import Error, Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

# How PostgreSQL and SQLite call a statement about what isn't there.
NO_SUCH_THING = frozenset({"42P01", "42703", "SQLITE_ERROR"})


def require() -> None:
    """Raise ``ImproperlyConfigured``, naming fault and cure.

    The faults are those of all checks under Django's ``database`` tag. What may come
    and go, such as a broker, is never among them.
    """
    # In a thread, because whoever loads an application may run an event loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_require).result()


def waiting_migrations() -> int:
    """How many migrations the database still lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def lacks_migrations(error: BaseException | None) -> bool:
    """Whether this came of a table or column that a migration has yet to make.

    A database that does not answer is not asked a second time.
    """
    if not isinstance(error, DatabaseError):
        return False
    cause = error.__cause__
    code = getattr(cause, "sqlstate", "") or getattr(cause, "sqlite_errorname", "")
    if code not in NO_SUCH_THING:
        return False
    try:
        return waiting_migrations() > 0
    except DatabaseError:
        return False


def _require() -> None:
    try:
        connection.ensure_connection()
        found = run_checks(tags=[Tags.database], databases=["default"])
    except OperationalError as error:
        raise ImproperlyConfigured(
            f"The database does not answer ({str(error).strip()}). "
            "Start it, or correct DATABASE_URL."
        ) from error
    finally:
        connections.close_all()
    if faults := [message for message in found if isinstance(message, Error)]:
        raise ImproperlyConfigured(
            "\n".join(f"{fault.msg} {fault.hint or ''}" for fault in faults)
        )
