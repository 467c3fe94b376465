"""Several requests at once: a look at each before, and a result for each after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from approvals import bulk, drafts, inbox
from approvals.badges import Badge
from approvals.bulk import Given, Taken
from approvals.errors import ApprovalError
from approvals.models import Approval
from approvals.pages import bulk_page, conflict_page, wording
from approvals.pages.bulk_page import BulkPage, Item
from approvals.statuses import Channel
from approvals.views.requests import caller_of, reader, version_in
from approvals.visible_text import is_blank

DONE = Badge("circle-check", gettext_lazy("Done"), "good")
CHANGED = Badge("refresh-cw", gettext_lazy("Changed meanwhile"), "wait")
REFUSED = Badge("circle-x", gettext_lazy("Refused"), "bad")
NOT_KNOWN = Badge("circle-question-mark", gettext_lazy("Not known"), "wait")
NOTHING = BulkPage(items=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one of the requests went."""

    approval: Approval
    badge: Badge
    words: str


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Look at the chosen requests; a post answers each by itself."""
    ids = (request.POST if request.method == "POST" else request.GET).getlist("id")
    if fault := bulk_page.too_many(ids):
        return _page(request, NOTHING, status=422, fault=fault)
    page = bulk_page.build(reader(request), ids)
    if not ids:
        fault = _("Tick requests in the inbox first.")
        return _page(request, page, status=422, fault=fault)
    if request.method != "POST":
        return _page(request, page)
    if not page.allowed and page.answered:  # the same answers once more
        return _all_results(request, page, {}, undo=_undoable(page))
    chosen = request.POST.get("verdict", "")
    if chosen not in {choice.verdict for choice in page.choices}:
        fault = _("Choose an outcome.") if page.choices else ""
        return _page(request, page, status=422, fault=fault, fault_at="verdict-1")
    if page.lacks_reason(chosen, request.POST.get("reason", "")):
        why = _("Say why: some of these need a reason.")
        fault = why if page.needs_reason else _("Say why you reject this.")
        return _page(request, page, status=422, fault=fault, fault_at="reason")
    for item in page.allowed:
        _keep_reason(request, item)
    given = [_given(request, item, chosen) for item in page.allowed]
    tried = {item.approval.pk: item for item in page.allowed}
    became: dict[str, Result] = {}
    decided: list[Approval] = []
    for taken in bulk.decide_all(given, caller_of(request, Channel.BULK)):
        # Said at once: the next one may find the database gone.
        became[taken.approval_id] = _result(request, tried[taken.approval_id], taken)
        decided += [taken.approval] if taken.approval else []
    return _all_results(request, page, became, undo=decided)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the answers of a batch back, as far as they did not go ahead yet."""
    ids = bulk_page.chosen(request.POST.getlist("id"))
    if fault := bulk_page.too_many(ids):
        return _page(request, NOTHING, status=422, fault=fault)
    mine = inbox.visible_to(reader(request)).in_bulk(ids)
    taken = list(bulk.undo_all(mine, caller_of(request, Channel.BULK)))
    results = [
        Result(
            approval=mine[each.approval_id],
            badge=_badge(each),
            words=each.detail or _("Your answer is taken back. Nothing went ahead."),
        )
        for each in taken
    ]
    again = [mine[each.approval_id] for each in taken if each.is_to_be_repeated]
    return _results(request, results, undone=True, undo=again)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """One line about the ticked requests: how many of them this person may decide."""
    ids = request.GET.getlist("id")
    fault = bulk_page.too_many(ids)
    page = NOTHING if fault else bulk_page.build(reader(request), ids)
    context = {"page": page, "fault": fault}
    return render(request, "approvals/_bulk_summary.html", context)


def _page(
    request: HttpRequest,
    page: BulkPage,
    *,
    status: int = 200,
    fault: str = "",
    fault_at: str = "",
) -> HttpResponse:
    """The chosen requests; a fault stands at the control with this id, if any."""
    context = {
        "page": page,
        "fault": fault,
        "fault_at": fault_at,
        "reason": request.POST.get("reason", ""),
        "chosen": request.POST.get("verdict", ""),
    }
    return render(request, "approvals/bulk.html", context, status=status)


