from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """One answered request of one caller, kept so that a repeat gets the same answer.

    The row commits together with what the request did, or not at all.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.TextField()
    location = models.TextField(default="")
    created_at = models.DateTimeField()
    # Until then the first request still waits for a better answer (`Prefer: wait`).
    open_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_answer_per_key", fields=["user", "key"]),
        ]
        indexes = [
            models.Index(name="idempotency_by_age", fields=["user", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.key} of user {self.user_id}"
