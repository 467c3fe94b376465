"""What the inbox's address asks for besides the view: filters, search, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals import badges, saved_views, searching
from approvals.models import ApprovalCandidate, ApprovalQuerySet
from approvals.pages.paging import asked
from approvals.questions import in_words
from approvals.statuses import Priority
from workflows import registry

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Known: TypeAlias = Mapping[str, Mapping[str, "str | Promise"]]

SAVED = "saved"  # the number of the saved view that this is
FILTERS = ("workflow", "group", "due", "priority")
DUE: Mapping[str, str | Promise] = {
    "overdue": gettext_lazy("overdue"),
    "today": gettext_lazy("due by tonight"),
    "week": gettext_lazy("due within 7 days"),
    "none": gettext_lazy("without a due date"),
}
OWN_ORDER = ""  # the view's
SORTS: Mapping[str, str | Promise] = {
    "newest": gettext_lazy("Newest first"),
    "oldest": gettext_lazy("Oldest first"),
    "title": gettext_lazy("By title"),
}
ORDERS = {
    "newest": ("-created_at", "-id"),
    "oldest": ("created_at", "id"),
    "title": ("title", "id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The own order of a view, and all that it goes by."""

    label: str | Promise
    note: str | Promise = ""


# In words what `approvals.models.MOST_URGENT_FIRST` is.
URGENT = Order(
    label=gettext_lazy("Due soonest first"),
    note=gettext_lazy(
        "Overdue at the top, without a due date at the bottom; "
        "equal ones by priority, then the oldest."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter that is on, as a part of a sentence, and the address without it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value that a filter or the order may have."""

    value: str
    label: str
    chosen: bool
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """One filter with all its values."""

    name: str
    label: str
    choices: tuple[Choice, ...]


class Filters:
    """The filters of one address; a value that means nothing filters nothing.

    A group that the reader is not in, as in a view that somebody shares, and a workflow
    that is no longer installed do mean something, and filter.
    """

    def __init__(
        self, address: QueryDict, known: Known, *, own_order: Order = URGENT
    ) -> None:
        self.own_order = own_order
        self.address = address.copy()
        self.address.pop("page", None)
        self.query = asked(address, "q")
        self.known = known
        self.chosen = {
            name: value
            for name in FILTERS
            if (value := asked(address, name)) in self.known[name]
            or STRANGE[name](value)
        }
        sort = asked(address, "sort")
        self.sort = sort if sort in ORDERS else OWN_ORDER

    @property
    def narrows(self) -> bool:
        """Whether anything is left out of the view."""
        return bool(self.chosen or self.query)

    def apply(self, found: ApprovalQuerySet, *, now: datetime) -> ApprovalQuerySet:
        """The rows of the view that the address asks for, in its order."""
        found = found.filter(self.condition(now=now))
        if self.query:
            found = searching.matching(found, self.query)
        return found.order_by(*ORDERS[self.sort]) if self.sort else found

    def condition(self, *, now: datetime) -> Q:
        """What the filters let through, whatever the search says."""
        narrowed = Q()
        for name, value in self.chosen.items():
            narrowed &= APPLY[name](value, now)
        return narrowed

    @property
    def stored(self) -> str:
        """What a saved view keeps of the address."""
        kept = (*self.kept, ("q", self.query))
        return urlencode([(name, value) for name, value in kept if value])

    @property
    def chips(self) -> tuple[Chip, ...]:
        """Each filter in words; without the search, which stands in its field."""
        return tuple(
            Chip(words=self._words(name, value), address=self.without(name))
            for name, value in self.chosen.items()
        )

    @property
    def selects(self) -> tuple[Select, ...]:
        """The filters to choose from; one without a choice is left out."""
        return tuple(
            Select(name=name, label=str(LABELS[name]), choices=self._choices(name))
            for name, values in self.known.items()
            if values
        )

    @property
    def sorts(self) -> tuple[Choice, ...]:
        """The view's own order, in its words, and those that every view has."""
        orders = {name: Order(label=label) for name, label in SORTS.items()}
        return tuple(
            Choice(
                value=value,
                label=str(order.label),
                chosen=value == self.sort,
                address=self._with("sort", value),
                note=str(order.note),
            )
            for value, order in {OWN_ORDER: self.own_order, **orders}.items()
        )

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """What a search form has to carry along."""
        view = asked(self.address, "view")
        carried = {**self.chosen, "sort": self.sort, "view": view}
        return tuple((name, value) for name, value in carried.items() if value)

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """What the form of the filters has to carry along."""
        own = (("q", self.query), *self.kept)
        return tuple((n, value) for n, value in own if value and n not in FILTERS)

    @property
    def without_query(self) -> str:
        return self.without("q")

    def without(self, *names: str) -> str:
        """The same address without these, and with no request open."""
        changed = self.address.copy()
        for name in (*names, "open", SAVED):
            changed.pop(name, None)
        return f"?{changed.urlencode()}"

    @property
    def unopened(self) -> str:
        """The same list with no request open beside it."""
        changed = self.address.copy()
        changed.pop("open", None)
        return f"?{changed.urlencode()}"

    @property
    def unfiltered(self) -> str:
        """The address of the whole view."""
        return self.without(*FILTERS, "q")

    def _with(self, name: str, value: str) -> str:
        changed = self.address.copy()
        changed[name] = value
        changed.pop(SAVED, None)
        if not value:
            changed.pop(name, None)
        return f"?{changed.urlencode()}"

    def _words(self, name: str, value: str) -> str:
        label = str(self.known[name].get(value, "")) or _strange(name, value)
        return label if name == "due" else f"{LABELS[name]}: {label}"

    def _choices(self, name: str) -> tuple[Choice, ...]:
        return tuple(
            Choice(value=value, label=str(label), chosen=self.chosen.get(name) == value)
            for value, label in self.known[name].items()
        )


def _strange(name: str, value: str) -> str:
    """What a value is called that the reader can't choose."""
    return _("one that you are not in") if name == "group" else in_words(value)


# Values that filter although the reader can't choose them.
STRANGE: Mapping[str, Callable[[str], bool]] = {
    "workflow": lambda value: bool(value) and value.isprintable(),
    "group": lambda value: value.isdecimal() and value.isascii() and len(value) < 10,
    "due": lambda _value: False,
    "priority": lambda _value: False,
}

LABELS: Mapping[str, str | Promise] = {
    "workflow": gettext_lazy("Workflow"),
    "group": gettext_lazy("Group"),
    "due": gettext_lazy("Due"),
    "priority": gettext_lazy("Priority"),
}


def known_to(user: User) -> Known:
    """The values of each filter, with their words."""
    workflows = sorted({workflow.id for workflow in registry.all()})
    named = {priority: badges.PRIORITY.get(priority) for priority in Priority.values}
    return {
        "workflow": {id_: in_words(id_) for id_ in workflows},
        "group": {**saved_views.groups_of(user)},
        "due": DUE,
        "priority": {
            priority: badge.word if badge else _("Normal priority")
            for priority, badge in named.items()
        },
    }


def _of_workflow(value: str, _now: datetime) -> Q:
    return Q(workflow=value)


def _of_group(value: str, _now: datetime) -> Q:
    asked_of = ApprovalCandidate.objects.filter(group=int(value))
    return Q(pk__in=asked_of.values("approval"))


def _of_due(value: str, now: datetime) -> Q:
    if value == "none":
        return Q(due_at=None)
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tonight = today + timedelta(days=1)
    until = {"overdue": now, "today": tonight, "week": now + timedelta(days=7)}
    return Q(due_at__lte=until[value])


def _of_priority(value: str, _now: datetime) -> Q:
    return Q(priority=value)


Narrowing = Callable[[str, datetime], Q]
APPLY: Mapping[str, Narrowing] = {
    "workflow": _of_workflow,
    "group": _of_group,
    "due": _of_due,
    "priority": _of_priority,
}
