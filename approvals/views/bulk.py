"""Several requests at once: a look at each before, and a result for each after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from approvals import bulk, drafts, inbox
from approvals.badges import Badge
from approvals.bulk import Given, Taken
from approvals.errors import ApprovalError
from approvals.models import Approval
from approvals.pages import bulk_page, conflict_page, wording
from approvals.pages.bulk_page import BulkPage, Item
from approvals.statuses import Channel
from approvals.views.requests import caller_of, posted_from, reader, version_in
from approvals.visible_text import is_blank

DONE = Badge("circle-check", gettext_lazy("Done"), "good")
VOTED = Badge("vote", gettext_lazy("Vote recorded"), "good")
CHANGED = Badge("refresh-cw", gettext_lazy("Changed meanwhile"), "wait")
REFUSED = Badge("circle-x", gettext_lazy("Refused"), "bad")
NOT_KNOWN = Badge("circle-question-mark", gettext_lazy("Not known"), "wait")
LEFT = frozenset({CHANGED, REFUSED})
NOTHING = BulkPage(items=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one of the requests went."""

    approval: Approval
    badge: Badge
    words: str
    undoable: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Look at the requests that the address names; a post answers each by itself."""
    ids = request.GET.getlist("id") or request.POST.getlist("id")
    if fault := bulk_page.too_many(ids):
        return _page(request, NOTHING, status=422, fault=fault)
    page = bulk_page.build(reader(request), ids)
    if not ids:
        fault = _("Tick requests in the inbox first.")
        return _page(request, page, status=422, fault=fault)
    if request.method != "POST":
        return _page(request, page)
    return _answer(request, page)


@posted_from("approvals:inbox")
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
            badge=_fault_badge(each) or DONE,
            words=each.detail or _("Your answer is taken back. Nothing went ahead."),
            undoable=each.is_to_be_repeated,
        )
        for each in taken
    ]
    return _results(request, results, undone=True)


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


def _answer(request: HttpRequest, page: BulkPage) -> HttpResponse:
    """Answer what was offered and still is; say of the others how they stand."""
    offered = [item for item in page.items if _was_offered(request, item)]
    still = [item for item in offered if item.allowed]
    chosen = request.POST.get("verdict", "")
    tried = BulkPage(items=tuple(item for item in still if item.offers(chosen)))
    if not tried.items and (still or not offered):
        fault = _("Choose an outcome.") if page.choices else ""
        return _page(request, page, status=422, fault=fault, fault_at="verdict-1")
    if tried.lacks_reason(chosen, request.POST.get("reason", "")):
        why = _("Say why: some of these need a reason.")
        fault = why if tried.needs_reason else _("Say why you reject this.")
        return _page(request, page, status=422, fault=fault, fault_at="reason")
    kept = {item.approval.pk for item in page.items if _keeps_reason(request, item)}
    became = _decided(request, tried, chosen)
    results = [
        became.get(item.approval.pk) or _untried(request, item) for item in page.items
    ]
    return _results(request, results, kept=kept)


def _was_offered(request: HttpRequest, item: Item) -> bool:
    """Whether the page that was sent said that the reader may decide it."""
    return f"digest.{item.approval.pk}" in request.POST


def _decided(request: HttpRequest, tried: BulkPage, chosen: str) -> dict[str, Result]:
    """What became of each, by its key."""
    items = {item.approval.pk: item for item in tried.items}
    given = [_given(request, item, chosen) for item in tried.items]
    became: dict[str, Result] = {}
    for taken in bulk.decide_all(given, caller_of(request, Channel.BULK)):
        # Said at once: the next one may find the database gone.
        became[taken.approval_id] = _tried(request, items[taken.approval_id], taken)
    return became


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


def _keeps_reason(request: HttpRequest, item: Item) -> bool:
    """Put the reason into the draft of a form, which goes with the decision.

    What is left, or taken back, has it still.
    """
    approval, author, reason = item.approval, reader(request), _reason(request)
    if not reason or not item.keeps_reason:
        return False
    draft = drafts.find(approval=approval, author=author)
    is_of_now = draft is not None and draft.version == approval.version
    begun = drafts.typed_in(draft) if draft and is_of_now else None
    typed = bulk_page.begun_with(approval, reason, begun)
    if typed is None:
        return False
    version, now = approval.version, timezone.now()
    kept = drafts.save(
        approval=approval, author=author, typed=typed, version=version, now=now
    )
    return kept is not None


def _tried(request: HttpRequest, item: Item, taken: Taken) -> Result:
    """What became of an answer."""
    approval = taken.approval or item.approval
    return Result(
        approval=approval,
        badge=_fault_badge(taken) or _done_badge(approval),
        words=_words(item, taken, reader_id=reader(request).pk),
        undoable=taken.approval is not None and approval.is_reserved,
    )


def _untried(request: HttpRequest, item: Item) -> Result:
    """How a request stands to which no answer was given now, and why."""
    approval, offered = item.approval, _was_offered(request, item)
    if item.answered and offered:  # the same answer once more
        return Result(
            approval=approval,
            badge=_done_badge(approval),
            words=_recorded(approval),
            undoable=approval.is_reserved,
        )
    closed = wording.closed_words(approval, reader_id=reader(request).pk)
    return Result(
        approval=approval,
        badge=CHANGED if offered or item.allowed else REFUSED,
        words=closed or " ".join(item.reasons) or _now_allowed(),
    )


def _now_allowed() -> str:
    return _("This changed since you looked at it. You may decide it now.")


def _fault_badge(taken: Taken) -> Badge | None:
    """What stood in the way of an act; ``None`` when it is done."""
    if taken.is_to_be_repeated:
        return NOT_KNOWN
    if taken.status == 409:
        return CHANGED
    return REFUSED if taken.error else None


def _done_badge(approval: Approval) -> Badge:
    return VOTED if approval.is_open and not approval.is_reserved else DONE


def _words(item: Item, taken: Taken, *, reader_id: int) -> str:
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
    kept: Collection[str] = (),
    undone: bool = False,
) -> HttpResponse:
    """A page that asks the database for nothing more."""
    became = Counter(result.badge for result in results)
    context = {
        "results": results,
        "done": became[DONE],
        "voted": became[VOTED],
        "left": sum(became[badge] for badge in LEFT),
        "again": [each.approval for each in results if each.badge is NOT_KNOWN],
        "undone": undone,
        "undo": bulk_page.undo_of([e.approval for e in results if e.undoable]),
        "kept": [e for e in results if e.approval.pk in kept and e.badge in LEFT],
    }
    return render(request, "approvals/bulk_result.html", context)
