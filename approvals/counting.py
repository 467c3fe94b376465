"""How many each view of the inbox holds: one query for all of them.

A view that is a part of another's list is counted with it, in one walk over the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from approvals.models import ApprovalQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Those of a list that fulfil a condition."""

    of: str
    condition: Q


def tally(
    lists: Mapping[str, ApprovalQuerySet], parts: Mapping[str, Part] | None = None
) -> dict[str, int]:
    """How many each of these lists and each of these parts holds, by its name."""
    parts = parts or {}
    names = {
        name: [name, *(part for part, each in parts.items() if each.of == name)]
        for name in lists
    }
    width = max(map(len, names.values()), default=0)
    rows = [
        _counted(found, name, list(_conditions(names[name], parts)), width)
        for name, found in lists.items()
    ]
    first, *others = rows
    counts = dict.fromkeys([*lists, *parts], 0)
    for name, *found in first.union(*others, all=True):
        counts |= zip(names[name], found, strict=False)
    return counts


def _conditions(names: list[str], parts: Mapping[str, Part]) -> Iterator[Q]:
    return (parts[name].condition if name in parts else Q() for name in names)


def _counted(
    found: ApprovalQuerySet, name: str, conditions: list[Q], width: int
) -> QuerySet[Any, Any]:
    """One row: the name of the list, and as many numbers as the widest row has."""
    numbers: dict[str, Any] = {
        f"number_{n}": Count(Case(When(condition, then=F("pk"))) if condition else "pk")
        for n, condition in enumerate(conditions)
    }
    for n in range(len(conditions), width):
        numbers[f"number_{n}"] = Value(0, output_field=IntegerField())
    named = found.order_by().annotate(counted=Value(name)).values("counted")
    return named.annotate(**numbers).values_list("counted", *numbers)
