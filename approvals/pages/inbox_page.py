"""The inbox: views with counts, filters, and the rows of one view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from approvals import inbox
from approvals.counting import Part, tally
from approvals.errors import ApprovalNotFound
from approvals.models import Approval, ApprovalQuerySet, Decision
from approvals.pages import decision_page
from approvals.pages.decision_page import DecisionPage
from approvals.pages.inbox_filters import Filters
from approvals.pages.paging import Pager, asked, page_of
from approvals.persons import outline_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.persons import Person, Somebody

WAITING, UNCLAIMED, CLAIMED = "waiting", "unclaimed", "claimed"
SENT_BACK, REQUESTED, DECIDED = "sent-back", "requested", "decided"
ICONS = {
    WAITING: "inbox",
    UNCLAIMED: "users",
    CLAIMED: "hand",
    SENT_BACK: "undo-2",
    REQUESTED: "hourglass",
    DECIDED: "history",
}


class List(Protocol):
    """A question of the inbox's."""

    def __call__(
        self, user: Somebody, *, person: Person | None = None
    ) -> ApprovalQuerySet: ...


LISTS: Mapping[str, List] = {
    WAITING: inbox.waiting_for,
    SENT_BACK: inbox.sent_back_to,
    REQUESTED: inbox.waited_for_by,
    DECIDED: inbox.decided_by,
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


class Desk:
    """The lists behind the views of one person."""

    def __init__(self, user: User) -> None:
        self.user, self.person = user, outline_of(user)
        self.parts = {
            UNCLAIMED: Part(of=WAITING, condition=inbox.unclaimed()),
            CLAIMED: Part(of=WAITING, condition=inbox.claimed_by(user)),
        }

    def rows_of(self, view: str) -> ApprovalQuerySet:
        """The rows of a view, in its order."""
        if part := self.parts.get(view):
            return self.rows_of(part.of).filter(part.condition)
        return LISTS[view](self.user, person=self.person)

    def tally(self) -> dict[str, int]:
        """How many each view holds, in the order of the rail."""
        lists = {
            name: found(self.user, person=self.person) for name, found in LISTS.items()
        }
        lists[WAITING] = inbox.waiting_for(self.user, person=self.person, to_count=True)
        counts = tally(lists, self.parts)
        return {name: counts[name] for name in ICONS}


def build(user: User, address: QueryDict, *, now: datetime) -> InboxPage:
    """The page of the inbox that this address names; unknown names mean the default."""
    desk = Desk(user)
    named = address.get("view", "")
    current = named if named in ICONS else WAITING
    filters = Filters(user, address)
    counts = desk.tally()
    found = filters.apply(desk.rows_of(current), now=now)
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
        SENT_BACK: _("Sent back to you"),
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
    # No join: with few people SQLite would sort all rows because of it.
    return found.prefetch_related(
        Prefetch("decisions", queryset=votes), "initiator", "claimed_by"
    )
