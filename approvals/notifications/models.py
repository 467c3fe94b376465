"""The outbox: what happened, the mails about it, and what each person wants to hear.

``outbox`` writes notices and mails, ``preferences`` the wishes of people.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from approvals.models import Approval
from approvals.notifications.kinds import Delivery, Kind, Purpose, Timing
from approvals.notifications.webhooks import guard


class Notice(models.Model):
    """Something happened to an approval; written in the same transaction."""

    kind = models.CharField(max_length=20, choices=Kind.choices)
    # Without a constraint: whatever is wrong here, it must not fail a decision.
    approval = models.ForeignKey(
        Approval,
        on_delete=models.CASCADE,
        related_name="notices",
        db_constraint=False,
    )
    # The only person to tell; without one, everybody whom the kind concerns.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    # Who did it, and need not be told.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField()
    spread_at = models.DateTimeField(null=True, blank=True)  # messages were made

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notice_kind_known", condition=Q(kind__in=Kind.values)
            )
        ]
        indexes = [
            models.Index(
                name="notice_unspread", fields=["id"], condition=Q(spread_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.approval_id}"

    @property
    def is_of_lapse(self) -> bool:
        """Whether it tells one person that their answer did not go ahead."""
        return self.kind == Kind.OUTCOME and self.recipient_id is not None


class Message(models.Model):
    """Something to be sent until it is taken, with pauses that grow.

    Claiming it moves ``due_at`` on and counts the attempt: whoever dies on the way
    leaves a message that becomes due again, and who wakes up late can't record a thing.
    """

    status = models.CharField(
        max_length=10, choices=Delivery.choices, default=Delivery.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_status_known",
                condition=Q(status__in=Delivery.values),
            ),
        ]
        indexes = [
            models.Index(
                name="%(class)s_due",
                fields=["due_at", "id"],
                condition=Q(status=Delivery.WAITING),
            )
        ]


class Mail(Message):
    """One mail to one person; it is written when it is sent."""

    notice = models.ForeignKey(
        Notice, on_delete=models.CASCADE, related_name="mails", db_index=False
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    daily = models.BooleanField(default=False)  # goes into one mail with others
    # What was sent, where KEEP_MAILS says so.
    subject = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    html = models.TextField(default="", blank=True)

    class Meta(Message.Meta):
        constraints = [
            *Message.Meta.constraints,
            models.UniqueConstraint(
                name="one_mail_per_person", fields=["notice", "recipient"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} to {self.recipient}"


def new_seed() -> str:
    return secrets.token_hex(32)


class Webhook(models.Model):
    """A program elsewhere that is told. Its secret is made of ``seed``."""

    url = models.CharField(_("address"), max_length=500)
    kinds = models.JSONField(default=list, blank=True)  # none means all
    active = models.BooleanField(default=True)
    seed = models.CharField(max_length=64, default=new_seed, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.url

    def clean(self) -> None:
        try:
            guard.checked(self.url)
        except guard.Refused as refused:
            raise ValidationError({"url": str(refused)}) from refused


class WebhookDelivery(Message):
    """One event for one program; it keeps its id and its body at every attempt."""

    webhook = models.ForeignKey(
        Webhook,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,
    )
    notice = models.ForeignKey(
        Notice,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,
    )
    body = models.TextField()
    answer = models.PositiveSmallIntegerField(null=True, blank=True)  # HTTP status

    class Meta(Message.Meta):
        verbose_name_plural = "webhook deliveries"
        constraints = [
            *Message.Meta.constraints,
            models.UniqueConstraint(
                name="one_delivery_per_webhook", fields=["webhook", "notice"]
            ),
        ]

    def __str__(self) -> str:
        return self.event_id

    @property
    def event_id(self) -> str:
        return f"evt_{self.notice_id}_{self.webhook_id}"


class Link(models.Model):
    """A link out of a mail. The token itself is nowhere but in the mail."""

    token_hash = models.CharField(max_length=64, unique=True)
    approval = models.ForeignKey(
        Approval, on_delete=models.CASCADE, related_name="links"
    )
    version = models.PositiveIntegerField()
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    outcomes = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.approval_id} for {self.recipient}"


class Preference(models.Model):
    """When a person wants to hear of a kind; without a row, at once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    timing = models.CharField(max_length=10, choices=Timing.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_preference_per_kind", fields=["user", "kind"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} {self.timing}"


class ReaderLocale(models.Model):
    """How a person reads mails; what is empty, is as the site is."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    language = models.CharField(max_length=20, default="", blank=True)
    zone = models.CharField(max_length=64, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.language} {self.zone}"
