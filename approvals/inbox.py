"""What people see: each function a named question, its number of queries constant.

One definition of "waiting for you" serves the list, the badge, the API and the admin,
so that they cannot disagree. It says in SQL what ``policies.judge`` says in Python; a
test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import (
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Now
from django.db.models.lookups import IsNull

from approvals.errors import ApprovalNotFound
from approvals.models import (
    Approval,
    ApprovalCandidate,
    ApprovalComment,
    ApprovalExclusion,
    ApprovalQuerySet,
    AuditRow,
    Decision,
    Reservation,
    Snooze,
)
from approvals.persons import ASSIGN, NOBODY, VIEW_ALL, Person, Principal, outline_of
from approvals.persons import name_of as name_of
from approvals.policies import eligibility
from approvals.rule_models import CommentKind
from approvals.whole import whole

if TYPE_CHECKING:
    from approvals.persons import Somebody


MANY = 1000  # entries on a person's list, from which on it is not made any more


def visible_to(user: Somebody, *, person: Person | None = None) -> ApprovalQuerySet:
    """Everything this person may see, open or not."""
    if not user.is_active or user.pk is None:
        return Approval.objects.none()
    if user.has_perm(VIEW_ALL) or user.has_perm(ASSIGN):
        return Approval.objects.all()
    person = person or outline_of(user)
    candidates = ApprovalCandidate.objects.all()
    started = Approval.objects.filter(initiator__in=person.same_human)
    may_see = _among(candidates, person, started.values("pk"))
    for away in person.principals:
        may_see |= _among(candidates, away) & _of_workflow(away)
    return Approval.objects.filter(may_see)


def waiting_for(
    user: Somebody,
    *,
    person: Person | None = None,
    counted: int | None = None,
) -> ApprovalQuerySet:
    """What this person can answer now and has not snoozed, most urgent first.

    For several lists of one person give the same ``persons.outline_of()``. Of a list
    that was ``counted`` nobody has to ask how long it is.
    """
    person = person or outline_of(user)
    if person.id is None:
        return Approval.objects.none()
    if counted is None:
        among = _still_among
    else:
        among = _still_among_each if counted > MANY else _still_among_all
    aside = _snoozes(user).values("approval")
    return _answerable(person, among).exclude(pk__in=aside).most_urgent_first()


def snoozed_by(user: Somebody, *, person: Person | None = None) -> ApprovalQuerySet:
    """What this person can answer and put aside, what comes back soonest first."""
    person = person or outline_of(user)
    if person.id is None:
        return Approval.objects.none()
    # Each of the few is looked at: a list of all that is asked would be longer.
    return (
        _answerable(person, _still_among_each)
        .filter(snoozes__in=_snoozes(user))
        .annotate(snoozed_until=F("snoozes__until"))
        .order_by("snoozed_until", "id")
    )


def claimed_by_others(
    user: Somebody, *, person: Person | None = None
) -> ApprovalQuerySet:
    """What this person can take over from a colleague, most urgent first.

    Snoozed or not: a snooze is of what waits, and this waits with somebody else.
    """
    person = person or outline_of(user)
    if person.id is None:
        return Approval.objects.none()
    reach = _within_reach(person, _still_among_all)
    return reach.filter(taken_from(person)).most_urgent_first()


def to_be_counted(user: Somebody, *, person: Person | None = None) -> ApprovalQuerySet:
    """What waits for this person and what colleagues took of it: counted in one walk.

    Those ``free_for`` the person are ``waiting_for`` them, the others are
    ``claimed_by_others``.
    """
    person = person or outline_of(user)
    if person.id is None:
        return Approval.objects.none()
    awake = ~Q(pk__in=_snoozes(user).values("approval"))
    reach = _within_reach(person, _still_among_all)
    return reach.filter(awake | taken_from(person))


def _answerable(
    person: Person, among: Callable[[Person | Principal], Q]
) -> ApprovalQuerySet:
    return _within_reach(person, among).filter(free_for(person))


def _within_reach(
    person: Person, among: Callable[[Person | Principal], Q]
) -> ApprovalQuerySet:
    """What this person could answer but for the claim of a colleague."""
    asked = among(person)
    for away in person.principals:
        asked |= among(away) & _in_place_of(away)
    return (
        Approval.objects.open()
        .filter(asked, ~_voted(person), ~_excluded(person), sent_back_at=None)
        .filter(release_at=None)
        .exclude(exclude_initiator=True, initiator__in=person.same_human)
    )


def _snoozes(user: Somebody) -> QuerySet[Snooze]:
    """The person's own, those that are over left out by the database's clock."""
    return Snooze.objects.filter(user=user.pk, until__gt=Now())


def sent_back_to(user: Somebody, *, person: Person | None = None) -> ApprovalQuerySet:
    """What this person started and was asked to change, longest waiting first."""
    own = (person or outline_of(user)).same_human
    mine = Approval.objects.open().filter(initiator__in=own)
    return mine.filter(sent_back_at__isnull=False).order_by("sent_back_at", "id")


def unclaimed() -> Q:
    """Of what waits for a person, what a group was asked and nobody has taken."""
    here = ApprovalCandidate.objects.filter(open=True, approval=OuterRef("pk"))
    of_group = Subquery(here.filter(group__isnull=False).values("pk")[:1])
    # Asked of each row: a list would be of every group of the installation.
    return Q(free_for(NOBODY), IsNull(of_group, False))


def free_for(person: Person) -> Q:
    """Not claimed by a colleague; a claim of who left binds nobody."""
    free = Q(claimed_by=None) | Q(claimed_by__is_active=False)
    if person.same_human:
        free |= Q(claimed_by__in=person.same_human)
    for away in person.principals:
        free |= Q(claimed_by=away.id) & _of_workflow(away)
    return free


def taken_from(person: Person) -> Q:
    """Claimed by a colleague who is there."""
    return Q(claimed_by__isnull=False) & ~free_for(person)


def claimed_by(user: Somebody) -> Q:
    """Of what waits for a person, what they have taken."""
    return Q(claimed_by=user.pk)


def waited_for_by(user: Somebody, *, person: Person | None = None) -> ApprovalQuerySet:
    """What others have to do before this person can go on, most urgent first.

    What they started and others have to answer, and what they sent back to be changed.
    """
    own = (person or outline_of(user)).same_human
    sent_back = ApprovalComment.objects.filter(
        kind=CommentKind.CHANGES,
        author__in=own,
        version=F("approval__version"),
        approval__sent_back_at__isnull=False,
    )
    started = Approval.objects.open().filter(initiator__in=own, sent_back_at=None)
    returned = sent_back.order_by().values("approval")
    waits = started.values("pk").union(returned)
    return Approval.objects.open().filter(pk__in=waits).most_urgent_first()


def decided_by(user: Somebody, *, person: Person | None = None) -> ApprovalQuerySet:
    """What this person answered and may still see, the last closed first.

    What is open in spite of their answer, or may still be taken back, stands before it.
    """
    voted = Decision.objects.filter(decided_by=user.pk).order_by().values("approval")
    waiting = Reservation.objects.filter(decided_by=user.pk).values("approval")
    mine = voted.union(waiting)
    return (
        visible_to(user, person=person)
        .filter(pk__in=mine)
        .order_by(F("closed_at").desc(nulls_first=True), "-created_at")
    )


def unassigned() -> ApprovalQuerySet:
    """Open approvals that nobody can answer, for operators; oldest first."""
    return Approval.objects.open().filter(needs_assignment=True).order_by("created_at")


def get_visible(
    user: Somebody, approval_id: str, *, person: Person | None = None
) -> Approval:
    """The approval with everything its page shows; ``ApprovalNotFound`` if hidden."""
    found = whole(approval_id)
    if not eligibility(user, found, person=person).may_view:
        raise ApprovalNotFound
    return found


def get_read(approval_id: str, digest: str) -> Approval:
    """The approval of somebody who read it once, as the digest of its content proves.

    For telling them why their answer is not taken, and for nothing else; it may hold
    more now than what they read.
    """
    found = whole(approval_id)
    if digest not in (found.digest, found.suspension.digest):
        # Each other content was replaced, and the row of that act has its digest.
        replaced = AuditRow.objects.filter(object_type="approval", object_id=found.pk)
        if not digest or not replaced.filter(before=digest).exists():
            raise ApprovalNotFound
    return found


def _among(
    candidates: QuerySet[ApprovalCandidate],
    person: Person | Principal,
    *others: QuerySet[Approval, Any],
) -> Q:
    """The person is asked by name or through a group, or it is among the others.

    One list, each part of it by an index. One EXISTS would be quicker for who is asked
    everything, and thirty times slower for who is asked little in a large installation;
    of several lists with OR between them a database makes a walk over all approvals.
    """
    by_name, by_group = _by_name(candidates, person), _by_group(candidates, person)
    asked = by_name.values("approval")
    return Q(pk__in=asked.union(by_group.values("approval"), *others))


def _still_among_all(person: Person | Principal) -> Q:
    return _among(ApprovalCandidate.objects.filter(open=True), person)


def _still_among(person: Person | Principal) -> Q:
    """``_among`` for what is open, also for who is asked thousands of things.

    A long list is not made: the approvals are looked at in the order wanted instead,
    and a page is full after a few.
    """
    candidates = ApprovalCandidate.objects.filter(open=True)
    by_name, by_group = _by_name(candidates, person), _by_group(candidates, person)
    asked = by_name.values("pk").union(by_group.values("pk"), all=True)
    is_long = bool(asked[MANY : MANY + 1])
    return _still_among_each(person) if is_long else _still_among_all(person)


def _still_among_each(person: Person | Principal) -> Q:
    here = ApprovalCandidate.objects.filter(open=True, approval=OuterRef("pk"))
    # No EXISTS: PostgreSQL would make the list out of it.
    named, grouped = (
        Subquery(found.values("pk")[:1])
        for found in (_by_name(here, person), _by_group(here, person))
    )
    return Q(IsNull(named, False)) | Q(IsNull(grouped, False))


def _by_name(
    candidates: QuerySet[ApprovalCandidate], person: Person | Principal
) -> QuerySet[ApprovalCandidate]:
    return candidates.filter(user=person.id)


def _by_group(
    candidates: QuerySet[ApprovalCandidate], person: Person | Principal
) -> QuerySet[ApprovalCandidate]:
    # No query for the groups: PostgreSQL couldn't tell how much they are asked.
    return candidates.filter(group__in=person.groups)


def _in_place_of(away: Principal) -> Q:
    """What this person could answer who is away: the rules of ``policies``."""
    own_request = Q(exclude_initiator=True, initiator__in=away.same_human)
    return _of_workflow(away) & ~own_request & ~Q(_voted(away)) & ~Q(_excluded(away))


def _of_workflow(away: Principal) -> Q:
    return Q(workflow=away.workflow) if away.workflow else Q()


def _voted(person: Person | Principal) -> Exists:
    own, version = person.same_human, OuterRef("version")
    votes = Decision.objects.filter(approval=OuterRef("pk"), version=version)
    return Exists(votes.filter(Q(decided_by__in=own) | Q(on_behalf_of__in=own)))


def _excluded(person: Person | Principal) -> Exists:
    excluded = ApprovalExclusion.objects.filter(approval=OuterRef("pk"))
    return Exists(excluded.filter(user__in=person.same_human))
