"""The rail of the inbox: its own views and the saved ones, with their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals import inbox, saved_views
from approvals.counting import Part, tally
from approvals.models import ApprovalQuerySet, SavedView
from approvals.pages.inbox_filters import SAVED, URGENT, Filters, Order, known_to
from approvals.pages.paging import asked
from approvals.persons import outline_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.persons import Person, Somebody

WAITING, UNCLAIMED, CLAIMED = "waiting", "unclaimed", "claimed"
TAKEN = "taken"  # by colleagues
SENT_BACK, REQUESTED, DECIDED = "sent-back", "requested", "decided"
SNOOZED = "snoozed"
ICONS = {
    WAITING: "inbox",
    UNCLAIMED: "users",
    CLAIMED: "hand",
    TAKEN: "user-check",
    SNOOZED: "alarm-clock",
    SENT_BACK: "undo-2",
    REQUESTED: "hourglass",
    DECIDED: "history",
}
REACH = "reach"  # no view: what is counted together
OWN, SHARED = "bookmark", "share-2"


class List(Protocol):
    """A question of the inbox's."""

    def __call__(
        self, user: Somebody, *, person: Person | None = None
    ) -> ApprovalQuerySet: ...


LISTS: dict[str, List] = {
    TAKEN: inbox.claimed_by_others,
    SNOOZED: inbox.snoozed_by,
    SENT_BACK: inbox.sent_back_to,
    REQUESTED: inbox.waited_for_by,
    DECIDED: inbox.decided_by,
}
# The orders of these lists; the others have the most urgent first.
ORDERS: dict[str, Order] = {
    SNOOZED: Order(label=gettext_lazy("Back soonest first")),
    SENT_BACK: Order(label=gettext_lazy("Longest waiting first")),
    DECIDED: Order(label=gettext_lazy("Last closed first")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One entry of the rail; one with a search is not counted."""

    name: str
    label: str
    icon: str
    count: int | None
    current: bool
    address: str
    owner: str = ""  # of a view that somebody else shares


class Rail:
    """The views of one person, and the lists behind them."""

    def __init__(self, user: User, address: QueryDict, *, now: datetime) -> None:
        self.user, self.now, self.person = user, now, outline_of(user)
        self.known = known_to(user)
        self.saved = list(saved_views.visible_to(user).select_related("owner"))
        self.parts = {
            WAITING: Part(of=REACH, condition=inbox.free_for(self.person)),
            UNCLAIMED: Part(of=REACH, condition=inbox.unclaimed()),
            CLAIMED: Part(of=REACH, condition=inbox.claimed_by(user)),
            TAKEN: Part(of=REACH, condition=inbox.taken_from(self.person)),
        }
        self.view = _view_in(address)
        self.chosen = next(
            (each for each in self.saved if str(each.pk) == asked(address, SAVED)), None
        )
        self.counts = self._tally()

    def rows_of(self, view: str) -> ApprovalQuerySet:
        """The rows of a view, in its order."""
        if of := LISTS.get(view):
            return of(self.user, person=self.person)
        counted = self.counts[WAITING]
        waiting = inbox.waiting_for(self.user, person=self.person, counted=counted)
        if view == WAITING:
            return waiting
        return waiting.filter(self.parts[view].condition)

    @property
    def order(self) -> Order:
        """The own order of the view, in words."""
        return ORDERS.get(self.view, URGENT)

    @property
    def views(self) -> list[View]:
        """The inbox's own views."""
        labels = {
            WAITING: _("Waiting for you"),
            UNCLAIMED: _("Unclaimed in your groups"),
            CLAIMED: _("Claimed by you"),
            TAKEN: _("Claimed by colleagues"),
            SNOOZED: _("Snoozed"),
            SENT_BACK: _("Sent back to you"),
            REQUESTED: _("You are waiting for others"),
            DECIDED: _("Decided by you"),
        }
        return [
            View(
                name=name,
                label=labels[name],
                icon=icon,
                count=self.counts[name],
                current=name == self.view and self.chosen is None,
                address=_address_of(name),
            )
            for name, icon in ICONS.items()
        ]

    @property
    def saved_views(self) -> list[View]:
        """The saved ones: the reader's own, and those that others share."""
        return [
            View(
                name=_key(each),
                label=each.name,
                icon=OWN if each.owner_id == self.user.pk else SHARED,
                count=self.counts.get(_key(each)),
                current=each == self.chosen,
                address=address_of(each),
                owner=""
                if each.owner_id == self.user.pk
                else inbox.name_of(each.owner),
            )
            for each in self.saved
        ]

    def _tally(self) -> dict[str, int]:
        alone = {name: of for name, of in LISTS.items() if name not in self.parts}
        lists = alone | {REACH: inbox.to_be_counted}
        found = {name: of(self.user, person=self.person) for name, of in lists.items()}
        saved = {_key(each): part for each in self.saved if (part := self._part(each))}
        return tally(found, self.parts | saved)

    def _part(self, saved: SavedView) -> Part | None:
        address = QueryDict(saved.address)
        filters, view = Filters(address, self.known), _view_in(address)
        if filters.query:
            return None
        base = self.parts.get(view, Part(of=view, condition=Q()))
        condition = base.condition & filters.condition(now=self.now)
        return Part(of=base.of, condition=condition)


def address_of(saved: SavedView) -> str:
    """Where a saved view is."""
    named = QueryDict(saved.address, mutable=True)
    named[SAVED] = str(saved.pk)
    return f"{reverse('approvals:inbox')}?{named.urlencode()}"


def _address_of(view: str) -> str:
    home = reverse("approvals:inbox")
    return home if view == WAITING else f"{home}?{urlencode({'view': view})}"


def _view_in(address: QueryDict) -> str:
    named = asked(address, "view")
    return named if named in ICONS else WAITING


def _key(saved: SavedView) -> str:
    return f"saved-{saved.pk}"
