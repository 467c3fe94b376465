"""Grants: who may enter which system, and until when."""

from django.db import models


class Grant(models.Model):
    """One opened access. The row stays as evidence after the access was taken back."""

    key = models.CharField(max_length=255, unique=True)
    engineer = models.CharField(max_length=80)
    system = models.CharField(max_length=40)
    level = models.CharField(max_length=10)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-granted_at"]
        constraints = [
            models.CheckConstraint(
                name="grant_expires_after_it_began",
                condition=models.Q(expires_at__gt=models.F("granted_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.engineer} on {self.system} ({self.level})"
