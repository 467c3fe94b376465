"""Several requests at once: a look at each before, and a result for each after."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from approvals import decisions
from approvals.errors import ApprovalError
from approvals.models import Approval
from approvals.pages import bulk_page, conflict_page, wording
from approvals.pages.bulk_page import BulkPage, Item
from approvals.statuses import Channel
from approvals.views.requests import client_address, reader
from workflows.errors import SchemaMismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one of the requests went."""

    approval: Approval
    done: bool
    words: str


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Look at the chosen requests; a post answers each by itself."""
    ids = (request.POST if request.method == "POST" else request.GET).getlist("id")
    page = bulk_page.build(reader(request), ids)
    if request.method != "POST":
        return _page(request, page)
    chosen = request.POST.get("verdict", "")
    if chosen not in {choice.verdict for choice in page.choices}:
        return _page(request, page, status=422, fault=_("Choose an outcome."))
    results = [_answer(request, item, chosen) for item in page.items]
    done = sum(result.done for result in results)
    context = {"results": results, "done": done, "left": len(results) - done}
    return render(request, "approvals/bulk_result.html", context)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """One line about the ticked requests: how many of them this person may decide."""
    page = bulk_page.build(reader(request), request.GET.getlist("id"))
    return render(request, "approvals/_bulk_summary.html", {"page": page})


def _page(
    request: HttpRequest, page: BulkPage, *, status: int = 200, fault: str = ""
) -> HttpResponse:
    context = {"page": page, "fault": fault, "reason": request.POST.get("reason", "")}
    return render(request, "approvals/bulk.html", context, status=status)


def _answer(request: HttpRequest, item: Item, verdict: str) -> Result:
    approval, choices = item.approval, {each.verdict: each for each in item.choices}
    if not approval.is_open:
        words = wording.closed_words(approval, reader_id=reader(request).pk)
        return Result(approval=approval, done=False, words=words)
    if not item.allowed:
        return Result(approval=approval, done=False, words=" ".join(item.reasons))
    reason = request.POST.get("reason", "").strip()
    version = request.POST.get(f"version.{approval.pk}", "")
    try:
        decided = decisions.decide(
            approval_id=approval.pk,
            decided_by=reader(request),
            data=bulk_page.answer_for(approval, choices[verdict], reason),
            digest=request.POST.get(f"digest.{approval.pk}") or None,
            version=int(version) if version.isascii() and version.isdigit() else None,
            channel=Channel.BULK,
            now=timezone.now(),
            address=client_address(request),
        )
    except SchemaMismatch as mismatch:
        words = " ".join(error["msg"] for error in mismatch.errors)
        return Result(approval=approval, done=False, words=words)
    except ApprovalError as error:
        return _refused(request, approval, error)
    words = wording.recorded(decided, votes=decided.votes)
    return Result(approval=decided, done=True, words=words)


def _refused(request: HttpRequest, approval: Approval, error: ApprovalError) -> Result:
    said = conflict_page.build(error, approval, reader_id=reader(request).pk, form=None)
    words = f"{said.heading}. {' '.join(said.lines)}"
    return Result(approval=approval, done=False, words=words)
