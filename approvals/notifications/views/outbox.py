"""What was mailed, or would have been: for staff, where mails are kept."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from approvals import conf
from approvals.notifications import outbox
from approvals.notifications.models import Mail
from approvals.views.requests import reader

# A mail's HTML styles itself and does nothing else, wherever it is opened.
MAIL_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The latest of them."""
    _require_staff(request)
    context = {"mails": outbox.kept()[:100], "sends": conf.get("SEND_MAILS")}
    return render(request, "notifications/outbox.html", context)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, as text and as HTML."""
    mail = _kept(request, pk)
    context = {"mail": mail, "pieces": _pieces(mail.text)}
    response = render(request, "notifications/outbox_mail.html", context)
    response["Content-Security-Policy"] = f"{settings.PAGE_CSP}; frame-src 'self'"
    return response


@require_safe
@xframe_options_sameorigin
def html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML alone, for a frame that lets it do nothing."""
    response = HttpResponse(_kept(request, pk).html)
    response["Content-Security-Policy"] = MAIL_CSP
    return response


def _kept(request: HttpRequest, pk: int) -> Mail:
    _require_staff(request)
    return get_object_or_404(outbox.kept(), pk=pk)


def _require_staff(request: HttpRequest) -> None:
    if not reader(request).is_staff or not conf.get("KEEP_MAILS"):
        raise Http404


def _pieces(text: str) -> list[tuple[str, str]]:
    """The text in order, each piece with where it leads; only our own links do."""
    site = re.escape(str(conf.get("SITE_URL")).rstrip("/"))
    parts = re.split(rf"({site}/\S*)", text)
    return [
        (part, re.sub(f"^{site}", "", part) if number % 2 else "")
        for number, part in enumerate(parts)
    ]
