"""What an approval can be, how it was answered, and how urgent it is."""

from __future__ import annotations

from django.db.models import TextChoices


class ApprovalStatus(TextChoices):
    OPEN = "open"  # somebody is asked
    DECIDED = "decided"  # an answer reached the run
    WITHDRAWN = "withdrawn"  # the run went on, or ended, without an answer
    EXPIRED = "expired"  # its deadline closed it


class Channel(TextChoices):
    """The way an answer came in."""

    PAGE = "page"
    REST = "rest"
    LINK = "link"  # a link in a mail
    BULK = "bulk"  # one of several answered together
    ADMIN = "admin"
    COMMAND = "command"  # manage.py
    CODE = "code"  # the workflow author's own program called Run.resume
    TIMER = "timer"  # a deadline


class Priority(TextChoices):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class RejectRule(TextChoices):
    ANY = "any"  # one rejection decides
    QUORUM = "quorum"  # rejections, too, need the quorum


class OnDue(TextChoices):
    """What happens at the due date if nobody has answered."""

    NOTHING = "nothing"  # it is overdue, and waits on
    ESCALATE = "escalate"  # other people are asked, too
    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"  # the run


# The due date closes the approval; who comes later is told so.
CLOSING = frozenset({OnDue.APPROVE, OnDue.REJECT, OnDue.CANCEL})


# What the inbox sorts by: the most urgent first.
PRIORITY_RANK: dict[str, int] = {
    Priority.URGENT: 0,
    Priority.HIGH: 1,
    Priority.NORMAL: 2,
    Priority.LOW: 3,
}
