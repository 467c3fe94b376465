"""A person puts a request aside until a moment, and it comes back by itself.

It leaves their own inbox and nothing else: nobody else's view, no due date and no
reminder changes, and they can answer it all the same. It comes back before its time
when somebody gives it to them, when it is asked anew, or when nobody answered in time
and it is escalated.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from approvals import permits, signals
from approvals.errors import ApprovalNotFound
from approvals.locking import require
from approvals.models import Approval, Snooze
from approvals.persons import person_of
from approvals.policies import asked_of, judge
from approvals.statuses import ApprovalStatus
from workflows.errors import SchemaMismatch
from workflows.rows import clock, database_now, execute, read_time

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = timedelta(days=366)


def snooze(*, approval: Approval, user: User, until: datetime) -> None:
    """Put it aside, or move the moment at which it comes back.

    What they put aside before and is over or closed is forgotten with it.
    """
    person, asked = person_of(user), asked_of(approval)
    if not judge(person, asked).may_view:
        raise ApprovalNotFound
    require(permits.to_snooze(person, asked))
    now = database_now()
    if not now < until <= now + LONGEST:
        words = _("Choose a moment to come, within a year.")
        raise SchemaMismatch(words, [{"loc": ["until"], "msg": words, "type": "until"}])
    current = {"until__gt": now, "approval__status": ApprovalStatus.OPEN}
    own = Snooze.objects.filter(user=user)
    own.exclude(pk__in=own.filter(**current).values("pk")).delete()
    Snooze.objects.update_or_create(
        approval=approval, user=user, defaults={"until": until}
    )
    signals.announce(approval.pk, approval.run_id)  # to the lists that are open


def wake(*, approval: Approval, user: User) -> None:
    """It waits for this person again, at once. Harmless if it was not put aside."""
    if Snooze.objects.filter(approval=approval, user=user).delete()[0]:
        signals.announce(approval.pk, approval.run_id)


def wake_all(*, approval: Approval) -> None:
    """It waits for everybody again who is asked: what they put aside was another."""
    Snooze.objects.filter(approval=approval).delete()


def snoozed_until(approval: Approval, user: User) -> datetime | None:
    """When it comes back to this person; nothing when it is there, or closed."""
    if not approval.is_open:
        return None
    found = execute(
        f"SELECT until FROM {Snooze._meta.db_table} "
        f"WHERE approval_id = %s AND user_id = %s AND until > {clock()}",
        [approval.pk, user.pk],
    ).fetchone()
    return read_time(found[0]) if found else None
