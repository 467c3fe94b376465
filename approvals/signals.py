"""What approvals tell the outside world, always after the commit."""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from django.db import transaction
from django.dispatch import Signal

# Arguments: approval_id, run_id. Listeners read what holds now; a signal is a hint.
approval_changed = Signal()

# A moment of an approval's timetable has come. Arguments: approval_id, run_id, and
# kind, one of ``TimerKind``. Sent once for each, whatever the number of workers.
timer_fired = Signal()


class TimerKind(StrEnum):
    """What the clock did to an approval."""

    REMINDER = "reminder"  # it still waits for an answer
    DUE = "due"  # its due date came, whatever follows from that
    OVERDUE = "overdue"  # its due date came and it waits on
    ESCALATED = "escalated"  # other people are asked now
    EXPIRED = "expired"  # the due date closed it


def announce_timer(approval_id: str, run_id: str, *kinds: TimerKind) -> None:
    """Tell the listeners what the clock did, if and when the transaction commits."""
    for kind in kinds:
        transaction.on_commit(
            partial(
                timer_fired.send_robust,
                sender=None,
                approval_id=approval_id,
                run_id=run_id,
                kind=kind,
            ),
            robust=True,
        )


def announce(approval_id: str, run_id: str) -> None:
    """Tell the listeners if and when the open transaction commits."""
    transaction.on_commit(
        partial(
            approval_changed.send_robust,
            sender=None,
            approval_id=approval_id,
            run_id=run_id,
        ),
        robust=True,
    )
