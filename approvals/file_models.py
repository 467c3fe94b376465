"""The table of files that people gave; their bytes are in Django's storage."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StoredFile(models.Model):
    """One file, never changed. Answers and payloads hold references to it."""

    id = models.CharField(primary_key=True, max_length=43)  # unguessable
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=127)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
