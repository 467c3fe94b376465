"""What a person has begun to answer: kept for them alone, and never an answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Draft(models.Model):
    """The fields of one person's form as typed, unchecked."""

    approval = models.ForeignKey(
        "approvals.Approval",
        on_delete=models.CASCADE,
        related_name="drafts",
        db_index=False,
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    version = models.PositiveIntegerField()
    fields = models.TextField()  # as a browser would send them
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_draft_per_person_and_version",
                fields=["approval", "author", "version"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.saved_at}"
