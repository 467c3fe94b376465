"""Runs: the list, one run, and what operators do to one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import workflows
from approvals import audit
from approvals.pages import run_page
from approvals.statuses import Channel
from approvals.views.requests import reader, wants_fragment
from workflows.errors import RunNotFound, WorkflowError
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
    page = run_page.build(reader(request), _visible(request, run_id))
    template = "runs/_run.html" if wants_fragment(request) else "runs/run.html"
    return render(request, template, {"page": page})


@require_POST
def cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    """Stop a run; its initiator and operators may."""
    run = _visible(request, run_id)
    access.require_cancel(reader(request), run)
    with audit.acting(reader(request), Channel.PAGE):
        status = workflows.get_run(run.pk).cancel()
    if status == "canceled":
        messages.success(request, _("The run is canceled."))
    else:
        messages.warning(request, _("Too late: the run had already ended."))
    return redirect("approvals:run", run.pk)


@require_POST
def restart(request: HttpRequest, run_id: str) -> HttpResponse:
    """Let a run whose executor died go on; operators may."""
    run = _visible(request, run_id)
    if not reader(request).has_perm(access.OPERATE_RUN):
        raise PermissionDenied
    try:
        with audit.acting(reader(request), Channel.PAGE):
            workflows.get_run(run.pk).restart(wait=False)
    except WorkflowError as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, _("The run goes on."))
    return redirect("approvals:run", run.pk)


def _visible(request: HttpRequest, run_id: str) -> Run:
    try:
        return access.visible_run(reader(request), run_id)
    except RunNotFound:
        raise Http404 from None
