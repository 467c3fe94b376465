"""Sends the mails that are due; on a thread of its own, outside any transaction.

A mail that fails is tried again later; one that nobody needs any more is left out, and
one about what a colleague has in hand is held until that is over.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from approvals import conf
from approvals.notifications import (
    hindrances,
    letters,
    links,
    locales,
    outbox,
    spreading,
)
from approvals.notifications.addresses import absolute
from approvals.notifications.kinds import ASKING, FOR_OPERATORS
from approvals.notifications.letters import Letter
from approvals.notifications.models import Mail
from workflows.rows import database_now

logger = logging.getLogger(__name__)

AT_ONCE = 20  # mails in one go
LOOK_AGAIN = timedelta(minutes=5)  # whether what a colleague claimed is free again


class MailChore:
    """Sends mails."""

    def next_in(self) -> float | None:
        return outbox.next_in(Mail)

    def do_due(self) -> int:
        done = 0
        while done < AT_ONCE:
            now = database_now()
            mail = outbox.claim(Mail, now=now)
            if mail is None:
                break
            together = [mail]
            if mail.daily:
                together += outbox.claim_beside(mail, now=now)
            deliver(together)
            done += len(together)
        return done


def deliver(mails: Sequence[Mail]) -> None:
    """Send claimed mails to one person, as one, and record how that went."""
    try:
        _deliver([mail for mail in mails if not _is_left_out(mail)])
    except Exception as error:
        # Whatever went wrong, in a template or at the mail server: nobody waits for it.
        logger.warning(
            "a mail could not be sent", exc_info=True, extra={"mail": mails[0].pk}
        )
        for mail in mails:
            outbox.put_off(mail, _fault(error))


def _deliver(mails: Sequence[Mail]) -> None:
    if not mails:
        return
    letter = _written(_once_each(mails))
    if conf.get("SEND_MAILS"):
        _send(mails[0], letter)
    kept = _kept(letter)
    for mail in mails:
        outbox.sent(mail, **kept)


def _is_left_out(mail: Mail) -> bool:
    """Whether this person is not told, or not yet; it is recorded then."""
    hindrance = hindrances.of(mail)
    if hindrance is None:
        return False
    if hindrance.passes:
        outbox.hold(mail, hindrance.why, until=_next_look(mail))
    else:
        outbox.skip(mail, hindrance.why)
    return True


def _next_look(mail: Mail) -> datetime:
    """When to see whether the way is free: with the next daily mail, or soon."""
    now = database_now()
    if not mail.daily:
        return now + LOOK_AGAIN
    zone = locales.of([mail.recipient_id])[mail.recipient_id].zone
    return spreading.next_digest(now, zone)


def _once_each(mails: Sequence[Mail]) -> list[Mail]:
    """Of several about one request, the latest that asks and the latest that tells."""
    in_order = sorted(mails, key=lambda mail: mail.notice_id)
    latest = {
        (mail.notice.approval_id, mail.notice.kind in ASKING): mail for mail in in_order
    }
    return list(latest.values())


def _written(mails: Sequence[Mail]) -> Letter:
    addresses = [absolute(_path(mail)) for mail in mails]
    if mails[0].daily:
        return letters.write_daily(mails, addresses)
    return letters.write(mails[0], link=addresses[0])


def _path(mail: Mail) -> str:
    """A link of its own for each attempt, because the token is kept nowhere."""
    approval = mail.notice.approval
    if mail.notice.kind in ASKING:
        return links.issue(approval, mail.recipient, now=database_now())
    if mail.notice.kind in FOR_OPERATORS:
        return reverse("approvals:run", args=[approval.run_id])
    if mail.notice.is_of_lapse:
        return reverse("approvals:inbox")
    return reverse("approvals:decision", args=[approval.pk])


def _send(mail: Mail, letter: Letter) -> None:
    host = urlsplit(conf.get("SITE_URL")).hostname or "localhost"
    message = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[mail.recipient.email],
        headers={
            # The same at every attempt, so that a mail sent twice is seen to be one.
            "Message-ID": f"<countersign-{mail.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(letter.html, "text/html")
    message.send()


def _fault(error: Exception) -> str:
    """The class, and the words where they can hold nothing of the mail."""
    words = f": {error}" if isinstance(error, OSError) else ""
    return type(error).__name__ + words


def _kept(letter: Letter) -> dict[str, str]:
    if not conf.get("KEEP_MAILS"):
        return {}
    return {"subject": letter.subject, "text": letter.text, "html": letter.html}
