"""Who looks at a request now, and what a person has not opened since it changed.

Nothing depends on it: a look is no claim, and locks nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from approvals.models import Approval, Look
from approvals.statuses import ApprovalStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LASTS = timedelta(seconds=50)  # the page says it again every 20 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What to show about one request: unread or not, and who is looking."""

    unread: bool
    others: tuple[User, ...] = ()


def look(*, approval: Approval, person: User, now: datetime) -> None:
    """This person has this version of the request open.

    What they looked at before and was closed since is forgotten with it.
    """
    seen = Look.objects.filter(person=person)
    seen.exclude(approval__status=ApprovalStatus.OPEN).delete()
    Look.objects.update_or_create(
        approval=approval,
        person=person,
        defaults={"version": approval.version, "at": now},
    )


def at(
    approvals: Sequence[Approval], reader: User, *, now: datetime
) -> Mapping[str, Looked]:
    """What to show about each of these requests: one query for all."""
    current = Q(person=reader.pk) | Q(at__gt=now - LASTS, person__is_active=True)
    found = Look.objects.filter(current, approval__in=approvals)
    looks: dict[str, list[Look]] = {approval.pk: [] for approval in approvals}
    for one in found.select_related("person").order_by("at"):
        looks[one.approval_id].append(one)
    return {
        approval.pk: _looked(approval, looks[approval.pk], reader)
        for approval in approvals
    }


def _looked(approval: Approval, looks: Collection[Look], reader: User) -> Looked:
    own = [one for one in looks if one.person_id == reader.pk]
    return Looked(
        unread=not any(one.version == approval.version for one in own),
        others=tuple(one.person for one in looks if one.person_id != reader.pk),
    )
