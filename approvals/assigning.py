"""Operators say anew who is asked: when nobody is, or when the wrong people are.

What was asked before no longer counts: who was asked until now can't decide any more,
and a claim is over. Votes that were given stand.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from approvals import comments, permits, snoozing, staffing, stale_claims
from approvals.errors import RunMovedOn
from approvals.locking import Caller, Held, act_on, note, require
from approvals.models import Approval, ApprovalCandidate
from approvals.notifications import causes
from approvals.openings import People
from approvals.rules import Rule
from workflows.errors import SchemaMismatch

ASSIGNED, REPLACED = "assigned", "replaced"


def assign(
    *,
    approval_id: str,
    caller: Caller,
    users: Sequence[str | int] = (),
    groups: Sequence[str | int] = (),
    reason: str = "",
) -> Approval:
    """Ask these people and nobody else; enough of them must be able to decide."""
    rule = Rule(users=tuple(users), groups=tuple(groups))
    return act_on(approval_id, caller, lambda held: _assign(held, rule, reason))


def replace(
    *, approval_id: str, caller: Caller, leaver: str, successor: str, reason: str
) -> Approval:
    """Ask one person in the place of another who was asked by name.

    Whoever else is asked, and a claim of theirs, stays.
    """

    def act(held: Held) -> Approval:
        require(permits.to_assign(held.person, held.asked))
        return _replace(held, leaver, successor, reason)

    return act_on(approval_id, caller, act)


def _replace(held: Held, leaver: str, successor: str, reason: str) -> Approval:
    approval = held.approval
    [named] = _known(approval, Rule(users=(successor,)), field="successor")
    candidates = approval.candidates.all()
    left = [each for each in candidates if each.user and str(each) == leaver]
    if not left:
        words = _("%(name)s is not asked by name.") % {"name": leaver}
        raise _unfit("leaver", words)
    claimer = approval.claimed_by
    values: dict[str, object] = {"needs_assignment": held.asked.is_stranded}
    if claimer is not None and claimer.get_username() == leaver:
        values |= {"claimed_by": None, "claimed_at": None}
    _set(approval, **values)
    ApprovalCandidate.objects.filter(pk=left[0].pk).delete()
    ApprovalCandidate.objects.bulk_create([named], ignore_conflicts=True)
    if staffing.understaffed({approval.pk: approval.quorum}):
        raise _unfit("successor", _("Too few of these people may decide this."))
    if stale_claims.end(Approval.objects.filter(pk=approval.pk)):
        approval.claimed_by = approval.claimed_at = None
    comments.reason(held, reason)
    now, by = held.caller.now, held.caller.user.pk
    causes.assigned(approval.pk, by=by, at=now, to=named.user_id)
    if named.user is not None:
        snoozing.wake(approval=approval, user=named.user)
    note(
        held,
        REPLACED,
        outcome=f"{leaver} → {successor}",
        after=comments.digest(reason),
    )
    return approval


def _set(approval: Approval, **values: object) -> None:
    if not Approval.objects.open().filter(pk=approval.pk).update(**values):
        raise RunMovedOn
    for name, value in values.items():
        setattr(approval, name, value)


def _assign(held: Held, rule: Rule, reason: str) -> Approval:
    require(permits.to_assign(held.person, held.asked))
    approval = held.approval
    asked = _known(approval, rule)
    _set(
        approval,
        claimed_by=None,
        claimed_at=None,
        needs_assignment=held.asked.is_stranded,
    )
    approval.candidates.all().delete()
    ApprovalCandidate.objects.bulk_create(asked)
    if staffing.understaffed({approval.pk: approval.quorum}):
        raise _unfit("users", _("Too few of these people may decide this."))
    said = bool(reason.strip())
    if said:
        comments.reason(held, reason)
    causes.assigned(approval.pk, by=held.caller.user.pk, at=held.caller.now)
    snoozing.wake_all(approval=approval)
    note(
        held,
        ASSIGNED,
        outcome=", ".join(str(each) for each in asked),
        after=comments.digest(reason) if said else "",
    )
    return approval


def _known(
    approval: Approval, rule: Rule, *, field: str = "users"
) -> list[ApprovalCandidate]:
    """Everybody named, or which name nobody has."""
    people = People.named_by([rule])
    for place, names, known in (
        (field, rule.users, people.users),
        ("groups", rule.groups, people.groups),
    ):
        for number, name in enumerate(names):
            if name not in known:
                words = _("There is nobody called %(name)s.") % {"name": name}
                raise _unfit(place, words, number)
    if not rule.users and not rule.groups:
        raise _unfit("users", _("Name at least one person or group."))
    return people.candidates(approval, rule)


def _unfit(field: str, words: str, *number: int) -> SchemaMismatch:
    return SchemaMismatch(
        words, [{"loc": [field, *number], "msg": words, "type": "not_eligible"}]
    )
