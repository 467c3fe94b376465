"""What the clock does to open approvals: reminders, due dates, the escalation chain.

Any worker does it. Each moment is claimed by compare-and-set on ``timer_at``, under the
locks that a person's answer takes, so that one of the two wins and the other sees it.
Times are compared with the database's clock.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias, cast

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

import workflows
from approvals import (
    audit,
    decisions,
    releases,
    signals,
    snoozing,
    staffing,
    timetable,
)
from approvals.answers import Answer
from approvals.default_answers import ANSWERING, default_answer
from approvals.errors import ApprovalError, CannotGoOn, RunMovedOn
from approvals.escalation import Escalation
from approvals.locking import locked
from approvals.models import Approval, ApprovalCandidate, ApprovalQuerySet
from approvals.notifications import causes
from approvals.openings import People
from approvals.pausing import PAUSED, closes_when_due, is_paused
from approvals.retrying import retried
from approvals.rules import Rule
from approvals.signals import TimerKind
from approvals.statuses import PRIORITY_RANK, ApprovalStatus, Channel, OnDue
from approvals.timetable import Kind, Timetable
from approvals.verdicts import APPROVED, REJECTED
from approvals.whole import whole
from workflows import json_gate
from workflows.errors import DefinitionChanged, DefinitionError
from workflows.json_gate import JSONObject
from workflows.rows import database_now

Names: TypeAlias = tuple[str | int, ...]

logger = logging.getLogger(__name__)

SOME = 50  # items in one go, so that runs get their turn
POSTPONED = timedelta(minutes=1)  # what can't be done now
CANCELED = "canceled"
OUTCOMES = {
    OnDue.APPROVE: APPROVED,
    OnDue.REJECT: REJECTED,
    OnDue.CANCEL: CANCELED,
}


class Deadlines:
    """The worker's chore."""

    def next_in(self) -> float | None:
        """Seconds until something is to happen with any open approval."""
        queue = _timed().order_by("timer_at").annotate(now=Now())
        found = queue.values_list("timer_at", "now").first()
        if found is None or found[0] is None:
            return None
        return float((found[0] - found[1]).total_seconds())

    def do_due(self) -> int:
        """Do what has to happen with some of them; how many that were."""
        due = _timed().filter(timer_at__lte=Now()).order_by("timer_at")
        return sum(act(pk) for pk in list(due.values_list("pk", flat=True)[:SOME]))


def act(approval_id: str) -> bool:
    """Do what is due with one approval; whether this call did it."""
    try:
        seen = whole(approval_id)
        return retried(partial(_transact, seen, _answer(seen)))
    except CannotGoOn:
        logger.warning("no code to go on with", extra={"approval": approval_id})
    except ApprovalError:
        logger.warning("approval closed elsewhere", extra={"approval": approval_id})
    except Exception:
        # One that can't be done stops no other; it is tried again later.
        logger.exception("deadline failed", extra={"approval": approval_id})
    _postpone(approval_id)
    return False


def _timed() -> ApprovalQuerySet:
    return Approval.objects.open().filter(~PAUSED, timer_at__isnull=False)


def _postpone(approval_id: str) -> None:
    _timed().filter(pk=approval_id, timer_at__lte=Now()).update(
        timer_at=database_now() + POSTPONED
    )


def _answer(seen: Approval) -> Answer | None:
    """What the due date would answer, made by the author's model outside any lock."""
    if seen.on_due not in ANSWERING:
        return None
    step = workflows.suspended_step(seen.suspension)
    try:
        return default_answer(step, seen.on_due) if step else None
    except DefinitionError:
        logger.exception("no answer fits any more", extra={"approval": seen.pk})
        return None


def _transact(seen: Approval, answer: Answer | None) -> bool:
    parked: DefinitionChanged | None = None
    with transaction.atomic():
        approval, now = locked(seen), database_now()
        if not approval.is_open or is_paused(approval):
            return False
        if not approval.timer_at or approval.timer_at > now:
            return False
        if approval.is_reserved:
            parked = releases.release(approval, now)
        else:
            parked = _do(approval, answer, now)
    if parked is not None:
        raise parked
    return True


def _do(
    approval: Approval, answer: Answer | None, now: datetime
) -> DefinitionChanged | None:
    """What the moments say that have come; nothing where the code is not there."""
    plan = timetable.loads(approval.timetable)
    if all(entry.kind != Kind.DUE for entry in plan.due(now)):
        _go_on(approval, plan, now)
        return None
    if approval.on_due in ANSWERING and not _is_installed(approval):
        raise CannotGoOn(_("The step that asked this is no longer installed."))
    if _closes(approval, answer):
        return _close(approval, answer, now)
    _go_on(approval, plan, now)
    return None


