"""The inbox page, whole or as the fragment that scripts put in its place."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.pages import inbox_page
from approvals.views.requests import reader, wants_fragment


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """What waits for this person, or what they decided."""
    page = inbox_page.build(reader(request), request.GET, now=timezone.now())
    whole = "approvals/inbox.html"
    template = "approvals/_inbox.html" if wants_fragment(request) else whole
    return render(request, template, {"page": page})
