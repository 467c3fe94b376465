"""One approval with all that its page shows and a decision asks.

The same as the ORM gives for ``with_people()`` and the suspension with its run, by four
statements that are composed once: every decision reads it three times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from approvals.errors import ApprovalNotFound
from approvals.models import Approval, ApprovalCandidate, ApprovalExclusion, Decision
from workflows.joined_rows import Joined
from workflows.rows import Lock, fetch_all

PEOPLE = ("initiator", "closed_by", "claimed_by")
APPROVAL = Joined(Approval, ("suspension", "suspension__run", *PEOPLE))
# Each with its order.
LISTS: Mapping[str, tuple[Joined[Any], tuple[str, ...]]] = {
    "candidates": (Joined(ApprovalCandidate), ("id",)),
    "decisions": (Joined(Decision, ("decided_by", "on_behalf_of")), ("at", "id")),
    "exclusions": (Joined(ApprovalExclusion), ("id",)),
}


def whole(approval_id: str, *, lock: bool = False) -> Approval:
    """The approval as it is stored; ``ApprovalNotFound`` if there is none.

    With ``lock`` it holds still with its suspension until the transaction ends.
    """
    key = [approval_id]
    held: Lock | None = "UPDATE" if lock else None
    asked = APPROVAL.select("id", key, lock=held, of=("suspension",))
    lists = [rows.select("approval_id", key, order=o) for rows, o in LISTS.values()]
    found, *beside = fetch_all([asked, *lists])
    if not found:
        raise ApprovalNotFound
    (approval,) = APPROVAL.read(found)
    approval.run = approval.suspension.run
    for (name, (rows, _)), values in zip(LISTS.items(), beside, strict=True):
        _keep(approval, name, rows.read(values))
    return approval


def _keep(approval: Approval, name: str, rows: Sequence[Any]) -> None:
    """Keep the rows of a relation on it, as ``prefetch_related`` does."""
    for row in rows:
        row.approval = approval
    queryset = getattr(approval, name).get_queryset()
    queryset._result_cache = rows
    approval.__dict__.setdefault("_prefetched_objects_cache", {})[name] = queryset
