"""The secret values of one approval, shown once to who may see them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from approvals import inbox, secrets
from approvals.errors import ApprovalNotFound
from approvals.statuses import Channel
from approvals.views.requests import client_address, posted_from, reader


@posted_from("approvals:decision")
def reveal(request: HttpRequest, approval_id: str) -> HttpResponse:
    """Note who looks, then show the values; never by a mere link."""
    try:
        approval = inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        raise Http404 from None
    found = secrets.reveal(
        approval=approval,
        reader=reader(request),
        channel=Channel.PAGE,
        address=client_address(request),
    )
    context = {"approval": approval, "secrets": found}
    response = render(request, "approvals/secrets.html", context)
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private"
    return response
