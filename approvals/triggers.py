"""The database's own refusal to change what is append-only, in each one's dialect.

An audit row can be neither changed nor deleted; a decision or a comment cannot be
changed, and goes only with its run (``Approval.purged``). Whoever owns the database can
drop a trigger; what is done then, ``audit.verify`` finds.

SQLite rebuilds a table to alter it and loses its triggers: a later migration that
alters one of these tables ends with ``install``. A test counts them.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

NAMES = (
    "approvals_auditrow_no_update",
    "approvals_auditrow_no_delete",
    "approvals_decision_no_update",
    "approvals_decision_no_delete",
    "approvals_approvalcomment_no_update",
    "approvals_approvalcomment_no_delete",
)
GO_WITH_RUN = {"approvals_decision_no_delete", "approvals_approvalcomment_no_delete"}

NOT_PURGED = (
    "EXISTS (SELECT 1 FROM approvals_approval "
    "WHERE id = OLD.approval_id AND NOT purged)"
)

REFUSE = """
CREATE OR REPLACE FUNCTION approvals_refuse() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$ LANGUAGE plpgsql
"""

REFUSE_UNLESS_PURGED = f"""
CREATE OR REPLACE FUNCTION approvals_refuse_unless_purged() RETURNS trigger AS $$
BEGIN
    IF {NOT_PURGED} THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$ LANGUAGE plpgsql
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers of all tables there are in place; harmless when they are."""
    drop(connection)
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(REFUSE)
            cursor.execute(REFUSE_UNLESS_PURGED)
        for name in NAMES:
            if _table(name) in tables:
                cursor.execute(_create(name, connection.vendor))


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: to empty a database, or to leave the app."""
    with connection.cursor() as cursor:
        for name in installed(connection):
            table = f" ON {_table(name)}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def installed(connection: BaseDatabaseWrapper) -> set[str]:
    """Which of the triggers the database has."""
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()} & set(NAMES)


def _create(name: str, vendor: str) -> str:
    table, operation = _table(name), name.rpartition("_")[2].upper()
    goes_with_run = name in GO_WITH_RUN
    event = f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW"
    if vendor == "postgresql":
        suffix = "_unless_purged" if goes_with_run else ""
        return f"{event} EXECUTE FUNCTION approvals_refuse{suffix}()"
    condition = f" WHEN {NOT_PURGED}" if goes_with_run else ""
    message = f"SELECT RAISE(ABORT, '{table} is append-only');"
    return f"{event}{condition} BEGIN {message} END"


def _table(name: str) -> str:
    return name.partition("_no_")[0]
