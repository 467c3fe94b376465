"""What a person keeps of the inbox: named views, what they looked at or put aside."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """Filters, search and order of the inbox under a name.

    It holds questions, never answers: what it lists is what its reader may see.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_views",
        db_index=False,
    )
    name = models.CharField(max_length=60)
    address = models.TextField()  # as the inbox's address says it
    group = models.ForeignKey(
        Group,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    everybody = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        permissions = [("share_view", "Can share a view of the inbox with everybody")]
        constraints = [
            models.UniqueConstraint(
                name="one_view_of_a_name", fields=["owner", "name"]
            ),
            models.CheckConstraint(
                name="view_is_of_a_group_or_everybody",
                condition=Q(everybody=False) | Q(group__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sharing(self) -> str:
        """With whom, as ``saved_views`` names it."""
        return "everybody" if self.everybody else str(self.group_id or "")


class Look(models.Model):
    """That somebody has a request open, or had, and which version of it.

    Written by a script of the page, as reading a page writes nothing.
    """

    approval = models.ForeignKey(
        "approvals.Approval",
        on_delete=models.CASCADE,
        related_name="looks",
        db_index=False,
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    version = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_look_per_person", fields=["approval", "person"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.at}"


class Snooze(models.Model):
    """That somebody put a request aside, out of their own inbox, until a moment."""

    approval = models.ForeignKey(
        "approvals.Approval",
        on_delete=models.CASCADE,
        related_name="snoozes",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_snooze_per_person", fields=["approval", "user"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.until}"
