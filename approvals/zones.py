"""Times in the reader's own zone, as far as the browser has told it."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

COOKIE = "zone"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ReaderZone:
    """Write and read times in the zone of the cookie; an odd cookie changes nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = request.COOKIES.get(COOKIE, "")
        zone = ZoneInfo(name) if name in _known() else timezone.get_default_timezone()
        with timezone.override(zone):
            return self.get_response(request)


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
