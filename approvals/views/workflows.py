"""Workflows: what is installed, and starting a run by a form."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from approvals.pages import workflow_page
from approvals.pages.forms import input_form
from approvals.pages.workflow_page import StartPage
from approvals.schema_forms import SchemaForm
from approvals.views import files
from approvals.views.requests import reader, wants_fragment
from workflows import Workflow, registry
from workflows.errors import SchemaMismatch, WorkflowNotFound
from workflows.rest import access


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The workflows that can be started."""
    page = workflow_page.build_list(reader(request))
    return render(request, "workflows/list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, workflow_id: str) -> HttpResponse:
    """A form made of the workflow's input; its answer starts a run."""
    workflow = _installed(workflow_id)
    if not reader(request).has_perm(access.START_RUN):
        raise PermissionDenied
    if request.method == "POST":
        return _start(request, workflow)
    return _page(request, workflow, input_form(workflow))


def _start(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    files.take(request)
    form = input_form(workflow, request.POST)
    if form.action:
        return _page(request, workflow, form)
    given = form.validate()
    if not form.is_valid:
        return _page(request, workflow, form, status=422)
    try:
        run = workflow.create_run(initiator=reader(request))
        run.start(workflow.schemas.input.load(given), wait=False)
    except SchemaMismatch as mismatch:
        form = input_form(workflow, request.POST, errors=mismatch.errors)
        return _page(request, workflow, form, status=422)
    messages.success(request, _("The run is started."))
    if wants_fragment(request):  # the whole window goes on, not a part of this page
        return HttpResponseClientRedirect(reverse("approvals:run", args=[run.id]))
    return redirect("approvals:run", run.id)


def _page(
    request: HttpRequest, workflow: Workflow, form: SchemaForm, *, status: int = 200
) -> HttpResponse:
    page = StartPage(workflow=workflow, form=form)
    return render(request, "workflows/start.html", {"page": page}, status=status)


def _installed(workflow_id: str) -> Workflow:
    try:
        return cast(Workflow, registry.get(workflow_id))
    except WorkflowNotFound:
        raise Http404 from None
