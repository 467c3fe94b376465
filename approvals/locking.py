"""One act on one approval at a time: loaded, locked, and tried again.

The lock order is run, suspension, approval, audit head; every act on an approval goes
down it, and so no two of them can wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction

import workflows
from approvals import audit, signals
from approvals.errors import ApprovalNotFound, NotAllowed
from approvals.models import Approval
from approvals.permits import Permit
from approvals.persons import Person, person_of
from approvals.policies import Asked, asked_of, eligibility, judge
from approvals.retrying import retried
from approvals.statuses import Channel
from approvals.whole import whole
from workflows.errors import RunNotFound

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who acts on an approval, when, and by which way."""

    user: User
    channel: Channel
    now: datetime
    token_id: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An approval that holds still, and what the rules ask about it and the caller."""

    approval: Approval
    asked: Asked
    person: Person
    caller: Caller


def act_on(approval_id: str, caller: Caller, act: Callable[[Held], Result]) -> Result:
    """What ``act`` gives, in one transaction, while the approval holds still.

    ``ApprovalNotFound`` for who may not see it; the act itself asks for more.
    """
    return retried(partial(_transact, whole(approval_id), caller, act))


def locked(seen: Approval) -> Approval:
    """The approval as it is now, holding still; the run is locked first, always."""
    try:
        workflows.locked(seen.run_id)
    except RunNotFound:
        raise ApprovalNotFound from None
    return whole(seen.pk, lock=True)


def note(
    held: Held,
    action: str,
    *,
    outcome: str = "",
    before: str = "",
    after: str = "",
    on_behalf_of: int | None = None,
) -> None:
    """One row in the audit chain for the act, and word to open pages once committed."""
    approval, caller = held.approval, held.caller
    audit.record(
        audit.Entry(
            action=action,
            object_id=approval.pk,
            run_id=approval.run_id,
            actor_id=caller.user.pk,
            on_behalf_of_id=on_behalf_of,
            outcome=outcome[:200],
            before=before,
            after=after,
            version=approval.version,
            channel=caller.channel,
            token_id=(caller.token_id or "")[:128],
            address=(caller.address or "")[:64],
        )
    )
    signals.announce(approval.pk, approval.run_id)


def stood_in_for(held: Held) -> int | None:
    """For whom the caller does what whoever is asked may do; nobody: themselves."""
    return judge(held.person, held.asked.unclaimed()).on_behalf_of


def require(permit: Permit) -> None:
    """``NotAllowed`` with the reasons, unless the act is allowed."""
    if not permit.allowed:
        raise NotAllowed(permit.reasons)


def _transact(seen: Approval, caller: Caller, act: Callable[[Held], Result]) -> Result:
    with transaction.atomic():
        approval = locked(seen)
        person = person_of(caller.user, lock=True, now=caller.now)
        if not eligibility(caller.user, approval, person=person).may_view:
            raise ApprovalNotFound
        held = Held(
            approval=approval, asked=asked_of(approval), person=person, caller=caller
        )
        return act(held)
