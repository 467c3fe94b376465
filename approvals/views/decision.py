"""One approval: its page, the answer to it, and what became of it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from approvals import decisions, drafts, inbox
from approvals.errors import (
    AlreadyClaimed,
    ApprovalError,
    ApprovalNotFound,
    CannotGoOn,
    DigestMissing,
    EditMismatch,
    NotYourDecision,
    SentBack,
    StalePage,
    status_of,
)
from approvals.models import Approval
from approvals.pages import conflict_page, decision_page, fieldless, wording
from approvals.pages.acts_panel import Refused
from approvals.pages.conflict_page import Typed
from approvals.pages.forms import answer_form, edit_form
from approvals.persons import person_of
from approvals.policies import Eligibility, eligibility
from approvals.refusals import Submission, refuse
from approvals.schema_forms import SchemaForm
from approvals.statuses import Channel
from approvals.views import advancing, files
from approvals.views.requests import advances, client_address, reader, version_in
from workflows.errors import FieldError, SchemaMismatch


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, approval_id: str) -> HttpResponse:
    """Show the question, or take the answer to it."""
    try:
        approval = inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        return shut_out(request, approval_id)
    if request.method == "POST":
        return _answer(request, approval)
    return answer_page(request, approval)


def answer_page(
    request: HttpRequest,
    approval: Approval,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with what was begun; ``refused`` is an act that was not done."""
    page = decision_page.opened(reader(request), approval, refused)
    context = {"page": page, "changed": None}
    return render(request, "approvals/decision.html", context, status=status)


@require_safe
def notice(request: HttpRequest, approval_id: str) -> HttpResponse:
    """What to tell somebody who has the page open: nothing while it is as it was."""
    approval = _visible_or_read(request, approval_id)
    may = eligibility(reader(request), approval)
    kind = _changed(request, approval, may)
    if not kind:
        return HttpResponse(status=204)
    words = wording.meanwhile(approval, may, reader_id=reader(request).pk)
    context = {
        "approval": approval,
        "words": _("You can decide this now.") if kind == "free" else words,
        "kind": kind,
        "may_view": may.may_view,
    }
    return render(request, "approvals/_notice.html", context)


def _changed(request: HttpRequest, approval: Approval, may: Eligibility) -> str:
    """In which way the page that is open is not as it was; empty while it is."""
    has_form = "form" in request.GET
    if not may.may_decide:
        return "over" if has_form else "" if approval.is_open else "closed"
    if not has_form:
        return "free"
    return "" if request.GET.get("version") == str(approval.version) else "changed"


def _visible_or_read(request: HttpRequest, approval_id: str) -> Approval:
    """Also for whom it was shown to and is hidden from now, as its digest proves."""
    try:
        return inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        pass
    try:
        return inbox.get_read(approval_id, request.GET.get("digest", ""))
    except ApprovalNotFound:
        raise Http404 from None


def _answer(request: HttpRequest, approval: Approval) -> HttpResponse:
    if _may_decide(request, approval):
        files.take(request)
    form, edits = _answer_form(request, approval), _edit_form(request, approval)
    if (form is not None and form.action) or (edits is not None and edits.action):
        refusal = _refusal(request, approval)
        if refusal is not None:
            return _refused(request, approval.pk, refusal)
        return _page(request, approval, form)
    if form is not None and _has_faults(form) and _may_decide(request, approval):
        return _page(request, approval, form, status=422)
    try:
        decided = _decide(request, approval, form)
    except EditMismatch as mismatch:
        return _misfit_edit(request, approval, edits, mismatch)
    except SchemaMismatch as mismatch:
        form = _answer_form(request, approval, errors=mismatch.errors)
        return _page(request, approval, form, status=422)
    except ApprovalError as error:
        return _refused(request, approval.pk, error)
    if decided.is_reserved:  # the page itself says so, with a way back to all of this
        _keep(request, decided)
    else:
        votes = decided.decisions.filter(version=decided.version).count()
        if advances(request):
            return advancing.lead_on(request, decided, votes=votes)
        # The page joins it to what it has to say about the run.
        words = wording.said(decided, votes=votes)
        messages.success(request, words, extra_tags=wording.SAID)
    return redirect("approvals:decision", decided.pk)


def shut_out(
    request: HttpRequest, approval_id: str, *, is_answer: bool = True
) -> HttpResponse:
    """Nothing here, but for somebody who could read this when they began to answer."""
    try:
        approval = inbox.get_read(approval_id, request.POST.get("digest", ""))
    except ApprovalNotFound:
        raise Http404 from None
    error = NotYourDecision(eligibility(reader(request), approval).reasons)
    return _conflict(request, approval, error, may_view=False, is_answer=is_answer)


