"""Who is told of what happened, and when: a mail for each person who wants one.

Asked after the commit, of what holds by then: who left a group is not told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from approvals import conf
from approvals.models import Approval, Delegation
from approvals.notifications import locales, outbox, preferences
from approvals.notifications.kinds import Kind, Timing
from approvals.notifications.models import Mail, Notice
from approvals.notifications.webhooks import sending
from approvals.statuses import Priority
from workflows.rest import access
from workflows.rows import database_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 50  # notices in one go

logger = logging.getLogger(__name__)


class SpreadChore:
    """Makes mails of notices."""

    def next_in(self) -> float | None:
        return 0 if outbox.unspread(1) else None

    def do_due(self) -> int:
        return sum(_spread(notice) for notice in outbox.unspread(AT_ONCE))


def _spread(notice: Notice) -> bool:
    try:
        now = database_now()
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
    people = get_user_model()._default_manager.filter(is_active=True)
    found = people.filter(_whom(notice, now=now), ~Q(pk=notice.actor_id)).exclude(
        email=""
    )
    return list(found.order_by("pk").values_list("pk", flat=True).distinct())


def _whom(notice: Notice, *, now: datetime) -> Q:
    approval = notice.approval
    if notice.recipient_id is not None:
        return Q(pk=notice.recipient_id)
    match notice.kind:
        case Kind.CHANGES_REQUESTED:
            return Q(pk=approval.initiator_id)
        case Kind.ATTENTION:
            return Q(pk__in=_operators())
        case Kind.OUTCOME:
            # Who closed it knows.
            involved = Q(pk=approval.initiator_id) | Q(decisions__approval=approval)
            return involved & ~Q(pk=approval.closed_by_id)
    return _asked(approval, now=now)


def _operators() -> QuerySet[User, Any]:
    """Who may see to a run, by any of Django's ways to a permission."""
    backend = "django.contrib.auth.backends.ModelBackend"
    people: Any = get_user_model()._default_manager
    found: QuerySet[User] = people.with_perm(access.OPERATE_RUN, backend=backend)
    return found.order_by().values("pk")


def _asked(approval: Approval, *, now: datetime) -> Q:
    """Who is asked, and who stands in for one of them; the courier asks once more."""
    candidates = approval.candidates.all()
    by_name = candidates.filter(user__isnull=False).values("user")
    by_group = candidates.filter(group__isnull=False).values("group")
    people = get_user_model()._default_manager
    away = people.filter(Q(pk__in=by_name) | Q(groups__in=by_group)).values("pk")
    standing_in = Delegation.objects.filter(
        delegator__in=away, starts_at__lte=now, ends_at__gt=now
    )
    return Q(pk__in=away) | Q(pk__in=standing_in.values("delegate"))


def next_digest(now: datetime, zone: ZoneInfo) -> datetime:
    """When the next daily mails go out to people of a zone."""
    local = now.astimezone(zone)
    hour = local.replace(
        hour=conf.get("DIGEST_HOUR"), minute=0, second=0, microsecond=0
    )
    return hour if hour > local else hour + timedelta(days=1)


def _is_urgent(notice: Notice) -> bool:
    return notice.approval.priority == Priority.URGENT
