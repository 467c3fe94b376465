"""That somebody has a request open, as a script of the page says now and again."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from approvals import inbox, looks
from approvals.errors import ApprovalNotFound
from approvals.views.requests import reader


@require_POST
def look(request: HttpRequest, approval_id: str) -> HttpResponse:
    """Note it, and answer who else is looking."""
    user, now = reader(request), timezone.now()
    try:
        approval = inbox.get_visible(user, approval_id)
    except ApprovalNotFound:
        raise Http404 from None
    if approval.is_open:
        looks.look(approval=approval, person=user, now=now)
    looked = looks.at([approval], user, now=now)[approval.pk]
    return render(request, "approvals/_lookers.html", {"looked": looked})