def _is_installed(approval: Approval) -> bool:
    return workflows.suspended_step(approval.suspension) is not None


def _closes(approval: Approval, answer: Answer | None) -> bool:
    """Whether the due date ends it; an answer that fits no more can't."""
    fits = answer is not None or approval.on_due not in ANSWERING
    return fits and closes_when_due(approval)


def _close(
    approval: Approval, answer: Answer | None, now: datetime
) -> DefinitionChanged | None:
    """End it as its policy says, in the name of nobody.

    When the run can't go on under the workflow now installed, only what the engine
    noted on the run is written.
    """
    if answer is not None:
        try:
            decisions.resume_run(approval, answer, _resumed_by(approval, answer))
        except DefinitionChanged as changed:
            return changed
    outcome = answer.verdict.value if answer else OUTCOMES[OnDue(approval.on_due)]
    _claim(
        approval,
        status=ApprovalStatus.EXPIRED,
        outcome=outcome,
        closed_at=now,
        closed_channel=Channel.TIMER,
    )
    approval.candidates.update(open=False)
    _record(
        approval, "expired", outcome, json_gate.digest(answer.data) if answer else ""
    )
    if answer is None:
        workflows.get_run(approval.run_id).cancel(by={"channel": str(Channel.TIMER)})
    _tell(approval, TimerKind.DUE, TimerKind.EXPIRED)
    return None


def _go_on(approval: Approval, plan: Timetable, now: datetime) -> None:
    """Remind, mark as overdue, ask others; the approval stays open."""
    later = plan.after(now)
    _claim(approval, timetable=later.dumps(), timer_at=later.next_at)
    kinds: list[TimerKind] = []
    for entry in plan.due(now):
        if entry.step is not None:
            _escalate(approval, entry.step)
            kinds.append(TimerKind.ESCALATED)
        elif entry.kind == Kind.DUE:
            kinds += [TimerKind.DUE, TimerKind.OVERDUE]
        else:
            kinds.append(TimerKind.REMINDER)
    _tell(approval, *dict.fromkeys(kinds))


def _claim(approval: Approval, **values: object) -> None:
    """The compare-and-set behind all locks: this moment is done by one worker."""
    still = _timed().filter(pk=approval.pk, timer_at=approval.timer_at)
    if not still.update(**values):
        raise RunMovedOn
    for name, value in values.items():
        setattr(approval, name, value)


def _escalate(approval: Approval, step: Escalation) -> None:
    """Ask these people, too, or instead; whoever had claimed it did not answer."""
    rule = _rule(step)
    named = People.named_by([rule]).candidates(approval, rule)
    if step.replace and named:
        approval.candidates.all().delete()
    ApprovalCandidate.objects.bulk_create(named, ignore_conflicts=True)
    priority = step.priority or approval.priority
    Approval.objects.filter(pk=approval.pk).update(
        priority=priority,
        priority_rank=PRIORITY_RANK[priority],
        claimed_by=None,
        claimed_at=None,
    )
    staffing.recheck(Approval.objects.filter(pk=approval.pk))
    snoozing.wake_all(approval=approval)
    names = sorted(str(candidate) for candidate in named)
    _record(approval, "escalated", ", ".join(names))


def _rule(step: Escalation) -> Rule:
    """The people of a step, as a question names them."""
    groups, users = step.groups, step.users
    return Rule(groups=cast("Names", groups), users=cast("Names", users))


def _resumed_by(approval: Approval, answer: Answer) -> JSONObject:
    """What the step sees as ``ctx.resumed_by``: that nobody answered in time."""
    votes = approval.decisions.filter(version=approval.version)
    return {
        "approval": approval.pk,
        "channel": str(Channel.TIMER),
        "decided_by": {"id": None, "username": "", "name": ""},
        "verdict": answer.verdict.value,
        "votes": decisions.said(list(votes.select_related("decided_by"))),
    }


def _record(approval: Approval, action: str, outcome: str, after: str = "") -> None:
    audit.record(
        audit.Entry(
            action=action,
            object_id=approval.pk,
            run_id=approval.run_id,
            outcome=outcome[:200],
            before=approval.digest if after else "",
            after=after,
            version=approval.version,
            channel=Channel.TIMER,
        )
    )


def _tell(approval: Approval, *kinds: TimerKind) -> None:
    causes.timed(approval, kinds, at=database_now())
    signals.announce(approval.pk, approval.run_id)
    signals.announce_timer(approval.pk, approval.run_id, *kinds)
