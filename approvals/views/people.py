"""Names to choose from, while one types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from approvals import colleagues, inbox
from approvals.errors import ApprovalNotFound
from approvals.views.requests import reader

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

FIELDS = {
    "hand-over": "username",
    "ask": "username",
    "assign": "users",
    "stand-in": "delegate",
}


@require_safe
def search(request: HttpRequest, purpose: str) -> HttpResponse:
    """Up to twenty people of the circle that the act has, as options of a list."""
    if purpose not in FIELDS:
        raise Http404
    typed = request.GET.get(FIELDS[purpose], "")[-150:]
    # Of several names the last is being typed; the others stay in front of it.
    before, comma, last = typed.rpartition(",")
    context = {
        "before": f"{before}{comma} " if comma else "",
        "found": colleagues.matching(_circle(request, purpose), last),
    }
    return render(request, "approvals/_people.html", context)


def _circle(request: HttpRequest, purpose: str) -> QuerySet[User]:
    user = reader(request)
    match purpose:
        case "assign":
            return colleagues.for_assigning(user)
        case "stand-in":
            return colleagues.for_standing_in(user)
    try:
        approval = inbox.get_visible(user, request.GET.get("approval", ""))
    except ApprovalNotFound:
        raise Http404 from None
    if purpose == "ask":
        return colleagues.for_asking(user, approval)
    return colleagues.for_handing_over(user, approval)
