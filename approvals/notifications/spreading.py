"""Who is told of what happened, and when: a mail for each person who wants one.

Asked after the commit, of what holds by then: who left a group is not told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from approvals import conf
from approvals.models import ApprovalCandidate, Decision, Delegation, ServiceAccount
from approvals.notifications import locales, outbox, preferences
from approvals.notifications.kinds import Kind, Timing
from approvals.notifications.models import Mail, Notice
from approvals.notifications.webhooks import sending
from approvals.persons import ASSIGN
from approvals.statuses import Priority
from workflows.rest import access
from workflows.rows import Statement, database_now, execute, one_of, stored_time

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 50  # notices in one go
MENDING = (access.OPERATE_RUN, ASSIGN)  # each lets see to a run that needs it
NOBODY = 0  # the key of no person
VOTES = Decision._meta.db_table
AWAY, MACHINES = Delegation._meta.db_table, ServiceAccount._meta.db_table
# What a program started, its owner is told of.
STARTED = f"(p.id = %s OR p.id IN (SELECT owner_id FROM {MACHINES} WHERE user_id = %s))"
# One person, and who stands in for them.
OR_STANDS_IN = f"""(p.id = %s OR p.id IN (SELECT delegate_id FROM {AWAY}
    WHERE delegator_id = %s AND starts_at <= %s AND ends_at > %s))"""
# Who started it, who voted, and in whose name: who was away learns of it, too.
INVOLVED = f"""({STARTED}
    OR p.id IN (SELECT decided_by_id FROM {VOTES} WHERE approval_id = %s)
    OR p.id IN (SELECT on_behalf_of_id FROM {VOTES} WHERE approval_id = %s))
    AND p.id <> %s"""

logger = logging.getLogger(__name__)


class SpreadChore:
    """Makes mails of notices."""

    def next_in(self) -> float | None:
        return 0 if outbox.any_unspread() else None

    def do_due(self) -> int:
        notices = outbox.unspread(AT_ONCE)
        now = database_now()
        return sum(_spread(notice, now=now) for notice in notices)


def _spread(notice: Notice, *, now: datetime) -> bool:
    try:
        mails = list(_mails(notice, now=now))
        deliveries = list(sending.deliveries(notice, now=now))
        outbox.spread(notice, mails, deliveries, now=now)
    except Exception:
        # One that can't be told of stops no other; it is tried again.
        logger.exception("nobody was told", extra={"notice": notice.pk})
        return False
    return True


def _mails(notice: Notice, *, now: datetime) -> Iterator[Mail]:
    people = concerned(notice, now=now)
    if not people:
        return
    wishes = preferences.timings(people, Kind(notice.kind))
    locales_of = locales.of(people)
    for person in people:
        timing = wishes[person]
        if timing == Timing.OFF:
            continue
        daily = timing == Timing.DAILY and not _is_urgent(notice)
        due_at = next_digest(now, locales_of[person].zone) if daily else now
        yield Mail(notice=notice, recipient_id=person, daily=daily, due_at=due_at)


def concerned(notice: Notice, *, now: datetime) -> list[int]:
    """The people to tell, each once, who can be reached; not the one who did it."""
    whom, values = _whom(notice, now=now)
    people = get_user_model()._meta.db_table
    found = execute(
        f"SELECT p.id FROM {people} p WHERE p.is_active AND p.email <> '' "
        f"AND p.id <> %s AND {whom} ORDER BY p.id",
        [notice.actor_id or NOBODY, *values],
    )
    return [pk for (pk,) in found.fetchall()]


def _whom(notice: Notice, *, now: datetime) -> Statement:
    """The condition for ``p``, a person to tell."""
    approval = notice.approval
    at = stored_time(now)
    if notice.recipient_id is not None:
        one = notice.recipient_id
        if notice.kind == Kind.ASSIGNED:
            return OR_STANDS_IN, [one, one, at, at]
        return "p.id = %s", [one]
    started = approval.initiator_id or NOBODY
    match notice.kind:
        case Kind.CHANGES_REQUESTED:
            return STARTED, [started, started]
        case Kind.ATTENTION:
            return one_of("p.id", list(_operators()))
        case Kind.OUTCOME:
            # Who closed it knows.
            involved = [started, started, approval.pk, approval.pk]
            return INVOLVED, [*involved, approval.closed_by_id or NOBODY]
    return _asked(), [approval.pk, approval.pk, at, at]


def _operators() -> QuerySet[User, Any]:
    """Who may mend a run that can't go on, by any of Django's ways to that."""
    backend = "django.contrib.auth.backends.ModelBackend"
    people: Any = get_user_model()._default_manager
    first, *others = (
        people.with_perm(right, backend=backend).order_by().values_list("pk", flat=True)
        for right in MENDING
    )
    found: QuerySet[User, Any] = first.union(*others)
    return found


@cache
def _asked() -> str:
    """Who is asked, and who stands in for one of them; the courier asks once more."""
    asked, away = ApprovalCandidate._meta.db_table, Delegation._meta.db_table
    members = get_user_model().groups.through._meta.db_table
    return f"""p.id IN (
        WITH asked (id) AS (
            SELECT user_id FROM {asked} WHERE approval_id = %s AND user_id IS NOT NULL
            UNION
            SELECT m.user_id FROM {members} m
            JOIN {asked} c ON c.group_id = m.group_id WHERE c.approval_id = %s)
        SELECT id FROM asked
        UNION
        SELECT d.delegate_id FROM {away} d JOIN asked ON asked.id = d.delegator_id
        WHERE d.starts_at <= %s AND d.ends_at > %s)"""


def next_digest(now: datetime, zone: ZoneInfo) -> datetime:
    """When the next daily mails go out to people of a zone."""
    local = now.astimezone(zone)
    hour = local.replace(
        hour=conf.get("DIGEST_HOUR"), minute=0, second=0, microsecond=0
    )
    return hour if hour > local else hour + timedelta(days=1)


def _is_urgent(notice: Notice) -> bool:
    return notice.approval.priority == Priority.URGENT
