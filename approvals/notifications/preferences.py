"""What each person wants to hear, and when; the only writer of that table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from approvals.notifications.kinds import Kind, Timing
from approvals.notifications.models import Preference


def timings(user_ids: Sequence[int], kind: Kind) -> dict[int, Timing]:
    """When each of these people wants to hear of a kind: one query."""
    rows = Preference.objects.filter(user__in=user_ids, kind=kind)
    chosen = {row.user_id: Timing(row.timing) for row in rows}
    return {pk: chosen.get(pk, Timing.AT_ONCE) for pk in user_ids}


def of_person(user_id: int) -> dict[Kind, Timing]:
    """All wishes of one person."""
    rows = Preference.objects.filter(user=user_id, kind__in=Kind.values)
    chosen = {Kind(row.kind): Timing(row.timing) for row in rows}
    return {kind: chosen.get(kind, Timing.AT_ONCE) for kind in Kind}


@transaction.atomic
def choose(user_id: int, wishes: Mapping[Kind, Timing]) -> None:
    """Keep what a person wants."""
    for kind, timing in wishes.items():
        Preference.objects.update_or_create(
            user_id=user_id, kind=kind, defaults={"timing": timing}
        )
