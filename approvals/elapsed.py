"""Times and durations in words a person says."""

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONTH = 30 * DAY


def relative_words(moment: datetime, *, now: datetime) -> str:
    """ "in 3 h", "5 min ago", "just now"; after a month the date itself."""
    seconds = (moment - now).total_seconds()
    distance = abs(seconds)
    if distance < MINUTE:
        return _("just now") if seconds <= 0 else _("in a moment")
    if distance >= MONTH:
        return formats.date_format(timezone.localtime(moment), "DATE_FORMAT")
    amount = _coarse(distance)
    if seconds > 0:
        return _("in %(amount)s") % {"amount": amount}
    return _("%(amount)s ago") % {"amount": amount}


def duration_words(span: timedelta) -> str:
    """ "0.4 s", "12 s", "3 min", "2 h", "5 days"."""
    seconds = max(0.0, span.total_seconds())
    if seconds < 1:
        return _("%(count)s ms") % {"count": round(seconds * 1000)}
    if seconds < MINUTE:
        return _("%(count)s s") % {"count": formats.number_format(round(seconds, 1))}
    return _coarse(seconds)


def _coarse(seconds: float) -> str:
    minutes, hours, days = (round(seconds / unit) for unit in (MINUTE, HOUR, DAY))
    if minutes < HOUR // MINUTE:
        return _("%(count)s min") % {"count": minutes}
    if hours < DAY // HOUR:
        return _("%(count)s h") % {"count": hours}
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
