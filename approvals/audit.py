"""The audit chain: one row per decision, each holding the hash of the row before it.

``record`` appends in the caller's transaction: no row without the change, no change
without the row. The head of the chain is moved by compare-and-set, so two writers
cannot fork it. ``verify`` finds the first row that was edited, removed, inserted or
moved; that the end was cut off shows against an exported head.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from approvals.models import AuditHead, AuditRow
from approvals.statuses import Channel
from workflows import json_gate
from workflows.json_gate import JSONObject
from workflows.rows import database_now, execute, insert_rows, select_rows

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TENANT = "default"
GENESIS = "0" * 64
ATTEMPTS = 50

HASHED = (
    "tenant",
    "seq",
    "actor_id",
    "real_actor_id",
    "on_behalf_of_id",
    "action",
    "object_type",
    "object_id",
    "run_id",
    "outcome",
    "before",
    "after",
    "version",
    "channel",
    "token_id",
    "address",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an audit row says; number, time and hashes are given by ``record``."""

    action: str
    object_id: str
    object_type: str = "approval"
    run_id: str = ""
    actor_id: int | None = None
    real_actor_id: int | None = None
    on_behalf_of_id: int | None = None
    outcome: str = ""
    before: str = ""
    after: str = ""
    version: int = 0
    channel: str = Channel.CODE
    token_id: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who is at work in this thread or task, for what the engine does on their word."""

    user_id: int | None = None
    channel: str = Channel.CODE
    token_id: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a chain, as exported and compared."""

    tenant: str
    seq: int
    hash: str

    def as_json(self) -> JSONObject:
        return {"tenant": self.tenant, "seq": self.seq, "hash": self.hash}


class ChainBroken(Exception):
    """The chain does not hold; ``seq`` is the first number at which it does not."""

    def __init__(self, seq: int, fault: str) -> None:
        super().__init__(f"Audit row {seq}: {fault}")
        self.seq = seq
        self.fault = fault


class AuditContention(Exception):
    """The head moved under every attempt to append; the transaction must fail."""


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(
    user: User | None,
    channel: Channel,
    *,
    token_id: str | None = None,
    address: str | None = None,
) -> Iterator[None]:
    """Name who cancels, deletes or resumes by hand inside this block.

    The engine's hooks hear the name, whichever of its threads writes.
    """
    person = Acting(
        user_id=user.pk if user else None,
        channel=channel,
        token_id=(token_id or "")[:128],
        address=(address or "")[:64],
    )
    token = _acting.set(person)
    try:
        yield
    finally:
        _acting.reset(token)


def who_acts(asked_by: Context | None = None) -> Acting:
    """Who the ``acting`` block round this call, or round ``asked_by``, names; else the
    program itself."""
    named = asked_by.get(_acting) if asked_by is not None else _acting.get()
    return named or Acting()


def record(*entries: Entry, tenant: str = TENANT) -> list[AuditRow]:
    """Append the entries to the chain, in the open transaction and in this order."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "An audit row is written in the transaction of what it records."
        )
    if not entries:
        return []
    for _attempt in range(ATTEMPTS):
        head, at = _head(tenant)
        rows = list(_linked(entries, head, at))
        # The compare-and-set is what keeps the chain from forking; the row lock taken
        # with the head only saves most of the losers' work.
        if _move_head(head, rows[-1]):
            insert_rows(AuditRow, rows)
            return rows
    raise AuditContention(tenant)


def head_of(tenant: str = TENANT) -> Head:
    """The end of the chain as it is now, for export."""
    head = AuditHead.objects.filter(tenant=tenant).first()
    if head is None:
        return Head(tenant=tenant, seq=0, hash=GENESIS)
    return Head(tenant=tenant, seq=head.seq, hash=head.hash)


def verify(tenant: str = TENANT, *, against: Sequence[Head] = ()) -> Head:
    """The head of a chain that holds; ``ChainBroken`` names the first fault."""
    # Rows may be appended while we read: the head of before must be among them, and
    # the head of after must not lie before the last of them.
    named: dict[int, set[str]] = defaultdict(set)
    for head in (head_of(tenant), *against):
        if head.tenant == tenant and head.seq:
            named[head.seq].add(head.hash)
    end = Head(tenant=tenant, seq=0, hash=GENESIS)
    for row in AuditRow.objects.filter(tenant=tenant).order_by("seq").iterator():
        _check_link(row, end)
        end = replace(end, seq=row.seq, hash=row.hash)
        if named.pop(row.seq, {row.hash}) != {row.hash}:
            raise ChainBroken(row.seq, "it is not the row that the head names.")
    if named:
        raise ChainBroken(end.seq + 1, "it was there and is gone.")
    if head_of(tenant).seq < end.seq:
        raise ChainBroken(end.seq, "it lies beyond the head of the chain.")
    return end


def row_hash(row: AuditRow) -> str:
    """SHA-256 over the canonical row and the hash before it."""
    facts: dict[str, str | int | None] = {name: getattr(row, name) for name in HASHED}
    facts["at"] = _instant(row.at)
    text = json_gate.canonical(dict(facts)) + row.prev
    return hashlib.sha256(text.encode()).hexdigest()


def _head(tenant: str) -> tuple[Head, datetime]:
    """The head, locked where the database can, and the time on the database's clock."""
    found = select_rows(AuditHead, "tenant", [tenant], lock="UPDATE")
    if not found:
        AuditHead.objects.bulk_create(
            [AuditHead(tenant=tenant, seq=0, hash=GENESIS)], ignore_conflicts=True
        )
        found = select_rows(AuditHead, "tenant", [tenant], lock="UPDATE")
    return Head(tenant=tenant, seq=found[0].seq, hash=found[0].hash), database_now()


def _move_head(head: Head, last: AuditRow) -> bool:
    moved = execute(
        f"UPDATE {AuditHead._meta.db_table} SET seq = %s, hash = %s "
        "WHERE tenant = %s AND seq = %s",
        [last.seq, last.hash, head.tenant, head.seq],
    )
    return bool(moved.rowcount == 1)


def _linked(entries: Sequence[Entry], head: Head, at: datetime) -> Iterator[AuditRow]:
    prev = head.hash
    for seq, entry in enumerate(entries, start=head.seq + 1):
        row = AuditRow(tenant=head.tenant, seq=seq, at=at, prev=prev, **_values(entry))
        row.hash = prev = row_hash(row)
        yield row


def _values(entry: Entry) -> Mapping[str, str | int | None]:
    return {name: getattr(entry, name) for name in entry.__slots__}


def _check_link(row: AuditRow, end: Head) -> None:
    if row.seq != end.seq + 1:
        raise ChainBroken(end.seq + 1, "it is missing.")
    if row.prev != end.hash:
        raise ChainBroken(row.seq, "it does not follow from the row before it.")
    if row.hash != row_hash(row):
        raise ChainBroken(row.seq, "its content was changed.")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
