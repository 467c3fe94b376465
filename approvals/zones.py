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
        name = of_browser(request)
        zone = ZoneInfo(name) if name else timezone.get_default_timezone()
        with timezone.override(zone):
            return self.get_response(request)


def of_browser(request: HttpRequest) -> str:
    """The zone that the browser has told; empty without one that exists."""
    name = request.COOKIES.get(COOKIE, "")
    return name if name in known() else ""


@cache
def known() -> frozenset[str]:
    """The names of all zones."""
    return frozenset(available_timezones())
