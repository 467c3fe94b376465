"""What people are told, when, and what becomes of a message."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What happened to an approval; the labels are those of the preferences page."""

    OPENED = "opened", _("A request waits for my decision")
    ASSIGNED = "assigned", _("A request is given to me")
    REMINDER = "reminder", _("A request still waits for me")
    ESCALATED = "escalated", _("An overdue request comes to me")
    CHANGES_REQUESTED = "changes-requested", _("Changes are asked of my request")
    QUESTION = "colleague-asked", _("A colleague asks me about a request")
    OUTCOME = "outcome", _("A request of mine, or one I voted on, is closed")
    ATTENTION = "attention", _("A run that people wait for needs an operator")


# These ask for a decision; they go to nobody who could not give it.
ASKING = frozenset({Kind.OPENED, Kind.ASSIGNED, Kind.REMINDER, Kind.ESCALATED})


# Only these people hear of a kind.
FOR_OPERATORS = frozenset({Kind.ATTENTION})


class Timing(TextChoices):
    """When a person wants to hear of a kind."""

    AT_ONCE = "at-once", _("At once")
    DAILY = "daily", _("Once a day")
    OFF = "off", _("Never")


class Delivery(TextChoices):
    """What became of a message."""

    WAITING = "waiting"  # to be sent, or sent again
    SENT = "sent"  # the other side took it
    SKIPPED = "skipped"  # nobody needed it any more when its turn came
    FAILED = "failed"  # tried as often as is sensible


class Purpose(TextChoices):
    """What a link out of a mail may do."""

    OPEN = "open"  # it leads to the login, and from there to the request
    DECIDE = "decide"  # it shows the request, and its form decides once