def _misfit_edit(
    request: HttpRequest,
    approval: Approval,
    edits: SchemaForm | None,
    mismatch: EditMismatch,
) -> HttpResponse:
    """Each fault at its field, which stands in the answer if the answer has it, too."""
    apart = {field.name.partition(".")[2] for field in edits.fields} if edits else set()
    faults: dict[bool, list[FieldError]] = {True: [], False: []}
    for fault in mismatch.in_the_proposal:
        name = str(fault["loc"][0]) if fault["loc"] else ""
        faults[name in apart or (not name and bool(apart))].append(fault)
    form = _answer_form(request, approval, errors=faults[False])
    edits = _edit_form(request, approval, errors=faults[True])
    return _page(request, approval, form, edits=edits, status=422)


def _answer_form(
    request: HttpRequest,
    approval: Approval,
    *,
    errors: Sequence[FieldError] | None = None,
) -> SchemaForm | None:
    """What was sent for the answer, by what is proposed now."""
    version = version_in(request)
    return answer_form(approval, request.POST, version=version, errors=errors)


def _edit_form(
    request: HttpRequest,
    approval: Approval,
    *,
    errors: Sequence[FieldError] | None = None,
) -> SchemaForm | None:
    """What was sent for the proposal, by what is proposed now."""
    version = version_in(request)
    return edit_form(approval, request.POST, version=version, errors=errors)


def _refusal(request: HttpRequest, approval: Approval) -> ApprovalError | None:
    """Why an answer to what was shown would not be taken now."""
    submission = Submission(
        decided_by=reader(request),
        digest=request.POST.get("digest") or None,
        version=version_in(request),
        channel=Channel.PAGE,
        now=timezone.now(),
    )
    try:
        refuse(approval, person_of(reader(request)), submission)
    except ApprovalError as error:
        return error
    return None


def _has_faults(form: SchemaForm) -> bool:
    form.validate()
    return not form.is_valid


def _may_decide(request: HttpRequest, approval: Approval) -> bool:
    # Who can't answer any more is told so, and not about fields.
    return eligibility(reader(request), approval).may_decide


def _decide(
    request: HttpRequest, approval: Approval, form: SchemaForm | None
) -> Approval:
    edits = _edit_form(request, approval)
    made = edits.value() if edits else None
    return decisions.decide(
        approval_id=approval.pk,
        decided_by=reader(request),
        data=form.value() if form else None,
        digest=request.POST.get("digest") or None,
        version=version_in(request),
        edits=made if isinstance(made, dict) else None,
        channel=Channel.PAGE,
        now=timezone.now(),
        address=client_address(request),
    )


def _refused(
    request: HttpRequest, approval_id: str, error: ApprovalError
) -> HttpResponse:
    """Say why, with what holds now and with everything that was typed."""
    approval = _visible(request, approval_id)
    if isinstance(error, StalePage | DigestMissing):
        form = _answer_form(request, approval)
        return _page(request, approval, form, status=status_of(error), changed=error)
    # It may be this person's turn again, or the code's.
    is_held = isinstance(error, AlreadyClaimed | SentBack | CannotGoOn)
    is_kept = is_held and _keep(request, approval)
    return _conflict(request, approval, error, is_kept=is_kept)


def _keep(request: HttpRequest, approval: Approval) -> bool:
    """Keep what was typed for when it can be answered; whether it is not too long."""
    kept = drafts.save(
        approval=approval,
        author=reader(request),
        typed=request.POST,
        version=version_in(request),
        now=timezone.now(),
    )
    return kept is not None


def _conflict(
    request: HttpRequest,
    approval: Approval,
    error: ApprovalError,
    *,
    may_view: bool = True,
    is_answer: bool = True,
    is_kept: bool = False,
) -> HttpResponse:
    form, edits = _answer_form(request, approval), _edit_form(request, approval)
    conflict = conflict_page.build(
        error,
        approval,
        reader_id=reader(request).pk,
        form=form,
        edits=edits,
        texts=[request.POST.get("text", ""), request.POST.get("reason", "")],
        fieldless=() if form else _fieldless(request, approval),
        files=files.names_left(request),
        is_answer=is_answer,
        is_kept=is_kept,
    )
    context = {
        "approval": approval,
        "conflict": conflict,
        "may_view": may_view,
        "is_read": may_view or request.POST.get("digest") == approval.digest,
    }
    status = status_of(error)
    return render(request, "approvals/conflict.html", context, status=status)


def _fieldless(request: HttpRequest, approval: Approval) -> Iterator[Typed]:
    """What was typed, where the code of the step is gone and no form can hold it."""
    for prefix in drafts.PREFIXES:
        texts = fieldless.texts_in(request.POST, None, prefix=prefix)
        yield from fieldless.boxes(texts, approval.payload_value)


def _page(
    request: HttpRequest,
    approval: Approval,
    form: SchemaForm | None,
    *,
    status: int = 200,
    changed: ApprovalError | None = None,
    edits: SchemaForm | None = None,
) -> HttpResponse:
    if edits is None:
        edits = _edit_form(request, approval)
    since = version_in(request) if changed else None
    page = decision_page.build(reader(request), approval, form, edits, since=since)
    context = {"page": page, "changed": changed}
    return render(request, "approvals/decision.html", context, status=status)


def _visible(request: HttpRequest, approval_id: str) -> Approval:
    try:
        return inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        raise Http404 from None
