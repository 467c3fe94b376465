"""Issuing and revoking tokens; only their hashes are stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from knox.models import get_token_model

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token in clear, which nothing can show a second time."""

    token: str
    expiry: datetime


def issue(*, user: "User") -> Issued:
    """A new token that expires by itself."""
    row, token = get_token_model().objects.create(user)
    return Issued(token=token, expiry=row.expiry)


def revoke(token: Any) -> None:
    """Let the token of this row open nothing from now on."""
    token.delete()
