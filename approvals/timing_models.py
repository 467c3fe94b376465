"""What an approval keeps about time."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from approvals.statuses import OnDue


class Timed(models.Model):
    """The part of an approval that the clock reads.

    ``timetable`` holds what is to happen, ``timer_at`` when the worker looks next.
    """

    due_at = models.DateTimeField(null=True, blank=True)
    on_due = models.CharField(
        max_length=10, choices=OnDue.choices, default=OnDue.NOTHING
    )
    timetable = models.TextField(default="[]")
    timer_at = models.DateTimeField(null=True, blank=True)
    undo_window = models.FloatField(default=0)  # seconds
    release_at = models.DateTimeField(null=True, blank=True)  # set while reserved

    class Meta:
        abstract = True


class Reservation(models.Model):
    """An answer that meets the rule and may still be taken back; one at a time.

    ``vote`` is the decision to be, as it will be stored; undo deletes the row.
    """

    approval = models.OneToOneField(
        "approvals.Approval",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="reservation",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    verdict = models.CharField(max_length=200)
    vote = models.TextField()
    changes = models.TextField(default="{}")  # what it edits in the approval
    at = models.DateTimeField()
    release_at = models.DateTimeField()
    token_id = models.CharField(max_length=128, default="", blank=True)
    address = models.CharField(max_length=64, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.decided_by}: {self.verdict}"
