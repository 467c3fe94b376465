"""Which queue a workflow belongs to, and which runs a worker of some queues takes.

``WORKFLOWS["QUEUES"]`` names the queues of those workflows that get machines of their
own; all others are in ``default``. Nothing of it is stored, so a workflow moves to
another queue, with its waiting runs, by a change of settings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q

from workflows import conf

DEFAULT = "default"


def queue_of(workflow: str) -> str:
    queue: str = conf.get("QUEUES").get(workflow, DEFAULT)
    return queue


def known() -> set[str]:
    """Every queue that a worker may serve."""
    return {DEFAULT, *conf.get("QUEUES").values()}


def runs_of(served: Collection[str] | None) -> Q:
    """The runs a worker of these queues takes; ``None`` serves all of them."""
    placed = conf.get("QUEUES")
    if served is None or not placed:
        return Q()
    if DEFAULT in served:
        return ~Q(workflow__in=_in_queues(set(placed.values()) - set(served)))
    return Q(workflow__in=_in_queues(served))


def _in_queues(queues: Iterable[str]) -> list[str]:
    wanted = set(queues)
    return [name for name, queue in conf.get("QUEUES").items() if queue in wanted]
