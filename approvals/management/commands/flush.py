"""Django's ``flush``, for a database that refuses to empty the audit chain."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.flush import Command as Flush
from django.db import DEFAULT_DB_ALIAS, connections

from approvals import triggers


class Command(Flush):
    """Empty the database: the append-only triggers stand aside and come back.

    SQLite empties a table by deleting its rows, which the triggers would refuse;
    PostgreSQL truncates, which they never see. So both do the same.
    """

    def handle(self, **options: Any) -> None:
        connection = connections[options.get("database") or DEFAULT_DB_ALIAS]
        present = triggers.installed(connection)
        if present:
            triggers.drop(connection)
        try:
            super().handle(**options)
        finally:
            if present:
                triggers.install(connection)
