"""Views of the inbox that somebody keeps: saving one, changing it, sharing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from approvals import saved_views
from approvals.errors import ApprovalNotFound
from approvals.pages import rail
from approvals.pages.inbox_filters import Filters, known_to
from approvals.views.requests import reader
from workflows.errors import SchemaMismatch

TYPED = ("name", "sharing", "address")


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The reader's views and those of others; a post keeps another one."""
    if request.method != "POST":
        return _page(request)
    user = reader(request)
    asked = QueryDict(request.POST.get("address", "")[: saved_views.LONGEST_ADDRESS])
    try:
        view = saved_views.save(
            owner=user,
            name=request.POST.get("name", ""),
            address=Filters(asked, known_to(user)).stored,
            sharing=request.POST.get("sharing", ""),
            now=timezone.now(),
        )
    except SchemaMismatch as misfit:
        return _page(request, misfit)
    messages.success(request, _("The view is saved."))
    return redirect(rail.address_of(view))


@require_POST
def change(request: HttpRequest, view_id: int) -> HttpResponse:
    """Call it something else, share it otherwise, or throw it away."""
    user = reader(request)
    try:
        if "remove" in request.POST:
            saved_views.remove(owner=user, view_id=view_id)
            messages.success(request, _("The view is removed."))
        else:
            saved_views.change(
                owner=user,
                view_id=view_id,
                name=request.POST.get("name", ""),
                sharing=request.POST.get("sharing", ""),
            )
            messages.success(request, _("The view is changed."))
    except ApprovalNotFound:
        raise Http404 from None
    except SchemaMismatch as misfit:
        return _page(request, misfit, view_id)
    return redirect("approvals:views")


def _page(
    request: HttpRequest,
    misfit: SchemaMismatch | None = None,
    view_id: int | None = None,
) -> HttpResponse:
    """``view_id`` is the view in which something does not fit; else a new one."""
    user = reader(request)
    found = saved_views.visible_to(user).select_related("owner")
    placed = [(view, rail.address_of(view)) for view in found]
    context = {
        "mine": [each for each in placed if each[0].owner_id == user.pk],
        "others": [each for each in placed if each[0].owner_id != user.pk],
        "choices": saved_views.sharing_choices(user, saved_views.groups_of(user)),
        "faults": [fault["msg"] for fault in misfit.errors] if misfit else [],
        "at_fault": view_id,
        "typed": {name: request.POST.get(name, "") for name in TYPED},
        "saving": misfit is not None and view_id is None,
    }
    status = 422 if misfit else 200
    return render(request, "approvals/views.html", context, status=status)
