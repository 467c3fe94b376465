"""What the rules ask about a person, read anew at the moment it counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from approvals.rule_models import Delegation, ServiceAccount
from workflows.rows import (
    Lock,
    Statement,
    execute,
    fetch_all,
    locking,
    one_of,
    read_row,
    rows_statement,
    stored_time,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    Somebody: TypeAlias = User | AnonymousUser

VIEW_ALL = "approvals.view_approval"
ASSIGN = "approvals.assign_approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who is away, and for whom a person acts."""

    id: int
    name: str
    groups: frozenset[int] = frozenset()
    same_human: frozenset[int] = frozenset()
    workflow: str = ""  # the only one it holds for; empty is every one

    def __post_init__(self) -> None:
        object.__setattr__(self, "same_human", self.same_human | {self.id})

    def is_stood_in_for(self, workflow: str) -> bool:
        """Whether somebody acts for them in this workflow."""
        return self.workflow in ("", workflow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the rules ask about somebody, as it is now."""

    id: int | None
    active: bool
    groups: frozenset[int] = frozenset()
    # All accounts of the same human: this one, and those of their programs.
    same_human: frozenset[int] = frozenset()
    principals: tuple[Principal, ...] = ()
    views_all: Callable[[], bool] = lambda: False
    assigns: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        if self.id is not None:
            object.__setattr__(self, "same_human", self.same_human | {self.id})


NOBODY = Person(id=None, active=False)


def name_of(user: User | None) -> str:
    """How a person is called: full name, else user name; nobody is empty."""
    return user.get_full_name() or user.get_username() if user else ""


def person_of(
    user: Somebody, *, lock: bool = False, now: datetime | None = None
) -> Person:
    """Read this person anew; nothing cached on the object counts.

    With ``lock`` (inside a transaction) the account, its memberships and who it acts
    for hold still until the commit, so that a revocation comes either before the
    decision or after.
    """
    if user.pk is None:
        return NOBODY
    held: Lock | None = "NO KEY UPDATE" if lock else None
    delegations = _delegations(user.pk, now or timezone.now(), held)
    ids = sorted({user.pk, *(delegator for delegator, _ in delegations)})
    found, members, machines = fetch_all(
        [
            rows_statement(get_user_model(), "id", ids, lock=held),
            _memberships(ids, held),
            _machines(ids),
        ]
    )
    rows = [read_row(get_user_model(), values) for values in found]
    accounts = {row.pk: row for row in rows}
    current = accounts.get(user.pk)
    if current is None:
        return NOBODY
    groups, humans = _groups(ids, members), _humans(ids, machines)
    return Person(
        id=current.pk,
        active=current.is_active and not _is_shut(current.pk, machines),
        groups=groups[current.pk],
        same_human=humans[current.pk],
        principals=tuple(
            Principal(
                id=away.pk,
                name=name_of(away),
                groups=groups[away.pk],
                same_human=humans[away.pk],
                workflow=workflow,
            )
            for delegator, workflow in delegations
            if (away := accounts[delegator]).is_active
        ),
        views_all=lambda: current.has_perm(VIEW_ALL) or current.has_perm(ASSIGN),
        assigns=lambda: current.has_perm(ASSIGN),
    )


def outline_of(user: Somebody, *, now: datetime | None = None) -> Person:
    """The person for lists: one query, plain SQL, because a page asks for several."""
    if user.pk is None or not user.is_active:
        return NOBODY
    at = connection.ops.adapt_datetimefield_value(now or timezone.now())
    workflows: dict[int, set[str]] = defaultdict(set)
    humans: dict[int, set[int]] = defaultdict(set)
    groups: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_outline(), [user.pk, user.pk, at, at])
        for account, workflow, group, *others in cursor.fetchall():
            workflows[account].add(workflow)
            groups[account] |= {group} - {None}
            humans[account] |= set(others) - {None}
    if workflows.pop(user.pk, None) is None:  # a program whose owner is gone
        return NOBODY
    return Person(
        id=user.pk,
        active=True,
        groups=frozenset(groups[user.pk]),
        same_human=frozenset(humans[user.pk]),
        principals=tuple(
            Principal(
                id=account,
                name="",
                groups=frozenset(groups[account]),
                same_human=frozenset(humans[account]),
                workflow=workflow,
            )
            for account in workflows
            for workflow in workflows[account]
        ),
    )


@cache
def _outline() -> str:
    user = get_user_model()._meta.db_table
    away, machine = Delegation._meta.db_table, ServiceAccount._meta.db_table
    member = get_user_model().groups.through._meta.db_table
    return f"""
        WITH own (id, workflow) AS (
            SELECT id, '' FROM {user} WHERE id = %s AND NOT EXISTS (
                SELECT 1 FROM {machine} s JOIN {user} o ON o.id = s.owner_id
                WHERE s.user_id = {user}.id AND NOT o.is_active)
            UNION ALL
            SELECT d.delegator_id, d.workflow FROM {away} d
            JOIN {user} u ON u.id = d.delegator_id AND u.is_active
            WHERE d.delegate_id = %s AND d.starts_at <= %s AND d.ends_at > %s)
        SELECT own.id, own.workflow, NULL, s.user_id, s.owner_id FROM own
        LEFT JOIN {machine} s ON s.owner_id = own.id
        OR s.owner_id = (SELECT owner_id FROM {machine} WHERE user_id = own.id)
        UNION ALL
        SELECT own.id, own.workflow, m.group_id, NULL, NULL FROM own
        JOIN {member} m ON m.user_id = own.id
    """


# Each locks in one order always, so that two people who stand in for each other can't
# lock each other out. Plain SQL, because every act and every page asks them.


def _delegations(
    delegate: int, now: datetime, lock: Lock | None
) -> list[tuple[int, str]]:
    """For whom this account acts now, and in which workflow."""
    at = stored_time(now)
    found = execute(
        f"SELECT delegator_id, workflow FROM {Delegation._meta.db_table} "
        "WHERE delegate_id = %s AND starts_at <= %s AND ends_at > %s "
        f"ORDER BY id{locking(lock)}",
        [delegate, at, at],
    )
    return list(found.fetchall())


def _memberships(ids: Sequence[int], lock: Lock | None) -> Statement:
    these, values = one_of("user_id", ids)
    table = get_user_model().groups.through._meta.db_table
    sql = f"SELECT user_id, group_id FROM {table} WHERE {these}"
    return f"{sql} ORDER BY id{locking(lock)}", values


def _groups(
    ids: Sequence[int], memberships: Iterable[Sequence[int]]
) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for user_id, group_id in memberships:
        found[user_id].add(group_id)
    return {pk: frozenset(found[pk]) for pk in ids}


def _machines(ids: Sequence[int]) -> Statement:
    """The programs of these accounts, and of the owners of these accounts."""
    table, people = ServiceAccount._meta.db_table, get_user_model()._meta.db_table
    owned, owners = one_of("owner_id", ids)
    own, users = one_of("user_id", ids)
    sql = (
        f"SELECT user_id, owner_id, o.is_active FROM {table} "
        f"JOIN {people} o ON o.id = owner_id WHERE {owned}"
    )
    others = f"owner_id IN (SELECT owner_id FROM {table} WHERE {own})"
    return f"{sql} OR {others}", [*owners, *users]


def _is_shut(account: int, machines: Iterable[Sequence[int]]) -> bool:
    """Whether it is a program whose owner is not active."""
    return any(pk == account and not active for pk, _owner, active in machines)


def _humans(
    ids: Sequence[int], machines: Iterable[Sequence[int]]
) -> dict[int, frozenset[int]]:
    """For each account all accounts of the human behind it."""
    owner_of = {user_id: owner_id for user_id, owner_id, _active in machines}
    accounts: dict[int, set[int]] = defaultdict(set)
    for user_id, owner_id in owner_of.items():
        accounts[owner_id] |= {user_id, owner_id}
    return {pk: frozenset(accounts[owner_of.get(pk, pk)]) for pk in ids}
