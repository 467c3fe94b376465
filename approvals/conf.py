"""The inbox's settings: ``APPROVALS`` in the project's settings, with defaults."""

from __future__ import annotations

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    # When people work, for policies with working_time=True; see ``working_time``.
    "WORKING_HOURS": None,
    "SITE_URL": "http://127.0.0.1:8000",  # what links in mails begin with
    "SEND_MAILS": False,  # through Django's mail; else they are only kept
    "KEEP_MAILS": True,  # what is sent, for the page /outbox/
    "WEBHOOK_HOSTS": (),  # host names that webhooks may go to; none: no webhooks
    "WEBHOOK_LOCAL_RECEIVERS": (),  # origins exempt from the guard, for tests
    "LINK_HOURS": 24,  # that a link to the login works
    "DECIDING_LINK_MINUTES": 10,  # that a link works which decides without a login
    "DIGEST_HOUR": 7,  # when daily mails go out, in the reader's zone
}


def get(name: str) -> Any:
    """The setting ``name``, or its default."""
    return getattr(settings, "APPROVALS", {}).get(name, DEFAULTS[name])
