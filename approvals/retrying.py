"""Once more, when PostgreSQL sacrificed a transaction so that others could go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

T = TypeVar("T")
ATTEMPTS = 3
VICTIM = frozenset({"40P01", "40001"})  # deadlock detected, serialization failure


def retried(transact: Callable[[], T]) -> T:
    """What a transaction gives; it is tried again if it fell victim to others.

    Inside a caller's transaction it is tried once: what was lost is more than ours.
    """
    for _attempt in range(ATTEMPTS - 1):
        try:
            return transact()
        except OperationalError as error:
            sqlstate = getattr(error.__cause__, "sqlstate", None)
            if sqlstate not in VICTIM or connection.in_atomic_block:
                raise
    return transact()
