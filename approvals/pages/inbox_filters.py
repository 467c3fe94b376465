"""What the inbox's address asks for besides the view: filters, search, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals import badges, searching
from approvals.models import ApprovalCandidate, ApprovalQuerySet
from approvals.pages.paging import asked
from approvals.questions import in_words
from approvals.statuses import Priority
from workflows import registry

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FILTERS = ("workflow", "group", "due", "priority")
DUE: Mapping[str, str | Promise] = {
    "overdue": gettext_lazy("overdue"),
    "today": gettext_lazy("due by tonight"),
    "week": gettext_lazy("due within 7 days"),
    "none": gettext_lazy("without a due date"),
}
URGENT = ""
SORTS: Mapping[str, str | Promise] = {
    URGENT: gettext_lazy("Most urgent first"),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """One filter with all its values."""

    name: str
    label: str
    choices: tuple[Choice, ...]


class Filters:
    """The filters of one address; a value that means nothing filters nothing."""

    def __init__(self, user: User, address: QueryDict) -> None:
        self.address = address.copy()
        self.address.pop("page", None)
        self.query = asked(address, "q")
        self.known = _known(user)
        self.chosen = {
            name: value
            for name in FILTERS
            if (value := asked(address, name)) in self.known[name]
        }
        sort = asked(address, "sort")
        self.sort = sort if sort in ORDERS else URGENT

    @property
    def narrows(self) -> bool:
        """Whether anything is left out of the view."""
        return bool(self.chosen or self.query)

    def apply(self, found: ApprovalQuerySet, *, now: datetime) -> ApprovalQuerySet:
        """The rows of the view that the address asks for, in its order."""
        for name, value in self.chosen.items():
            found = APPLY[name](found, value, now)
        if self.query:
            found = searching.matching(found, self.query)
        return found.order_by(*ORDERS[self.sort]) if self.sort else found

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
        return tuple(
            Choice(
                value=value,
                label=str(label),
                chosen=value == self.sort,
                address=self._with("sort", value),
            )
            for value, label in SORTS.items()
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
        for name in (*names, "open"):
            changed.pop(name, None)
        return f"?{changed.urlencode()}"

    @property
    def unopened(self) -> str:
        """The same list with no request open beside it."""
        return self.without()

    @property
    def unfiltered(self) -> str:
        """The address of the whole view."""
        return self.without(*FILTERS, "q")

    def _with(self, name: str, value: str) -> str:
        changed = self.address.copy()
        changed[name] = value
        if not value:
            changed.pop(name, None)
        return f"?{changed.urlencode()}"

    def _words(self, name: str, value: str) -> str:
        label = str(self.known[name][value])
        return label if name == "due" else f"{LABELS[name]}: {label}"

    def _choices(self, name: str) -> tuple[Choice, ...]:
        return tuple(
            Choice(value=value, label=str(label), chosen=self.chosen.get(name) == value)
            for value, label in self.known[name].items()
        )


LABELS: Mapping[str, str | Promise] = {
    "workflow": gettext_lazy("Workflow"),
    "group": gettext_lazy("Group"),
    "due": gettext_lazy("Due"),
    "priority": gettext_lazy("Priority"),
}


def _known(user: User) -> dict[str, Mapping[str, str | Promise]]:
    """The values of each filter, with their words."""
    workflows = sorted({workflow.id for workflow in registry.all()})
    groups = user.groups.order_by("name").values_list("pk", "name")
    named = {priority: badges.PRIORITY.get(priority) for priority in Priority.values}
    return {
        "workflow": {id_: in_words(id_) for id_ in workflows},
        "group": {str(pk): name for pk, name in groups},
        "due": DUE,
        "priority": {
            priority: badge.word if badge else _("Normal priority")
            for priority, badge in named.items()
        },
    }


def _of_workflow(
    found: ApprovalQuerySet, value: str, _now: datetime
) -> ApprovalQuerySet:
    return found.filter(workflow=value)


def _of_group(found: ApprovalQuerySet, value: str, _now: datetime) -> ApprovalQuerySet:
    asked_of = ApprovalCandidate.objects.filter(group=int(value))
    return found.filter(pk__in=asked_of.values("approval"))


def _of_due(found: ApprovalQuerySet, value: str, now: datetime) -> ApprovalQuerySet:
    if value == "none":
        return found.filter(due_at=None)
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tonight = today + timedelta(days=1)
    until = {"overdue": now, "today": tonight, "week": now + timedelta(days=7)}
    return found.filter(due_at__lte=until[value])


def _of_priority(
    found: ApprovalQuerySet, value: str, _now: datetime
) -> ApprovalQuerySet:
    return found.filter(priority=value)


Narrowing = Callable[[ApprovalQuerySet, str, datetime], ApprovalQuerySet]
APPLY: Mapping[str, Narrowing] = {
    "workflow": _of_workflow,
    "group": _of_group,
    "due": _of_due,
    "priority": _of_priority,
}
