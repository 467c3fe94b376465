"""Signatures by the Standard Webhooks specification: over id, time and body.

A secret is derived from the site's key and the subscription's own seed, so that a copy
of the database holds none. While keys change, each of them signs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from django.conf import settings
from django.utils.crypto import salted_hmac

PURPOSE = "approvals.notifications.webhooks"


def secret_of(seed: str) -> str:
    """What the receiver has to know, as the specification writes it."""
    return "whsec_" + base64.b64encode(_key(seed, settings.SECRET_KEY)).decode()


def headers(
    *, event_id: str, timestamp: int, body: bytes, seed: str
) -> Mapping[str, str]:
    """What proves to the receiver who sent this, and when."""
    content = f"{event_id}.{timestamp}.".encode() + body
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    signatures = [f"v1,{_signature(_key(seed, key), content)}" for key in keys]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _signature(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _key(seed: str, secret: str) -> bytes:
    made = salted_hmac(PURPOSE, seed, secret=secret, algorithm="sha256")
    return bytes(made.digest())
