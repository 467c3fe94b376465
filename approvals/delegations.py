"""Standing in for somebody who is away, from one day to another.

Who stands in decides what the other could decide, in their place, and the record names
both. A chain ends after one; nobody decides their own request by a detour; and whoever
is away may still decide themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from approvals import audit
from approvals.errors import ApprovalNotFound
from approvals.locking import Caller
from approvals.models import Delegation
from workflows import registry
from workflows.errors import SchemaMismatch

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = timedelta(days=366)
ADD_FOR_OTHERS = "approvals.add_delegation"
DELEGATED, ENDED = "delegated", "delegation-ended"


def delegate(
    *,
    caller: Caller,
    delegate: str,
    starts_at: datetime,
    ends_at: datetime,
    workflow: str = "",
    delegator: User | None = None,
) -> Delegation:
    """Let somebody stand in for the caller; with the right to, for somebody else."""
    away = delegator or caller.user
    if away.pk != caller.user.pk and not caller.user.has_perm(ADD_FOR_OTHERS):
        raise _unfit("delegator", _("Only an administrator can do this for others."))
    stands_in = _colleague(away, delegate)
    _check_time(starts_at, ends_at, caller.now)
    if workflow and workflow not in {each.id for each in registry.all()}:
        raise _unfit("workflow", _("There is no such workflow."))
    with transaction.atomic():
        made = Delegation.objects.create(
            delegator=away,
            delegate=stands_in,
            starts_at=starts_at,
            ends_at=ends_at,
            workflow=workflow,
            created_at=caller.now,
            created_by=caller.user,
        )
        _note(made, DELEGATED, caller)
    return made


def end(*, caller: Caller, delegation_id: int) -> Delegation:
    """From now on nobody stands in any more; what was decided stays decided."""
    with transaction.atomic():
        mine = changeable_by(caller.user).select_for_update()
        found = mine.filter(pk=delegation_id, ends_at__gt=caller.now).first()
        if found is None:
            raise ApprovalNotFound
        found.ends_at = max(found.starts_at, caller.now)
        Delegation.objects.filter(pk=found.pk).update(ends_at=found.ends_at)
        _note(found, ENDED, caller)
    return found


def concerning(user: User, *, now: datetime) -> Sequence[Delegation]:
    """Who stands in for this person, and for whom they do, now or later."""
    either = Q(delegator=user.pk) | Q(delegate=user.pk)
    current = Delegation.objects.filter(either, ends_at__gt=now)
    found = current.select_related("delegator", "delegate")
    return list(found.order_by("starts_at", "pk"))


def changeable_by(user: User) -> QuerySet[Delegation]:
    """Their own; all of them for who administers them."""
    every = Delegation.objects.all()
    return every if user.has_perm(ADD_FOR_OTHERS) else every.filter(delegator=user.pk)


def _colleague(away: User, username: str) -> User:
    people = get_user_model()._default_manager.filter(is_active=True)
    found = people.filter(**{away.USERNAME_FIELD: username}).first()
    if found is None:
        words = _("There is nobody called %(name)s.") % {"name": username}
        raise _unfit("delegate", words)
    if found.pk == away.pk:
        raise _unfit("delegate", _("Nobody stands in for themselves."))
    return found


def _check_time(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise _unfit("ends_at", _("It must end after it begins."))
    if ends_at <= now:
        raise _unfit("ends_at", _("This time is over already."))
    if ends_at - starts_at > LONGEST:
        raise _unfit("ends_at", _("It may last a year at most."))


def _note(delegation: Delegation, action: str, caller: Caller) -> None:
    audit.record(
        audit.Entry(
            action=action,
            object_type="delegation",
            object_id=str(delegation.pk),
            actor_id=caller.user.pk,
            on_behalf_of_id=delegation.delegator_id,
            outcome=delegation.delegate.get_username(),
            channel=caller.channel,
            token_id=(caller.token_id or "")[:128],
            address=(caller.address or "")[:64],
        )
    )


def _unfit(field: str, words: str) -> SchemaMismatch:
    return SchemaMismatch(words, [{"loc": [field], "msg": words, "type": "delegation"}])
