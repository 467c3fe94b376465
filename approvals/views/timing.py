"""Taking one's own answer back while it waits to go ahead."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from approvals import inbox, reservations
from approvals.errors import ApprovalError, ApprovalNotFound, status_of
from approvals.pages import conflict_page
from approvals.views.requests import caller_of, posted_from, reader


@posted_from("approvals:decision")
def undo(request: HttpRequest, approval_id: str) -> HttpResponse:
    """Ask again, as if nothing had been answered; or say that it is too late."""
    try:
        approval = reservations.undo(approval_id=approval_id, caller=caller_of(request))
    except ApprovalNotFound:
        raise Http404 from None
    except ApprovalError as error:
        return _refused(request, approval_id, error)
    messages.success(request, _("Your answer is taken back. Nothing went ahead."))
    return redirect("approvals:decision", approval.pk)


def _refused(
    request: HttpRequest, approval_id: str, error: ApprovalError
) -> HttpResponse:
    approval = inbox.get_visible(reader(request), approval_id)
    conflict = conflict_page.build(
        error, approval, reader_id=reader(request).pk, form=None
    )
    context = {"approval": approval, "conflict": conflict, "may_view": True}
    status = status_of(error)
    return render(request, "approvals/conflict.html", context, status=status)
