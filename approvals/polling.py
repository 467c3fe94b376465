"""Hear from the journal what other processes changed, where no layer tells of it.

With the in-memory channel layer a hint stays in the process that gave it. So while
sockets are open the server looks each second at what was appended since, and gives
the hints itself: a command or a worker beside it is then seen a second later.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta

from channels.db import database_sync_to_async
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import DatabaseError
from django.db.models import Max, Model, Q
from django.utils import timezone

from approvals import pokes
from approvals.loop_tasks import OncePerLoop
from approvals.models import Approval, AuditRow
from workflows.models import Event

PAUSE = 1.0  # seconds between two looks
RECENT = timedelta(seconds=10)
AT_ONCE = 500  # rows; who missed more looks at the page again

logger = logging.getLogger(__name__)

_polling = OncePerLoop()


def begin(anybody: Callable[[], bool]) -> None:
    """Poll on this event loop as long as there is anybody to tell; once per loop."""
    if isinstance(get_channel_layer(), InMemoryChannelLayer):
        _polling.begin(lambda: _poll(anybody))


async def _poll(anybody: Callable[[], bool]) -> None:
    events, acts = Reader(Event), Reader(AuditRow)
    look = database_sync_to_async(_look)
    untold: dict[str, str] = {}
    await look(events, acts)
    while anybody():
        await asyncio.sleep(PAUSE)
        try:
            heads, approvals = await look(events, acts)
            for run in heads.items():
                if run not in pokes.told_of_runs:
                    await pokes.poke_run(*run)
            told_here = set(pokes.told_of_approvals)
            pokes.told_of_approvals.clear()  # the next change may be another process's
            untold |= {k: v for k, v in approvals.items() if k not in told_here}
            await _tell(untold)
        except DatabaseError as error:
            logger.warning("the journal could not be read: %s", error)


async def _tell(untold: dict[str, str]) -> None:
    """Tell of these approvals; what could not be told is left for the next look."""
    for approval_id, run_id in list(untold.items()):
        await pokes.poke_inboxes(approval_id, run_id)
        del untold[approval_id]


@dataclass
class Reader:
    """Reads the rows of an append-only table, each once.

    On PostgreSQL a lower number may become visible after a higher one, so each look
    begins where the one before the last ended.
    """

    model: type[Model]
    ends: tuple[int, int] | None = None
    seen: set[int] = field(default_factory=set)

    def new_rows(self, *names: str) -> list[tuple[str, ...]]:
        """These columns of what was appended since the last look; none at first."""
        rows = self.model._default_manager.order_by("pk")
        if self.ends is None:
            last = rows.aggregate(last=Max("pk"))["last"] or 0
            self.ends = last, last
            return []
        found = list(rows.filter(pk__gt=self.ends[0]).values_list("pk", *names))
        new = [tuple(row[1:]) for row in found[-AT_ONCE:] if row[0] not in self.seen]
        self.seen = {row[0] for row in found}
        self.ends = self.ends[1], max(self.seen, default=self.ends[1])
        return new


def _look(events: Reader, acts: Reader) -> tuple[dict[str, int], dict[str, str]]:
    """Runs with their new heads, and approvals with their runs, that changed."""
    heads = {str(run): int(seq) for run, seq in events.new_rows("run_id", "seq")}
    approvals = _touched(heads)
    for kind, key, run_id in acts.new_rows("object_type", "object_id", "run_id"):
        if kind == "approval":
            approvals[key] = run_id
    return heads, approvals


def _touched(run_ids: Collection[str]) -> dict[str, str]:
    """The approvals of these runs that opened or closed a moment ago."""
    since = timezone.now() - RECENT
    recent = Q(created_at__gte=since) | Q(closed_at__gte=since)
    found = Approval.objects.filter(recent, run__in=run_ids)
    return dict(found.values_list("pk", "run_id"))
