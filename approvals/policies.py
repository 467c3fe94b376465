"""Who may see an approval and who may decide it, with reasons in plain words.

``eligibility`` is the one answer for every page, endpoint, command and list; nothing
else decides. It reads what holds now: whoever left a group or was deactivated is out,
and being a superuser is no right to decide. ``inbox`` asks the same questions in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from approvals.models import Approval
from approvals.pausing import acts_when_due, is_paused
from approvals.persons import Person, Principal, name_of, person_of
from approvals.statuses import ApprovalStatus

if TYPE_CHECKING:
    from approvals.persons import Somebody


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """What a person may do with an approval, and why not."""

    may_view: bool
    may_decide: bool
    reasons: tuple[str, ...] = ()
    # Only where things stand is in the way, and nothing about the person.
    would_decide: bool = False
    on_behalf_of: int | None = None
    on_behalf_of_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the rules ask about an approval, as it is now."""

    open: bool
    users: frozenset[int]
    groups: frozenset[int]
    initiator: int | None
    exclude_initiator: bool
    voters: frozenset[int]
    deputies: Mapping[int | None, str] = field(
        default_factory=dict
    )  # who voted for whom
    excluded: frozenset[int] = frozenset()  # they decided an earlier step
    workflow: str = ""
    claimed_by: int | None = None
    claimed_by_name: str = ""
    sent_back: bool = False
    acts_when_due: bool = False
    paused: bool = False  # its clock stands still until it comes back
    reserved: bool = False  # answered, and the answer may still be taken back
    quorum: int = 1
    initiator_active: bool = True

    @property
    def is_stranded(self) -> bool:
        """Whether changes were asked of somebody who is gone."""
        return self.sent_back and not self.initiator_active

    def unclaimed(self) -> Asked:
        """The same as if nobody had claimed it."""
        return replace(self, claimed_by=None, claimed_by_name="")


def eligibility(
    user: Somebody, approval: Approval, *, person: Person | None = None
) -> Eligibility:
    """What this person may do with this approval, on the data of this moment.

    For many approvals, load them ``with_people()`` and give the same ``person_of()``.
    """
    return judge(person or person_of(user), asked_of(approval))


def judge(person: Person, asked: Asked) -> Eligibility:
    """The rules themselves; no query, no clock."""
    mine = is_asked(person, asked)
    away = None if mine else _principal(person, asked)
    started = bool(person.same_human & {asked.initiator})
    seen = mine or _stands_in(person, asked) or started or person.views_all()
    bars = _bars(person, asked, candidate=mine or away is not None)
    stands = _stands(person, asked)
    return Eligibility(
        may_view=person.active and seen,
        may_decide=person.active and not bars and not stands,
        reasons=tuple([*stands, *bars]),
        would_decide=person.active and not bars,
        on_behalf_of=away.id if away else None,
        on_behalf_of_name=away.name if away else "",
    )


def is_asked(person: Person | Principal, asked: Asked) -> bool:
    """Whether the approval names this person or one of their groups."""
    return person.id in asked.users or bool(person.groups & asked.groups)


def holds(person: Person, asked: Asked, *, on_behalf_of: int | None) -> bool:
    """Whether this person is still asked in the same way: themselves, or for this one
    who is away."""
    if on_behalf_of is None:
        return is_asked(person, asked)
    return any(
        each.id == on_behalf_of and _may_pass_on(each, asked)
        for each in person.principals
    )


def reserved_words() -> str:
    return _("This was answered; it goes ahead unless the answer is taken back.")


def asked_of(approval: Approval) -> Asked:
    """The facts of an approval; no query if ``with_people()`` or ``whole()``."""
    candidates = approval.candidates.all()
    votes = [v for v in approval.decisions.all() if v.version == approval.version]
    claimer = approval.claimer
    return Asked(
        open=approval.status == ApprovalStatus.OPEN,
        users=frozenset(c.user_id for c in candidates if c.user_id is not None),
        groups=frozenset(c.group_id for c in candidates if c.group_id is not None),
        initiator=approval.initiator_id,
        exclude_initiator=approval.exclude_initiator,
        voters=frozenset(
            pk
            for vote in votes
            for pk in (vote.decided_by_id, vote.on_behalf_of_id)
            if pk is not None
        ),
        deputies={
            vote.on_behalf_of_id: name_of(vote.decided_by)
            for vote in votes
            if vote.on_behalf_of_id is not None
        },
        excluded=frozenset(one.user_id for one in approval.exclusions.all()),
        workflow=approval.workflow,
        claimed_by=claimer.pk if claimer else None,
        claimed_by_name=name_of(claimer),
        sent_back=approval.sent_back_at is not None,
        acts_when_due=acts_when_due(approval),
        paused=is_paused(approval),
        reserved=approval.is_reserved,
        quorum=approval.quorum,
        initiator_active=bool(approval.initiator and approval.initiator.is_active),
    )


def _stands_in(person: Person, asked: Asked) -> bool:
    return any(
        away.is_stood_in_for(asked.workflow) and is_asked(away, asked)
        for away in person.principals
    )


def _principal(person: Person, asked: Asked) -> Principal | None:
    """For whom this person could answer: somebody who could do so themselves."""
    return next((each for each in person.principals if _may_pass_on(each, asked)), None)


def _may_pass_on(away: Principal, asked: Asked) -> bool:
    own_request = asked.exclude_initiator and asked.initiator in away.same_human
    return (
        away.is_stood_in_for(asked.workflow)
        and is_asked(away, asked)
        and not own_request
        and not away.same_human & (asked.excluded | asked.voters)
    )


def _stands(person: Person, asked: Asked) -> list[str]:
    """What has to change with the approval before anybody, or this person, decides."""
    reasons = []
    if not asked.open:
        reasons.append(_("This no longer waits for an answer."))
    if asked.reserved:
        reasons.append(reserved_words())
    if asked.is_stranded:
        words = _("Changes were asked for, but who started this is no longer active.")
        reasons += [words, _("It can be taken back as it is.")]
    elif asked.sent_back:
        reasons.append(_("Changes were asked for; it waits for who started it."))
    if _is_anothers(person, asked):
        words = _("%(name)s has claimed this.")
        reasons.append(words % {"name": asked.claimed_by_name})
    return reasons


def _is_anothers(person: Person, asked: Asked) -> bool:
    """A claim binds the others, but not who stands in for the claimer."""
    if asked.claimed_by is None:
        return False
    here = (each for each in person.principals if each.is_stood_in_for(asked.workflow))
    own = {*person.same_human, person.id, *(away.id for away in here)}
    return asked.claimed_by not in own


def _bars(person: Person, asked: Asked, *, candidate: bool) -> list[str]:
    """What about this person is in the way."""
    reasons = []
    if not person.active:
        reasons.append(_("Your account is not active."))
    if not asked.users and not asked.groups:
        reasons.append(_("Nobody is assigned yet; an operator has to do that first."))
    elif not candidate and _stands_in(person, asked):
        reasons.append(_("The person you stand in for may not decide this."))
    elif not candidate:
        reasons.append(_("You are not among the people who were asked."))
    if asked.exclude_initiator and asked.initiator in person.same_human:
        reasons.append(_("You started this yourself; somebody else has to decide."))
    if person.same_human & asked.excluded:
        reasons.append(
            _("You decided an earlier step of this; somebody else has to decide here.")
        )
    if person.id in asked.deputies:
        name = asked.deputies[person.id]
        reasons.append(_("%(name)s has voted for you.") % {"name": name})
    elif person.same_human & asked.voters:
        reasons.append(_("You have already voted."))
    return reasons
