"""Which queue a workflow belongs to, and which runs a worker of some queues takes.

``WORKFLOWS["QUEUES"]`` names the queues of those workflows that get machines of their
own; all others are in ``default``. Nothing of it is stored, so a workflow moves to
another queue, with its waiting runs, by a change of settings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.core.exceptions import ImproperlyConfigured

from workflows import conf
from workflows.rows import Statement, one_of

DEFAULT = "default"
EVERY: Statement = ("1 = 1", ())


def queue_of(workflow: str) -> str:
    queue: str = conf.get("QUEUES").get(workflow, DEFAULT)
    return queue


def known() -> set[str]:
    """Every queue that a worker may serve."""
    return {DEFAULT, *conf.get("QUEUES").values()}


def require_known(served: Collection[str]) -> None:
    """Raise ``ImproperlyConfigured`` if one of them is no queue of any workflow.

    A worker of a misspelt queue would wait for ever, and its runs for a worker.
    """
    if unknown := set(served) - known():
        raise ImproperlyConfigured(
            f"no workflow is in queue {', '.join(sorted(unknown))}: "
            f"QUEUES knows {', '.join(sorted(known()))}"
        )


def runs_of(served: Collection[str] | None) -> Statement:
    """The condition for runs that a worker of these queues takes; ``None``: all."""
    placed = conf.get("QUEUES")
    if served is None or not placed:
        return EVERY
    if DEFAULT not in served:
        return one_of("workflow", _in_queues(served))
    others, values = one_of("workflow", _in_queues(set(placed.values()) - set(served)))
    return f"NOT ({others})", values


def _in_queues(queues: Iterable[str]) -> list[str]:
    wanted = set(queues)
    return [name for name, queue in conf.get("QUEUES").items() if queue in wanted]
