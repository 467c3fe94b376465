"""``/d/<token>``: opening it changes nothing; only its form decides, and only once.

Who has a link that would still decide is told what stands in its way, as far as its
recipient may know it. Everybody else gets one and the same answer, so that it tells
nobody whether there ever was one.
"""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

import workflows
from approvals import drafts, inbox, rendering
from approvals.errors import ApprovalError, DigestMissing, StalePage
from approvals.models import Approval
from approvals.notifications import links, locales
from approvals.notifications.kinds import Purpose
from approvals.notifications.link_policy import LinkUnusable
from approvals.notifications.models import Link
from approvals.pages import outlook, wording
from approvals.pages.forms import mark_reason
from approvals.policies import eligibility
from approvals.readable import Shown
from approvals.schema_forms import ErrorDetail, SchemaForm
from approvals.secrets import masked_question
from approvals.verdicts import SUBMITTED, properties
from approvals.views.requests import advances, client_address
from workflows.errors import SchemaMismatch


class LinkThrottle(SimpleRateThrottle):
    """Thirty looks a minute for one address, in one process."""

    rate = "30/min"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"link-{self.get_ident(request)}"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link, or what its form decides."""
    response = _too_often(request) or _answer(request, token)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _too_often(request: HttpRequest) -> HttpResponse | None:
    throttle = LinkThrottle()
    if throttle.allow_request(cast(Request, request), cast(APIView, None)):
        return None
    response = render(request, "notifications/too_often.html", status=429)
    response["Retry-After"] = str(int(throttle.wait() or 60) + 1)
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = links.find(token, now=timezone.now())
        if link.purpose == Purpose.DECIDE:
            return _deciding(request, link)
        if request.method == "POST":
            raise LinkUnusable
    except ApprovalError:  # also when somebody was faster, a moment ago
        return _unusable(request, links.issued(token, now=timezone.now()))
    return redirect("approvals:decision", link.approval_id)


def _unusable(request: HttpRequest, link: Link | None) -> HttpResponse:
    page = "notifications/unusable.html"
    if link is None or not _is_told(link):
        return render(request, page, status=410)
    with locales.showing(link.recipient_id) as language:
        context = {"why": _meanwhile(link), "approval": link.approval}
        response = render(request, page, context, status=410)
        response["Content-Language"] = language
    return response


def _is_told(link: Link) -> bool:
    may = eligibility(link.recipient, link.approval)
    return link.purpose == Purpose.DECIDE and may.may_view


def _meanwhile(link: Link) -> str:
    """What became of the request, in words for the link's recipient."""
    may = eligibility(link.recipient, link.approval)
    if may.may_decide:
        return _("The request still waits for you, but this link can't decide it.")
    return wording.meanwhile(link.approval, may, reader_id=link.recipient_id)


def _deciding(request: HttpRequest, link: Link) -> HttpResponse:
    """In the language and the time zone of the mail that led here."""
    with locales.showing(link.recipient_id) as language:
        posted = request.method == "POST"
        response = _decide(request, link) if posted else _page(request, link)
        response["Content-Language"] = language
    return response


def _decide(request: HttpRequest, link: Link) -> HttpResponse:
    form = _form(link.approval, request.POST)
    if form.action:
        return _page(request, link, form)
    form.validate()
    if not form.is_valid:
        return _page(request, link, form, status=422)
    try:
        decided = links.decide(
            link,
            form.value(),
            digest=request.POST.get("digest", ""),
            now=timezone.now(),
            address=client_address(request),
        )
    except SchemaMismatch as mismatch:
        form = _form(link.approval, request.POST, errors=mismatch.errors)
        return _page(request, link, form, status=422)
    except (StalePage, DigestMissing):
        form = _form(link.approval, request.POST)
        return _page(request, link, form, status=409)
    if decided.is_reserved:  # whoever takes it back finds it in the form again
        drafts.save(
            approval=decided,
            author=link.recipient,
            typed=request.POST,
            version=link.version,
            now=timezone.now(),
        )
    return _decided(request, link, decided, form)


def _decided(
    request: HttpRequest, link: Link, decided: Approval, form: SchemaForm
) -> HttpResponse:
    """What was asked, what was answered, what that leads to, and where to go on."""
    choice = form.verdict.choice_of(form.value()) if form.verdict.field else None
    step = workflows.suspended_step(decided.suspension)
    told = outlook.declared(step) if step else {}
    context = {
        "approval": decided,
        "answered": choice.label if choice else "",
        "leads_to": told.get(choice.verdict if choice else SUBMITTED, ""),
        "next_up": _next_up(request, link),
    }
    return render(request, "notifications/decided.html", context)


def _next_up(request: HttpRequest, link: Link) -> Approval | None:
    """What waits next, for a recipient who is signed in here and wants to be led on."""
    if request.user != link.recipient or not advances(request):
        return None
    return inbox.waiting_for(link.recipient).first()


def _page(
    request: HttpRequest,
    link: Link,
    form: SchemaForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    approval = link.approval
    context = {
        "changed": status == 409,
        "approval": approval,
        "recipient": link.recipient,
        "answers_for": wording.answers_for(eligibility(link.recipient, approval)),
        "details": _public_details(approval),
        "digest": approval.digest,
        "form": form or _form(approval),
    }
    return render(request, "notifications/link.html", context, status=status)


def _form(
    approval: Approval, data: QueryDict | None = None, *, errors: Any = None
) -> SchemaForm:
    """The answer's fields, without anything that the payload proposes."""
    step = workflows.suspended_step(approval.suspension)
    if step is None:
        raise LinkUnusable
    faults: list[ErrorDetail] | None = errors
    zone = ZoneInfo(timezone.get_current_timezone_name())
    form = SchemaForm(step.schemas.resume.type_, data=data, zone=zone, errors=faults)
    mark_reason(form, approval)
    return form


def _public_details(approval: Approval) -> Shown | None:
    """What the suspend schema marks ``public``; nothing else leaves without a login."""
    step = workflows.suspended_step(approval.suspension)
    payload = masked_question(approval)
    if step is None or not isinstance(payload, dict):
        return None
    schema = step.schemas.suspend.json_schema()
    marked = {
        name: payload[name]
        for name, field in properties(schema).items()
        if isinstance(field, dict) and field.get("public") is True and name in payload
    }
    return rendering.shown(marked, schema) if marked else None
