"""One page of a long list, and the addresses of its neighbours."""

from dataclasses import dataclass
from typing import TypeVar

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property

PER_PAGE = 50
LONGEST_TEXT = 200

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Where the neighbouring pages are; `None` where there is none."""

    previous: str | None = None
    next: str | None = None

    @property
    def has_other_pages(self) -> bool:
        return bool(self.previous or self.next)


class _Counted(Paginator[Row]):
    """A paginator that was told how many rows there are."""

    def __init__(self, rows: QuerySet[Row], total: int) -> None:
        super().__init__(rows, PER_PAGE)
        self._total = total

    @cached_property
    def count(self) -> int:
        return self._total


def asked(address: QueryDict, name: str) -> str:
    """A text from the address, in a shape that every database takes."""
    return address.get(name, "").replace("\0", "").strip()[:LONGEST_TEXT]


def page_of(
    rows: QuerySet[Row], query: QueryDict, *, total: int
) -> tuple[list[Row], Pager]:
    """The rows of the page the address asks for; a wild number gives the nearest."""
    page = _Counted(rows, total).get_page(query.get("page"))
    pager = Pager(
        previous=_address(query, page.previous_page_number())
        if page.has_previous()
        else None,
        next=_address(query, page.next_page_number()) if page.has_next() else None,
    )
    return list(page.object_list), pager


def _address(query: QueryDict, number: int) -> str:
    changed = query.copy()
    changed["page"] = str(number)
    return f"?{changed.urlencode()}"
