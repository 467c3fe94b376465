"""Claims: one of several people takes an approval, so that not two work on it.

A claimed approval is decided by its claimer, or by whoever takes it over: any other
person who could decide it. Nothing is locked away by somebody who went home, and the
history says who took it from whom. Operators may give a claim back for others.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from approvals import comments, permits, snoozing
from approvals.errors import AlreadyClaimed, RunMovedOn
from approvals.locking import Caller, Held, act_on, note, require, stood_in_for
from approvals.models import Approval
from approvals.notifications import causes
from approvals.persons import person_of
from approvals.policies import judge
from workflows.errors import SchemaMismatch

CLAIMED, TAKEN_OVER, RELEASED = "claimed", "taken-over", "released"
HANDED_OVER = "handed-over"


def claim(*, approval_id: str, caller: Caller) -> Approval:
    """Take it; of two at once one wins, and the other is told who has it."""
    return act_on(approval_id, caller, _claim)


def take_over(*, approval_id: str, caller: Caller) -> Approval:
    """Take it from the colleague who claimed it."""
    return act_on(approval_id, caller, _take_over)


def release(*, approval_id: str, caller: Caller, reason: str = "") -> Approval:
    """Give it back to all who were asked; who does so for others may say why."""
    return act_on(approval_id, caller, lambda held: _release(held, reason))


def hand_over(*, approval_id: str, caller: Caller, username: str) -> Approval:
    """Give it to a colleague who was asked as well, as if they had claimed it."""
    return act_on(approval_id, caller, lambda held: _hand_over(held, username))


def _claim(held: Held) -> Approval:
    permit = permits.to_claim(held.person, held.asked)
    if not permit.allowed and _is_only_late(held):
        raise AlreadyClaimed(
            winner=held.asked.claimed_by_name,
            winner_id=held.asked.claimed_by,
            at=held.approval.claimed_at or held.caller.now,
        )
    require(permit)
    return _move(held, CLAIMED, to=held.caller.user, at=held.caller.now)


def _take_over(held: Held) -> Approval:
    require(permits.to_take_over(held.person, held.asked))
    return _move(held, TAKEN_OVER, to=held.caller.user, at=held.caller.now)


def _release(held: Held, reason: str) -> Approval:
    require(permits.to_release(held.person, held.asked))
    if reason:
        comments.reason(held, reason)
    return _move(held, RELEASED, to=None, at=None, why=reason)


def _hand_over(held: Held, username: str) -> Approval:
    require(permits.to_hand_over(held.person, held.asked))
    people = get_user_model()._default_manager
    colleague = people.filter(**{get_user_model().USERNAME_FIELD: username}).first()
    # A stranger and a colleague who may not decide get one answer: nobody learns here
    # which accounts exist.
    if colleague is None or not _could_decide(colleague, held):
        message = _("%(name)s is not among the people who can decide this.")
        words = message % {"name": username}
        raise SchemaMismatch(
            words, [{"loc": ["users", 0], "msg": words, "type": "not_eligible"}]
        )
    now, by = held.caller.now, held.caller.user.pk
    causes.assigned(held.approval.pk, by=by, at=now, to=colleague.pk)
    snoozing.wake(approval=held.approval, user=colleague)
    return _move(held, HANDED_OVER, to=colleague, at=now)


def _could_decide(colleague: User, held: Held) -> bool:
    person = person_of(colleague, lock=True, now=held.caller.now)
    return judge(person, held.asked.unclaimed()).may_decide


def _is_only_late(held: Held) -> bool:
    """Nothing but a colleague's claim stands in the way."""
    return (
        held.asked.claimed_by not in (None, held.person.id)
        and permits.to_claim(held.person, held.asked.unclaimed()).allowed
    )


def _move(
    held: Held, action: str, *, to: User | None, at: datetime | None, why: str = ""
) -> Approval:
    """Pass the claim on, if it still is where it was seen."""
    approval = held.approval
    as_seen = Approval.objects.open().filter(
        pk=approval.pk, version=approval.version, claimed_by=approval.claimed_by_id
    )
    if not as_seen.update(claimed_by=to, claimed_at=at):
        raise RunMovedOn
    approval.claimed_by, approval.claimed_at = to, at
    note(
        held,
        action,
        outcome=to.get_username() if to else "",
        after=comments.digest(why) if why else "",
        on_behalf_of=stood_in_for(held),
    )
    return approval
