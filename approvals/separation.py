"""Separation of duties: who decided one step of a run may not decide another.

Decisions of one run are made under the lock of its row, so a vote and the exclusion it
brings can't pass each other by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial

from django.db import transaction

from approvals import staffing
from approvals.models import Approval, ApprovalExclusion, Decision
from approvals.statuses import ApprovalStatus
from workflows.rows import execute, select_rows

# Plain SQL, because every vote asks it, nearly always in vain.
SEPARATED = (
    f"SELECT id FROM {Approval._meta.db_table} WHERE run_id = %s AND status = %s "
    "AND exclude_deciders_of <> '[]' AND id <> %s"
)


def exclude_earlier(approvals: Iterable[Approval]) -> None:
    """Keep from approvals just opened whoever decided the steps they name."""
    for approval in approvals:
        if steps := approval.excluded_steps:
            votes = Decision.objects.filter(approval__run=approval.run_id)
            _exclude(approval, _of_steps(votes.select_related("approval"), steps))


def exclude_voter(vote: Decision) -> None:
    """Keep who just voted from the run's other open approvals that name this step."""
    approval = vote.approval
    found = execute(SEPARATED, [approval.run_id, str(ApprovalStatus.OPEN), approval.pk])
    separated = [key for (key,) in found.fetchall()]
    for other in select_rows(Approval, "id", separated):
        if _exclude(other, _of_steps([vote], other.excluded_steps)):
            again = Approval.objects.filter(pk=other.pk)
            transaction.on_commit(partial(staffing.recheck, again), robust=True)


def is_step(path: str, names: Collection[str]) -> bool:
    """Whether a step is meant by one of the names: its id, or its whole path."""
    return path in names or path.rpartition(".")[2] in names


def _of_steps(
    votes: Iterable[Decision], steps: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """Who had a part in deciding these steps, and the step."""
    for vote in votes:
        path = vote.approval.step_path
        if is_step(path, steps):
            for user_id in (vote.decided_by_id, vote.on_behalf_of_id):
                if user_id is not None:
                    yield user_id, path


def _exclude(approval: Approval, people: Iterable[tuple[int, str]]) -> bool:
    rows = [
        ApprovalExclusion(approval=approval, user_id=user_id, step_path=path)
        for user_id, path in people
    ]
    ApprovalExclusion.objects.bulk_create(rows, ignore_conflicts=True)
    return bool(rows)
