"""Moments as clients write them."""

from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from workflows.rest.problems import Refused


def moment_in(text: str, field: str) -> datetime:
    """A moment with its offset; without one it could be any of forty."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        words = _("Write a date and time with an offset, as 2026-12-01T09:00:00Z.")
        errors = [{"pointer": f"/{field}", "detail": words}]
        raise Refused(422, words, code="schema-mismatch", errors=errors)
    return found
