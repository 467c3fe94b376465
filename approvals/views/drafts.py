"""A draft of an answer: kept while somebody types, thrown away when they say so.

A copy that a browser held while the server was away says how old it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from approvals import drafts, inbox
from approvals.errors import ApprovalNotFound
from approvals.models import Approval, Draft
from approvals.pages.conflict_page import typed_texts
from approvals.pages.forms import begun_forms
from approvals.policies import eligibility
from approvals.views.requests import posted_from, reader, version_in

GONE, OLDER, TOO_LONG = 409, 412, 413


@posted_from("approvals:decision")
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
    now, age = timezone.now(), _age(request)
    draft = drafts.save(
        approval=approval,
        author=user,
        typed=request.POST,
        version=version_in(request),
        now=now,
        age=age,
    )
    if draft is None:
        words = _("Too long to be kept here. A copy is kept in this browser.")
        return JsonResponse({"words": words}, status=TOO_LONG)
    if age is not None and draft.saved_at > now - age:
        return _older(request, approval, draft, typed_at=now - age)
    return _saved(draft)


def _saved(draft: Draft) -> HttpResponse:
    local = timezone.localtime(draft.saved_at)
    return JsonResponse({"saved": formats.time_format(local, "TIME_FORMAT")})


def _age(request: HttpRequest) -> timedelta | None:
    """How long ago a copy was typed, by the clock of its browser alone."""
    age = request.POST.get("age", "")[:12]
    is_number = age.isascii() and age.isdigit()
    return timedelta(milliseconds=int(age)) if is_number else None


def _older(
    request: HttpRequest, approval: Approval, draft: Draft, *, typed_at: datetime
) -> HttpResponse:
    """What stands in the copy that was sent and not in the newer draft, if anything."""
    sent, version = drafts.to_be_kept(request.POST), version_in(request)
    here = begun_forms(approval, sent, version=version)
    there = begun_forms(approval, drafts.typed_in(draft), version=draft.version)
    if here[0] is None:  # its code is gone: nobody can tell
        return HttpResponse(status=GONE)
    kept = typed_texts(*there)
    missed = [text for text in typed_texts(*here) if text not in kept]
    if not missed:
        return _saved(draft)
    context = {"missed": missed, "typed_at": typed_at}
    return render(request, "approvals/_older.html", context, status=OLDER)


def _may_keep(user: User, approval: Approval) -> bool:
    # What was typed while a colleague was faster can still be copied.
    has_answered = approval.is_reserved and approval.reservation.decided_by == user
    return eligibility(user, approval).would_decide and not has_answered
