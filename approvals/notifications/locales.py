"""In which language and time zone each person reads mails; the only writer of that.

What a person never chose is as the browser was in which they first signed in, else as
the site is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from approvals import zones
from approvals.notifications.models import ReaderLocale

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """A language and a zone that exist."""

    language: str
    zone: ZoneInfo


def of(user_ids: Sequence[int]) -> dict[int, Locale]:
    """How each of these people reads: one query."""
    rows = ReaderLocale.objects.filter(user__in=user_ids)
    chosen = {row.user_id: _existing(row.language, row.zone) for row in rows}
    return {pk: chosen.get(pk) or _existing("", "") for pk in user_ids}


def chosen_by(user_id: int) -> tuple[str, str]:
    """Language and zone as they were chosen; empty for as the site is."""
    row = ReaderLocale.objects.filter(user=user_id).first()
    return (row.language, row.zone) if row else ("", "")


def choose(user_id: int, **values: str) -> None:
    """Keep a ``language``, a ``zone`` or both."""
    ReaderLocale.objects.update_or_create(user_id=user_id, defaults=values)


def remember(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Keep how somebody reads who signs in for the first time from elsewhere."""
    language = translation.get_language() or ""
    zone = zones.of_browser(request)
    if not zone and language in ("", settings.LANGUAGE_CODE):
        return
    if language not in dict(settings.LANGUAGES):
        language = ""
    row = ReaderLocale(user_id=user.pk, language=language, zone=zone)
    ReaderLocale.objects.bulk_create([row], ignore_conflicts=True)


@contextmanager
def reading(user_id: int) -> Iterator[Locale]:
    """Write, inside, as this person reads."""
    locale = of([user_id])[user_id]
    with translation.override(locale.language), timezone.override(locale.zone):
        yield locale


@contextmanager
def showing(user_id: int) -> Iterator[str]:
    """Show a page, inside, as this person chose to read mails; what they never chose,
    as the browser says. Gives the language."""
    language, zone = chosen_by(user_id)
    if language not in dict(settings.LANGUAGES):
        language = translation.get_language() or settings.LANGUAGE_CODE
    known = zone in zones.known()
    shown = ZoneInfo(zone) if known else timezone.get_current_timezone()
    with translation.override(language), timezone.override(shown):
        yield language


def _existing(language: str, zone: str) -> Locale:
    known = language in dict(settings.LANGUAGES)
    name = zone if zone in zones.known() else timezone.get_default_timezone_name()
    return Locale(
        language=language if known else settings.LANGUAGE_CODE, zone=ZoneInfo(name)
    )
