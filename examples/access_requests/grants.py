"""The only writer of grants. Both calls may be repeated without harm."""

from datetime import datetime, timedelta

from .models import Grant
from .schemas import ApprovedAccess


def open_access(*, key: str, access: ApprovedAccess, now: datetime) -> Grant:
    """Open the access once per key; a repeat returns the grant as it was opened."""
    grant, _ = Grant.objects.get_or_create(
        key=key,
        defaults={
            "engineer": access.engineer,
            "system": access.system,
            "level": access.level,
            "granted_at": now,
            "expires_at": now + timedelta(hours=access.hours),
        },
    )
    return grant


def revoke_access(*, key: str, now: datetime) -> datetime:
    """Take the access back and say when that was; a repeat keeps the first time."""
    Grant.objects.filter(key=key, revoked_at=None).update(revoked_at=now)
    revoked_at = Grant.objects.values_list("revoked_at", flat=True).get(key=key)
    return revoked_at or now
