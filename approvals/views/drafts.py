"""A draft of an answer: kept while somebody types, thrown away when they say so."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from approvals import drafts, inbox
from approvals.errors import ApprovalNotFound
from approvals.models import Approval
from approvals.policies import eligibility
from approvals.views.requests import reader, version_in

GONE, TOO_LONG = 409, 413


@require_POST
def save(request: HttpRequest, approval_id: str) -> HttpResponse:
    """Keep what is typed so far; refused to who has answered or may not answer."""
    user = reader(request)
    try:
        approval = inbox.get_visible(user, approval_id)
    except ApprovalNotFound:
        raise Http404 from None
    if "discard" in request.POST:
        drafts.forget(approval=approval, author=user)
        return redirect("approvals:decision", approval.pk)
    if not _may_keep(user, approval):
        return HttpResponse(status=GONE)
    now = timezone.now()
    draft = drafts.save(
        approval=approval,
        author=user,
        typed=request.POST,
        version=version_in(request),
        now=now,
    )
    if draft is None:
        words = _("Too long to be kept here. A copy is kept in this browser.")
        return JsonResponse({"words": words}, status=TOO_LONG)
    local = timezone.localtime(draft.saved_at)
    return JsonResponse({"saved": formats.time_format(local, "TIME_FORMAT")})


def _may_keep(user: User, approval: Approval) -> bool:
    # What was typed while a colleague was faster can still be copied.
    has_answered = approval.is_reserved and approval.reservation.decided_by == user
    return eligibility(user, approval).would_decide and not has_answered
