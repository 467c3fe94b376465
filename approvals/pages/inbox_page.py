"""The inbox: views with counts, filters, and the rows of one view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from approvals import inbox
from approvals.errors import ApprovalNotFound
from approvals.models import Approval, ApprovalQuerySet, Decision
from approvals.pages import decision_page
from approvals.pages.decision_page import DecisionPage
from approvals.pages.inbox_filters import Filters
from approvals.pages.paging import Pager, asked, page_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WAITING, UNCLAIMED, CLAIMED = "waiting", "unclaimed", "claimed"
REQUESTED, DECIDED = "requested", "decided"
ICONS = {
    WAITING: "inbox",
    UNCLAIMED: "users",
    CLAIMED: "hand",
    REQUESTED: "hourglass",
    DECIDED: "history",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One entry of the rail."""

    name: str
    label: str
    icon: str
    count: int
    current: bool

    @property
    def address(self) -> str:
        home = reverse("approvals:inbox")
        named = urlencode({"view": self.name})
        return home if self.name == WAITING else f"{home}?{named}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """All that the inbox shows. The heading's number is the list's own."""

    view: str
    filters: Filters
    views: tuple[View, ...]
    total: int
    rows: list[Approval]
    pager: Pager
    open: DecisionPage | None  # the request that stands beside the list

    @property
    def heading(self) -> str:
        return next(view.label for view in self.views if view.current)

    @property
    def is_newcomer(self) -> bool:
        """Whether this person has had nothing to do with any approval so far."""
        return not any(view.count for view in self.views)


def build(user: User, address: QueryDict, *, now: datetime) -> InboxPage:
    """The page of the inbox that this address names; unknown names mean the default."""
    waiting = inbox.waiting_for(user)
    lists = {
        WAITING: waiting,
        UNCLAIMED: inbox.unclaimed(waiting),
        CLAIMED: waiting.filter(claimed_by=user.pk),
        REQUESTED: inbox.requested_by(user),
        DECIDED: inbox.decided_by(user),
    }
    named = address.get("view", "")
    current = named if named in lists else WAITING
    filters = Filters(user, address)
    counts = inbox.tally(user, lists)
    found = filters.apply(lists[current], now=now)
    total = found.count() if filters.narrows else counts[current]
    rows, pager = page_of(_for_rows(found), address, total=total)
    return InboxPage(
        view=current,
        filters=filters,
        views=_views(counts, current),
        total=total,
        rows=rows,
        pager=pager,
        open=_opened(user, asked(address, "open")),
    )


def _opened(user: User, approval_id: str) -> DecisionPage | None:
    if not approval_id:
        return None
    try:
        approval = inbox.get_visible(user, approval_id)
    except ApprovalNotFound:
        return None
    return decision_page.opened(user, approval)


def _views(counts: dict[str, int], current: str) -> tuple[View, ...]:
    labels = {
        WAITING: _("Waiting for you"),
        UNCLAIMED: _("Unclaimed in your groups"),
        CLAIMED: _("Claimed by you"),
        REQUESTED: _("You are waiting for others"),
        DECIDED: _("Decided by you"),
    }
    return tuple(
        View(
            name=name,
            label=labels[name],
            icon=ICONS[name],
            count=count,
            current=name == current,
        )
        for name, count in counts.items()
    )


def _for_rows(found: ApprovalQuerySet) -> ApprovalQuerySet:
    """With whom and with how many votes; counted for the rows of the page only."""
    votes = Decision.objects.only("approval_id", "version").order_by()
    return found.select_related("initiator", "claimed_by").prefetch_related(
        Prefetch("decisions", queryset=votes)
    )
