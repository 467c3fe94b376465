"""What a person sets for this browser."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from approvals.notifications import locales
from approvals.views.requests import reader

YEAR = 365 * 24 * 60 * 60


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark, or (empty) whatever the system says."""
    chosen = request.POST.get("theme", "")
    if chosen not in ("", "light", "dark"):
        return HttpResponseBadRequest(_("The theme is light, dark or empty."))
    return _remember(request, "theme", chosen)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Show pages in this language in this browser, and write mails in it."""
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        locales.remember(request=request, user=reader(request))
        locales.choose(reader(request).pk, language=chosen)
    return set_language(request)


@require_POST
def density(request: HttpRequest) -> HttpResponse:
    """Remember whether the rows of lists stand close."""
    chosen = request.POST.get("density", "")
    if chosen not in ("", "compact"):
        return HttpResponseBadRequest(_("The density is compact or empty."))
    return _remember(request, "density", chosen)


@require_POST
def shortcuts(request: HttpRequest) -> HttpResponse:
    """Remember whether single keys do something."""
    chosen = request.POST.get("shortcuts", "")
    if chosen not in ("", "off"):
        return HttpResponseBadRequest(_("Shortcuts are off or empty."))
    return _remember(request, "shortcuts", chosen)


@require_POST
def advance(request: HttpRequest) -> HttpResponse:
    """Remember whether each answer leads to the next request."""
    chosen = request.POST.get("advance", "")
    if chosen not in ("", "on"):
        return HttpResponseBadRequest(_("Going on is on or empty."))
    return _remember(request, "advance", chosen)


def _remember(request: HttpRequest, name: str, value: str) -> HttpResponse:
    response = redirect(_next(request))
    response.set_cookie(
        name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure()
    )
    return response


def _next(request: HttpRequest) -> str:
    """Back to the page as it is now: scripts change its address after it is drawn."""
    address = request.POST.get("next") or request.headers.get("Referer", "")
    inside = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if inside else reverse("approvals:inbox")
