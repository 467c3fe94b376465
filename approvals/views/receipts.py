"""The receipt of one answer, to be read, printed and checked."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from approvals import inbox
from approvals.errors import ApprovalNotFound
from approvals.pages import receipt_page
from approvals.views.requests import reader


@require_safe
def show(request: HttpRequest, approval_id: str, decision_id: int) -> HttpResponse:
    """For whoever may see the request."""
    try:
        approval = inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        raise Http404 from None
    votes = approval.decisions.select_related(
        "decided_by", "on_behalf_of", "approval__suspension__run"
    )
    page = receipt_page.build(get_object_or_404(votes, pk=decision_id))
    return render(request, "approvals/receipt.html", {"page": page})
