"""Runs: the list, one run, and what operators do to one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import workflows
from approvals import audit, comments
from approvals.pages import run_page
from approvals.pages.acts_panel import Refused
from approvals.statuses import Channel
from approvals.views.requests import posted_from, reader, wants_fragment
from workflows.errors import RunNotFound, SchemaMismatch, WorkflowError
from workflows.json_gate import JSONObject
from workflows.models import Run
from workflows.rest import access


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The runs this person may see."""
    page = run_page.build_list(reader(request), request.GET)
    return render(request, "runs/list.html", {"page": page})


@require_safe
def show(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run: how it stands and what happened."""
    return _page(request, _visible(request, run_id))


@posted_from("approvals:run")
def cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    """Stop a run; its initiator and operators may."""
    run = _visible(request, run_id)
    access.require_cancel(reader(request), run)
    try:
        by = _by(request)
    except SchemaMismatch as unsaid:
        return _page(request, run, refused=Refused(act="cancel", words=str(unsaid)))
    with audit.acting(reader(request), Channel.PAGE):
        status = workflows.get_run(run.pk).cancel(by=by)
    if status == "canceled":
        messages.success(request, _("The run is canceled."))
    else:
        messages.warning(request, _("Too late: the run had already ended."))
    return redirect("approvals:run", run.pk)


@posted_from("approvals:run")
def restart(request: HttpRequest, run_id: str) -> HttpResponse:
    """Let a run whose executor died go on; operators may."""
    run = _visible(request, run_id)
    if not reader(request).has_perm(access.OPERATE_RUN):
        raise PermissionDenied
    try:
        by = _by(request)
    except SchemaMismatch as unsaid:
        return _page(request, run, refused=Refused(act="restart", words=str(unsaid)))
    try:
        with audit.acting(reader(request), Channel.PAGE):
            workflows.get_run(run.pk).restart(by=by, wait=False)
    except WorkflowError as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, _("The run goes on."))
    return redirect("approvals:run", run.pk)


def _by(request: HttpRequest) -> JSONObject:
    """Who acts and why, as the journal keeps it; without a reason nothing is done."""
    reason = comments.said_in(request.POST.get("reason", ""), "reason")
    return {"user": reader(request).pk, "channel": str(Channel.PAGE), "reason": reason}


def _page(
    request: HttpRequest, run: Run, *, refused: Refused | None = None
) -> HttpResponse:
    page = run_page.build(reader(request), run, refused)
    template = "runs/_run.html" if wants_fragment(request) else "runs/run.html"
    return render(request, template, {"page": page}, status=422 if refused else 200)


def _visible(request: HttpRequest, run_id: str) -> Run:
    try:
        return access.visible_run(reader(request), run_id)
    except RunNotFound:
        raise Http404 from None