def _given(request: HttpRequest, item: Item, verdict: str) -> Given:
    approval = item.approval
    choices = {each.verdict: each for each in item.choices}
    reason = _reason(request)
    return Given(
        approval_id=approval.pk,
        data=bulk_page.answer_for(approval, choices[verdict], reason),
        comment="" if item.takes_reason else reason,
        digest=request.POST.get(f"digest.{approval.pk}") or None,
        version=version_in(request, f"version.{approval.pk}"),
    )


def _reason(request: HttpRequest) -> str:
    reason = request.POST.get("reason", "").strip()
    return "" if is_blank(reason) else reason


def _keep_reason(request: HttpRequest, item: Item) -> None:
    """Put the reason into the draft of each form, which goes with the decision.

    What is refused, or taken back, has it still.
    """
    approval, author, reason = item.approval, reader(request), _reason(request)
    if not reason:
        return
    draft = drafts.find(approval=approval, author=author)
    is_of_now = draft is not None and draft.version == approval.version
    begun = drafts.typed_in(draft) if draft and is_of_now else None
    typed = bulk_page.begun_with(approval, reason, begun)
    if typed is not None:
        version, now = approval.version, timezone.now()
        drafts.save(
            approval=approval, author=author, typed=typed, version=version, now=now
        )


def _undoable(page: BulkPage) -> list[Approval]:
    return [item.approval for item in page.answered if item.approval.is_reserved]


def _all_results(
    request: HttpRequest,
    page: BulkPage,
    became: Mapping[str, Result],
    *,
    undo: Sequence[Approval],
) -> HttpResponse:
    """What became of those that were tried, and how the others stand."""
    results = [
        became.get(item.approval.pk) or _result(request, item, None)
        for item in page.items
    ]
    return _results(request, results, undo=undo)


def _result(request: HttpRequest, item: Item, taken: Taken | None) -> Result:
    """In words; ``None`` was not even tried."""
    return Result(
        approval=item.approval,
        badge=DONE if taken is None and item.answered else _badge(taken),
        words=_words(item, taken, reader_id=reader(request).pk),
    )


def _badge(taken: Taken | None) -> Badge:
    if taken is not None and taken.is_to_be_repeated:
        return NOT_KNOWN
    if taken is not None and taken.status == 409:
        return CHANGED
    return REFUSED if taken is None or taken.error else DONE


def _words(item: Item, taken: Taken | None, *, reader_id: int) -> str:
    if taken is None and item.answered:
        return _recorded(item.approval)
    if taken is None:
        closed = wording.closed_words(item.approval, reader_id=reader_id)
        return closed or " ".join(item.reasons)
    if taken.approval is not None:
        return _recorded(taken.approval)
    if isinstance(taken.error, ApprovalError):
        said = conflict_page.build(
            taken.error, item.approval, reader_id=reader_id, form=None
        )
        return f"{said.heading}. {' '.join(said.lines)}"
    return taken.detail


def _recorded(approval: Approval) -> str:
    """That it is; by now the database may be gone, and can't be asked for more."""
    try:
        return wording.recorded_of_many(approval)
    except (InterfaceError, OperationalError):
        return _("Your answer is recorded.")


def _results(
    request: HttpRequest,
    results: list[Result],
    *,
    undo: Sequence[Approval],
    undone: bool = False,
) -> HttpResponse:
    """A page that asks the database for nothing more."""
    became = Counter(result.badge for result in results)
    context = {
        "results": results,
        "done": became[DONE],
        "left": became[REFUSED] + became[CHANGED],
        "again": [each.approval for each in results if each.badge is NOT_KNOWN],
        "undone": undone,
        "undo": bulk_page.undo_of(undo),
        "keeps_reason": bool(_reason(request)) and bool(became[REFUSED]),
    }
    return render(request, "approvals/bulk_result.html", context)
