"""Several requests at once: a look at each before, and a result for each after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from approvals import bulk, inbox
from approvals.bulk import Given, Taken
from approvals.errors import ApprovalError
from approvals.models import Approval
from approvals.pages import bulk_page, conflict_page, wording
from approvals.pages.bulk_page import BulkPage, Item
from approvals.statuses import Channel
from approvals.views.requests import caller_of, reader, version_in


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
    given = [_given(request, item, chosen) for item in page.allowed]
    taken = bulk.decide_all(given, caller_of(request, Channel.BULK))
    became = {each.approval_id: each for each in taken}
    results = [
        _result(request, item, became.get(item.approval.pk)) for item in page.items
    ]
    return _results(request, results, took=[*became.values()])


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the answers of a batch back, as far as they did not go ahead yet."""
    ids = bulk_page.chosen(request.POST.getlist("id"))
    mine = inbox.visible_to(reader(request)).in_bulk(ids)
    taken = list(bulk.undo_all(mine, caller_of(request, Channel.BULK)))
    results = [
        Result(
            approval=mine[each.approval_id],
            done=each.error is None,
            words=each.detail or _("Your answer is taken back. Nothing went ahead."),
        )
        for each in taken
    ]
    return _results(request, results, undone=True)


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


def _given(request: HttpRequest, item: Item, verdict: str) -> Given:
    approval = item.approval
    choices = {each.verdict: each for each in item.choices}
    reason = request.POST.get("reason", "").strip()
    return Given(
        approval_id=approval.pk,
        data=bulk_page.answer_for(approval, choices[verdict], reason),
        digest=request.POST.get(f"digest.{approval.pk}") or None,
        version=version_in(request, f"version.{approval.pk}"),
    )


def _result(request: HttpRequest, item: Item, taken: Taken | None) -> Result:
    """In words; ``None`` was not even tried."""
    reader_id = reader(request).pk
    done = taken is not None and taken.approval is not None
    return Result(
        approval=item.approval,
        done=done,
        words=_words(item, taken, reader_id=reader_id),
    )


def _words(item: Item, taken: Taken | None, *, reader_id: int) -> str:
    if taken is None:
        closed = wording.closed_words(item.approval, reader_id=reader_id)
        return closed or " ".join(item.reasons)
    if taken.approval is not None:
        return wording.recorded_of_many(taken.approval)
    if isinstance(taken.error, ApprovalError):
        said = conflict_page.build(
            taken.error, item.approval, reader_id=reader_id, form=None
        )
        return f"{said.heading}. {' '.join(said.lines)}"
    return taken.detail


def _results(
    request: HttpRequest,
    results: list[Result],
    *,
    took: Sequence[Taken] = (),
    undone: bool = False,
) -> HttpResponse:
    done = sum(result.done for result in results)
    context = {
        "results": results,
        "done": done,
        "left": len(results) - done,
        "undone": undone,
        "undo": bulk_page.undo_of([each.approval for each in took if each.approval]),
    }
    return render(request, "approvals/bulk_result.html", context)
