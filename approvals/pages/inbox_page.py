"""The inbox: views with counts, filters, and the rows of one view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Prefetch
from django.http import QueryDict

from approvals import inbox, looks, saved_views
from approvals.errors import ApprovalNotFound
from approvals.looks import Looked
from approvals.models import Approval, ApprovalQuerySet, Decision
from approvals.pages import decision_page
from approvals.pages.decision_page import DecisionPage
from approvals.pages.inbox_filters import Filters
from approvals.pages.paging import Pager, asked, page_of
from approvals.pages.rail import (
    CLAIMED,
    SENT_BACK,
    SNOOZED,
    UNCLAIMED,
    WAITING,
    Rail,
    View,
)
from approvals.persons import person_of
from approvals.policies import eligibility

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.utils.functional import Promise

DECIDABLE = frozenset({WAITING, UNCLAIMED, CLAIMED, SNOOZED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request of the list, who looked at it, and for whom the reader answers."""

    approval: Approval
    looked: Looked
    answers_for: str  # the name of who is away; empty for themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """All that the inbox shows. The heading's number is the list's own."""

    view: str
    filters: Filters
    views: tuple[View, ...]
    saved: tuple[View, ...]
    total: int
    rows: list[Row]
    pager: Pager
    open: DecisionPage | None  # the request that stands beside the list
    user: User

    @property
    def heading(self) -> str:
        every = (*self.views, *self.saved)
        return next(view.label for view in every if view.current)

    @property
    def may_select(self) -> bool:
        """Whether the reader may decide what this view holds."""
        return self.view in DECIDABLE

    @property
    def is_newcomer(self) -> bool:
        """Whether this person has had nothing to do with any approval so far."""
        return not any(view.count for view in self.views)

    @property
    def sent_back(self) -> int:
        """How many requests of theirs the reader was asked to change."""
        return sum(view.count or 0 for view in self.views if view.name == SENT_BACK)

    @property
    def has_decided(self) -> bool:
        """Whether this person decided anything, which they need not see any more."""
        return Decision.objects.filter(decided_by=self.user).exists()

    @property
    def elsewhere(self) -> Approval | None:
        """What is due next with a colleague; asked when the reader has nothing left."""
        taken = inbox.claimed_by_others(self.user).select_related("claimed_by")
        return taken.first()

    @property
    def sharing(self) -> list[tuple[str, str | Promise]]:
        """With whom the reader may share a view."""
        return saved_views.sharing_choices(self.user, self.filters.known["group"])


def build(user: User, address: QueryDict, *, now: datetime) -> InboxPage:
    """The page of the inbox that this address names; unknown names mean the default."""
    rail = Rail(user, address, now=now)
    filters = Filters(address, rail.known, own_order=rail.order)
    found = filters.apply(rail.rows_of(rail.view), now=now)
    total = found.count() if filters.narrows else rail.counts[rail.view]
    rows, pager = page_of(_with_votes(found), address, total=total)
    _add_people(rows)
    looked, behalf = looks.at(rows, user, now=now), _behalf(rail, rows)
    return InboxPage(
        view=rail.view,
        filters=filters,
        views=tuple(rail.views),
        saved=tuple(rail.saved_views),
        total=total,
        rows=[
            Row(
                approval=each,
                looked=looked[each.pk],
                answers_for=behalf.get(each.pk, ""),
            )
            for each in rows
        ],
        pager=pager,
        open=_opened(user, asked(address, "open")),
        user=user,
    )


def _opened(user: User, approval_id: str) -> DecisionPage | None:
    if not approval_id:
        return None
    try:
        approval = inbox.get_visible(user, approval_id)
    except ApprovalNotFound:
        return None
    return decision_page.opened(user, approval)


def _with_votes(found: ApprovalQuerySet) -> ApprovalQuerySet:
    """With how many votes; counted for the rows of the page only."""
    votes = Decision.objects.only("approval_id", "version").order_by()
    return found.prefetch_related(Prefetch("decisions", queryset=votes))


def _add_people(rows: list[Approval]) -> None:
    """Who started and who claimed them: one query."""
    # No join: with few people SQLite would sort all rows because of it.
    named = {pk for row in rows for pk in (row.initiator_id, row.claimed_by_id)}
    people = get_user_model()._default_manager.in_bulk(named - {None})
    for row in rows:
        row.initiator = people.get(row.initiator_id)
        row.claimed_by = people.get(row.claimed_by_id)


def _behalf(rail: Rail, rows: list[Approval]) -> dict[str, str]:
    """For whom the reader would answer what; asked of who stands in for somebody."""
    if not rail.person.principals:
        return {}
    person = person_of(rail.user)
    asked_anew = Approval.objects.with_people().filter(pk__in=[row.pk for row in rows])
    may = {each.pk: eligibility(rail.user, each, person=person) for each in asked_anew}
    return {pk: one.on_behalf_of_name for pk, one in may.items() if one.may_decide}
