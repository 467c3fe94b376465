"""The tables of the audit chain; only ``audit`` writes them, and only at the end."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from approvals.statuses import Channel


class AuditHead(models.Model):
    """The end of one tenant's chain; appending moves it by compare-and-set."""

    tenant = models.CharField(primary_key=True, max_length=100)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.tenant} #{self.seq}"


class AuditRow(models.Model):
    """One link of the chain: who did what, when and how. Digests, never payloads."""

    tenant = models.CharField(max_length=100)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    real_actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    action = models.CharField(max_length=40)
    # Texts, not keys: the row outlives what it is about.
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=128)
    run_id = models.CharField(max_length=128, default="", blank=True)
    outcome = models.CharField(max_length=200, default="", blank=True)
    before = models.CharField(max_length=64, default="", blank=True)
    after = models.CharField(max_length=64, default="", blank=True)
    version = models.PositiveIntegerField(default=0)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    token_id = models.CharField(max_length=128, default="", blank=True)
    address = models.CharField(max_length=64, default="", blank=True)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["tenant", "seq"]
        constraints = [
            models.UniqueConstraint(
                name="one_audit_row_per_number", fields=["tenant", "seq"]
            )
        ]
        indexes = [
            models.Index(name="audit_of_object", fields=["object_id", "seq"]),
            models.Index(name="audit_by_time", fields=["-at"]),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.action} {self.object_type} {self.object_id}"
