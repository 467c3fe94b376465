"""The only writer of the outbox: notices, mails, and how sending them went.

Every step is one conditional UPDATE whose row count decides, so any number of workers
do each thing once. What is due is due by the database's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import F, Min, QuerySet

from approvals.notifications.kinds import Delivery
from approvals.notifications.models import Mail, Message, Notice, WebhookDelivery
from workflows.rows import database_now, execute, insert_rows, stored_time

M = TypeVar("M", bound=Message)

CLAIM = timedelta(minutes=2)  # far more than one attempt takes
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=6)
ATTEMPTS = 10  # about half a day
SPREAD = (
    f"UPDATE {Notice._meta.db_table} SET spread_at = %s "
    "WHERE id = %s AND spread_at IS NULL"
)
ANY_UNSPREAD = f"SELECT 1 FROM {Notice._meta.db_table} WHERE spread_at IS NULL LIMIT 1"


def note(notices: Iterable[Notice]) -> None:
    """Write down what happened, in the transaction in which it happens."""
    insert_rows(Notice, list(notices))


def any_unspread() -> bool:
    """Whether there is a notice of which nobody was told yet."""
    return execute(ANY_UNSPREAD).fetchone() is not None


def unspread(limit: int) -> list[Notice]:
    """The oldest notices of which nobody was told yet."""
    found = Notice.objects.filter(spread_at=None).order_by("id")
    return list(found.select_related("approval")[:limit])


def spread(
    notice: Notice,
    mails: Sequence[Mail],
    deliveries: Sequence[WebhookDelivery],
    *,
    now: datetime,
) -> bool:
    """Store the messages about a notice; false when another worker has done so."""
    if not mails and not deliveries:
        return _is_first_to_spread(notice, now)
    with transaction.atomic():
        if not _is_first_to_spread(notice, now):
            return False
        Mail.objects.bulk_create(mails)
        WebhookDelivery.objects.bulk_create(deliveries)
    return True


def _is_first_to_spread(notice: Notice, now: datetime) -> bool:
    return bool(execute(SPREAD, [stored_time(now), notice.pk]).rowcount)


def kept() -> QuerySet[Mail]:
    """The mails of which the words were kept, latest first."""
    found = Mail.objects.filter(status=Delivery.SENT).exclude(subject="")
    return found.select_related("recipient").order_by("-done_at", "-id")


def next_in(model: type[Message]) -> float | None:
    """Seconds until the next of these messages is due; ``None`` without any."""
    waiting = model._default_manager.filter(status=Delivery.WAITING)
    due_at = waiting.aggregate(first=Min("due_at"))["first"]
    return None if due_at is None else (due_at - database_now()).total_seconds()


def claim(model: type[M], *, now: datetime) -> M | None:
    """Take the message that is due longest; ``None`` when none is left."""
    due = model._default_manager.filter(status=Delivery.WAITING, due_at__lte=now)
    while (found := due.order_by("due_at", "id").first()) is not None:
        if _take(found, now=now):
            return found
    return None


def claim_beside(mail: Mail, *, now: datetime) -> list[Mail]:
    """Take the person's other daily mails that are due, to send them in one."""
    others = Mail.objects.filter(
        status=Delivery.WAITING, daily=True, recipient=mail.recipient, due_at__lte=now
    )
    return [other for other in others.order_by("id") if _take(other, now=now)]


def sent(message: Message, **kept: object) -> bool:
    """The other side took it; false when the claim was lost meanwhile."""
    now = database_now()
    return _record(message, status=Delivery.SENT, done_at=now, error="", **kept)


def skip(message: Message, why: str) -> bool:
    """Nobody needs it any more."""
    now = database_now()
    return _record(message, status=Delivery.SKIPPED, done_at=now, error=why)


def hold(message: Message, why: str, *, until: datetime) -> bool:
    """Nobody is to have it now: look again later, without counting this attempt."""
    return _record(message, due_at=until, error=why, attempts=F("attempts") - 1)


def put_off(message: Message, why: str, **kept: object) -> bool:
    """It did not work: try again after a pause, or give up after many."""
    now, kept = database_now(), {"error": why[:300], **kept}
    if message.attempts >= ATTEMPTS:
        return _record(message, status=Delivery.FAILED, done_at=now, **kept)
    return _record(message, due_at=now + pause_after(message.attempts), **kept)


def replay(chosen: QuerySet[WebhookDelivery]) -> int:
    """Send these again from the beginning, whatever became of them; how many."""
    return chosen.update(
        status=Delivery.WAITING, attempts=0, due_at=database_now(), done_at=None
    )


def pause_after(attempts: int) -> timedelta:
    """15 s, a minute, four minutes, and so on up to six hours."""
    pause: timedelta = FIRST_PAUSE * 4 ** (attempts - 1)
    return min(pause, LONGEST_PAUSE)


def _take(message: Message, *, now: datetime) -> bool:
    """One attempt for one worker: the count of attempts is the fence."""
    seen = _as_claimed(message)
    won = seen.update(attempts=F("attempts") + 1, due_at=now + CLAIM)
    message.attempts += won
    return bool(won)


def _record(message: Message, **values: object) -> bool:
    return bool(_as_claimed(message).update(**values))


def _as_claimed(message: Message) -> QuerySet[Message]:
    rows: QuerySet[Message] = type(message)._default_manager.filter(
        pk=message.pk, status=Delivery.WAITING, attempts=message.attempts
    )
    return rows
