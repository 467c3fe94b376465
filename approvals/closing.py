"""The statements that close approvals, sent together in the closing transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from approvals.models import Approval, ApprovalCandidate
from approvals.statuses import ApprovalStatus
from workflows.rows import Statement, one_of, stored_time


def closing(
    keys: Sequence[str],
    *,
    status: str,
    outcome: str,
    channel: str,
    closed_by: int | None,
    at: datetime,
    version: int | None = None,
) -> Statement:
    """The compare-and-set behind all locks: only an open approval closes.

    With ``version`` only one that is still this one.
    """
    these, chosen = one_of("id", keys)
    values = [str(status), outcome, str(channel), closed_by, stored_time(at)]
    sql = (
        f"UPDATE {Approval._meta.db_table} SET status = %s, outcome = %s, "
        "closed_channel = %s, closed_by_id = %s, closed_at = %s "
        f"WHERE {these} AND status = %s"
    )
    values += [*chosen, str(ApprovalStatus.OPEN)]
    if version is None:
        return sql, values
    return f"{sql} AND version = %s", [*values, version]


def letting_go(keys: Sequence[str]) -> Statement:
    """Take closed approvals from the lists of those who could decide them."""
    these, values = one_of("approval_id", keys)
    table = ApprovalCandidate._meta.db_table
    return f"UPDATE {table} SET open = %s WHERE {these}", [False, *values]
