"""Start-up checks: decisions are kept as safely as promised, and clocks agree."""

import time
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

FULL = 2
WRITE_AHEAD = "wal"
SKEW = 5.0  # seconds this clock and the database's may be apart; leases take 30


@register(Tags.database)
def sqlite_is_durable(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[CheckMessage]:
    """Refuse SQLite settings under which a power cut could undo a decision."""
    return [
        problem
        for alias in databases or ()
        if connections[alias].vendor == "sqlite"
        for problem in _problems(alias)
    ]


@register(Tags.database)
def clocks_agree(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[CheckMessage]:
    """Refuse a clock by which others' leases would seem over, or timers due."""
    return [
        Error(
            f"Database {alias!r}: its clock and this machine's are {skew:.0f} s apart. "
            "Leases would be taken from living workers, or timers fire at wrong times.",
            hint="Set this machine's clock (NTP), or the database server's.",
            id="config.E003",
        )
        for alias in databases or ()
        if (skew := abs(_skew(alias))) > SKEW
    ]


@register(Tags.database)
def postgresql_is_durable(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[CheckMessage]:
    """Refuse a PostgreSQL that acknowledges a commit before it is on the disk."""
    return [
        Error(
            f"Database {alias!r}: synchronous_commit is off. A crash of its server "
            "could undo what was acknowledged.",
            hint="Set synchronous_commit=on for its server, role, database and URL.",
            id="config.E004",
        )
        for alias in databases or ()
        if connections[alias].vendor == "postgresql"
        and _setting(alias, "synchronous_commit") == "off"
    ]


def _setting(alias: str, name: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def _skew(alias: str) -> float:
    """Seconds the database's clock is ahead; SQLite has none of its own."""
    if connections[alias].vendor == "sqlite":
        return 0.0
    with connections[alias].cursor() as cursor:
        asked = time.time()
        cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
        answered = time.time()
        theirs = float(cursor.fetchone()[0])
    return theirs - (asked + answered) / 2


def _problems(alias: str) -> list[CheckMessage]:
    connection = connections[alias]
    with connection.cursor() as cursor:
        journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    problems: list[CheckMessage] = []
    if journal != WRITE_AHEAD or synchronous < FULL:
        problems.append(
            Error(
                f"Database {alias!r}: journal_mode is {journal}, synchronous is "
                f"{synchronous}. A power cut could undo what was acknowledged.",
                hint="Set PRAGMA journal_mode=WAL and synchronous=FULL on connecting.",
                id="config.E001",
            )
        )
    if connection.settings_dict["OPTIONS"].get("transaction_mode") != "IMMEDIATE":
        problems.append(
            Error(
                f"Database {alias!r}: transactions are not IMMEDIATE. Writers that "
                "meet would fail instead of waiting for each other.",
                hint='Set OPTIONS["transaction_mode"] = "IMMEDIATE".',
                id="config.E002",
            )
        )
    return problems
