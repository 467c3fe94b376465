"""Separation of duties: of two separated steps of a run nobody decides both.

A step names those whose deciders may not decide it; it makes no difference which of the
two is decided first. An answer that may still be taken back counts from when it is
given. Decisions of one run are made under the lock of its row, so a vote and the
exclusion it brings can't pass each other by.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from approvals import staffing
from approvals.models import Approval, ApprovalExclusion, Decision, Reservation
from approvals.statuses import ApprovalStatus
from workflows.rows import execute, one_of, select_rows

# Plain SQL, because every question and every vote asks it, nearly always in vain.
_SHARES = " UNION ALL ".join(
    f"SELECT a.id, a.run_id, a.step_path, a.exclude_deciders_of, "
    f"v.decided_by_id, v.on_behalf_of_id FROM {votes} v "
    f"JOIN {Approval._meta.db_table} a ON a.id = v.approval_id WHERE {{those}}"
    for votes in (Decision._meta.db_table, Reservation._meta.db_table)
)
_OTHERS = (
    f"SELECT id FROM {Approval._meta.db_table} WHERE run_id = %s AND status = %s "
    "AND id <> %s AND (exclude_deciders_of <> '[]' OR %s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Somebody's part in deciding a step: by a vote, or by one that still waits."""

    approval_id: str
    run_id: str
    path: str
    excluded_steps: tuple[str, ...]
    users: tuple[int, ...]

    def keeps_out_of(self, approval: Approval) -> bool:
        """Whether who had it may not decide this approval, another of the run."""
        if approval.pk == self.approval_id or approval.run_id != self.run_id:
            return False
        named = is_step(self.path, approval.excluded_steps)
        return named or is_step(approval.step_path, self.excluded_steps)


def exclude_earlier(approvals: Iterable[Approval]) -> None:
    """Keep from approvals just opened whoever decided a step separated from theirs."""
    opened = list(approvals)
    shares = _shares(sorted({approval.run_id for approval in opened}))
    for approval in opened:
        _exclude(approval, shares)


def exclude_anew(approvals: Collection[Approval]) -> None:
    """The same, when the rule of these has changed, or an answer is taken back."""
    ApprovalExclusion.objects.filter(approval__in=approvals).delete()
    exclude_earlier(approvals)


def exclude_voter(vote: Decision) -> None:
    """Keep who just voted from the run's other open approvals that are separated."""
    approval = vote.approval
    share = Share(
        approval_id=approval.pk,
        run_id=approval.run_id,
        path=approval.step_path,
        excluded_steps=tuple(approval.excluded_steps),
        users=_users(vote.decided_by_id, vote.on_behalf_of_id),
    )
    _recheck_later([each for each in _others(approval) if _exclude(each, [share])])


def readmit(reservation: Reservation) -> None:
    """Undo what an answer excluded that does not go ahead.

    Call it when the reservation is gone. Who had another part in it stays out.
    """
    users = _users(reservation.decided_by_id, reservation.on_behalf_of_id)
    others = Approval.objects.open().filter(
        run=reservation.approval.run_id, exclusions__user__in=users
    )
    if kept_from := list(others.distinct()):
        exclude_anew(kept_from)
        _recheck_later(kept_from)


def is_step(path: str, names: Collection[str]) -> bool:
    """Whether a step is meant by one of the names: its id, or its whole path."""
    return path in names or path.rpartition(".")[2] in names


def _others(approval: Approval) -> Iterable[Approval]:
    """The run's other open approvals, if the one or the other is separated."""
    separated = bool(approval.excluded_steps)
    values = [approval.run_id, str(ApprovalStatus.OPEN), approval.pk, separated]
    keys = [key for (key,) in execute(_OTHERS, values).fetchall()]
    return select_rows(Approval, "id", keys)


def _shares(run_ids: Sequence[str]) -> list[Share]:
    those, values = one_of("a.run_id", run_ids)
    found = execute(_SHARES.format(those=those), [*values, *values]).fetchall()
    return [
        Share(
            approval_id=approval_id,
            run_id=run_id,
            path=path,
            excluded_steps=tuple(json.loads(excluded)),
            users=_users(*users),
        )
        for approval_id, run_id, path, excluded, *users in found
    ]


def _users(*keys: int | None) -> tuple[int, ...]:
    return tuple(key for key in keys if key is not None)


def _exclude(approval: Approval, shares: Iterable[Share]) -> bool:
    """Whether somebody is kept out."""
    rows = [
        ApprovalExclusion(approval=approval, user_id=user_id, step_path=share.path)
        for share in shares
        if share.keeps_out_of(approval)
        for user_id in share.users
    ]
    if rows:
        ApprovalExclusion.objects.bulk_create(rows, ignore_conflicts=True)
    return bool(rows)


def _recheck_later(approvals: Sequence[Approval]) -> None:
    if approvals:
        these = Approval.objects.filter(pk__in=[each.pk for each in approvals])
        transaction.on_commit(lambda: staffing.recheck(these), robust=True)
