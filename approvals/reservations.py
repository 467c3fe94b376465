"""Answers that may still be taken back: kept beside the approval until they go ahead.

The suspension stays open and the approval reserved: nobody else can answer it, and its
timetable rests. A cancel of the run, or code that resumes it, wins over the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, cast

from django.core import serializers
from django.utils.translation import gettext as _

from approvals import audit, separation, signals, timetable
from approvals.errors import NotAllowed, NothingToUndo, RunMovedOn, TooLateToUndo
from approvals.locking import Caller, Held, act_on, note
from approvals.models import Approval, Decision, Reservation
from approvals.refusals import Submission
from approvals.statuses import Channel
from workflows import json_gate
from workflows.rows import database_now

RESERVED, UNDONE, LAPSED = "reserved", "undone", "lapsed"


class Lapse(StrEnum):
    """Why an answer that waited did not go ahead."""

    INACTIVE = "inactive"  # the account of who gave it was deactivated
    STANDS_IN_NO_MORE = "stands-in-no-more"  # it was given for somebody else
    NOT_ASKED = "not-asked"  # who gave it is not asked any more, or may not decide
    MISFIT = "misfit"  # another answer is asked for by now


def reserve(
    approval: Approval,
    vote: Decision,
    submission: Submission,
    changes: Mapping[str, Any],
    *,
    seconds: float,
) -> None:
    """Keep the vote that meets the rule, in the transaction that took it."""
    release_at = database_now() + timedelta(seconds=seconds)
    _set(approval, release_at=release_at, timer_at=release_at)
    Reservation.objects.create(
        approval=approval,
        decided_by=submission.decided_by,
        on_behalf_of_id=vote.on_behalf_of_id,
        verdict=vote.verdict,
        vote=serializers.serialize("json", [vote]),
        changes=json_gate.dumps(dict(changes)),
        at=vote.at,
        release_at=release_at,
        token_id=(submission.token_id or "")[:128],
        address=(submission.address or "")[:64],
    )
    separation.exclude_voter(vote)
    _record(approval, RESERVED, vote, submission)


def undo(*, approval_id: str, caller: Caller) -> Approval:
    """Take one's own answer back; ``TooLateToUndo`` once it went ahead."""
    return act_on(approval_id, caller, _undo)


def vote_of(reservation: Reservation) -> Decision:
    """The decision to be."""
    [stored] = serializers.deserialize("json", reservation.vote)
    vote = cast(Decision, stored.object)
    vote.at = reservation.at  # JSON keeps milliseconds only
    return vote


def changes_of(reservation: Reservation) -> dict[str, Any]:
    """What the answer edits in the approval once it goes ahead."""
    changes = json_gate.loads(reservation.changes)
    return cast("dict[str, Any]", changes)


def submission_of(reservation: Reservation, vote: Decision) -> Submission:
    """How the answer came in."""
    return Submission(
        decided_by=reservation.decided_by,
        digest=vote.digest,
        version=vote.version,
        channel=Channel(vote.channel),
        now=reservation.at,
        token_id=reservation.token_id,
        address=reservation.address,
    )


def lapse(approval: Approval, reservation: Reservation, why: Lapse) -> None:
    """Drop an answer that does not count any more; the approval is asked again."""
    vote = vote_of(reservation)
    _record(approval, LAPSED, vote, submission_of(reservation, vote), outcome=why)
    _free(approval)


def forget(approval_ids: Sequence[str]) -> None:
    """Drop what is kept for approvals that closed, whatever closed them."""
    if not approval_ids:
        return
    kept = Reservation.objects.filter(pk__in=approval_ids)
    dropped = list(kept.select_related("approval"))
    kept.delete()
    for reservation in dropped:
        separation.readmit(reservation)


def _undo(held: Held) -> Approval:
    reservation = Reservation.objects.filter(pk=held.approval.pk).first()
    if reservation is None or not held.approval.is_reserved:
        raise _too_late(held)
    if reservation.decided_by_id != held.caller.user.pk:
        raise NotAllowed([_("Only who gave the answer can take it back.")])
    _free(held.approval)
    note(held, UNDONE, outcome=reservation.verdict)
    return held.approval


def _too_late(held: Held) -> TooLateToUndo:
    approval = held.approval
    votes = approval.decisions.filter(version=approval.version)
    if not votes.filter(decided_by=held.caller.user.pk).exists():
        return NothingToUndo(waits=approval.is_open)
    if approval.is_open:
        return TooLateToUndo(_("It is too late to take this back: your vote counts."))
    return TooLateToUndo()


def _free(approval: Approval) -> None:
    """Ask again; what came due meanwhile comes now."""
    plan = timetable.loads(approval.timetable)
    _set(approval, release_at=None, timer_at=plan.next_at)
    forget([approval.pk])


def _set(approval: Approval, **values: object) -> None:
    """The compare-and-set behind all locks: a reservation is made and ended once."""
    still = Approval.objects.open().filter(
        pk=approval.pk, version=approval.version, release_at=approval.release_at
    )
    if not still.update(**values):
        raise RunMovedOn
    for name, value in values.items():
        setattr(approval, name, value)


def _record(
    approval: Approval,
    action: str,
    vote: Decision,
    submission: Submission,
    *,
    outcome: str = "",
) -> None:
    audit.record(
        audit.Entry(
            action=action,
            object_id=approval.pk,
            run_id=approval.run_id,
            actor_id=vote.decided_by_id if action == RESERVED else None,
            on_behalf_of_id=vote.on_behalf_of_id,
            outcome=outcome or vote.verdict,
            before=vote.digest,
            version=vote.version,
            channel=vote.channel if action == RESERVED else Channel.TIMER,
            token_id=(submission.token_id or "")[:128],
            address=(submission.address or "")[:64],
        )
    )
    signals.announce(approval.pk, approval.run_id)
