"""Sends the mails that are due; on a thread of its own, outside any transaction.

A mail that fails is tried again later; one that nobody needs any more is left out.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from approvals import conf
from approvals.notifications import attention, letters, links, outbox, preferences
from approvals.notifications.addresses import absolute
from approvals.notifications.kinds import ASKING, FOR_OPERATORS, Kind, Timing
from approvals.notifications.letters import Letter
from approvals.notifications.models import Mail
from approvals.policies import eligibility
from workflows.rest import access
from workflows.rows import database_now

logger = logging.getLogger(__name__)

AT_ONCE = 20  # mails in one go


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
        _deliver([mail for mail in mails if not _is_skipped(mail)])
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
    letter = _written(mails)
    if conf.get("SEND_MAILS"):
        _send(mails[0], letter)
    kept = _kept(letter)
    for mail in mails:
        outbox.sent(mail, **kept)


def _is_skipped(mail: Mail) -> bool:
    why = _needless(mail)
    return bool(why) and outbox.skip(mail, why)


def _needless(mail: Mail) -> str:
    """Why this person need not be told any more; empty when they need to be."""
    person, approval = mail.recipient, mail.notice.approval
    if not person.is_active or not person.email:
        return "the person can't be reached"
    kind = Kind(mail.notice.kind)
    if preferences.timings([person.pk], kind)[person.pk] == Timing.OFF:
        return "the person does not want to hear of it"
    if kind in FOR_OPERATORS:
        return _needless_for_operator(mail)
    if mail.notice.is_of_lapse:
        return ""  # it is their own answer, and often they may not see it any more
    may = eligibility(person, approval)
    if not may.may_view:
        return "the person may not see it"
    if mail.notice.kind in ASKING and not may.may_decide:
        return "the person can't decide it"
    return ""


def _needless_for_operator(mail: Mail) -> str:
    if not mail.recipient.has_perm(access.OPERATE_RUN):
        return "the person operates no runs"
    stands = attention.stands(mail.notice.approval.run)
    return "" if stands else "somebody has seen to it"


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
