"""Whom a person may name, and who is meant by what they type.

A list of everybody would tell each reader which accounts exist. So each act has its own
circle: who was asked as well, who shares a group, or, for operators, everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Trim
from django.utils.translation import gettext as _

from approvals import permits
from approvals.delegations import ADD_FOR_OTHERS
from approvals.models import Approval
from approvals.permits import Permit
from approvals.persons import ASSIGN, Person, person_of
from approvals.policies import Asked, asked_of
from workflows.errors import SchemaMismatch

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 20  # people of one answer, however many there are


def for_handing_over(reader: User, approval: Approval) -> QuerySet[User]:
    """Who was asked as well; nobody for who can't hand it over."""
    return _if_allowed(permits.to_hand_over, reader, approval)


def for_asking(reader: User, approval: Approval) -> QuerySet[User]:
    """Who was asked as well; nobody for who can't decide it."""
    return _if_allowed(permits.to_ask, reader, approval)


def asked_as_well(reader: User, asked: Asked) -> QuerySet[User]:
    """Who else was asked, by name or through a group."""
    circle = Q(pk__in=asked.users) | Q(groups__in=asked.groups)
    return _active().filter(circle).exclude(pk=reader.pk).distinct()


def for_assigning(reader: User) -> QuerySet[User]:
    """Everybody, for operators; nobody for others."""
    return _active() if reader.has_perm(ASSIGN) else _active().none()


def for_standing_in(reader: User) -> QuerySet[User]:
    """Who shares a group with the reader; everybody for operators."""
    people = _active().exclude(pk=reader.pk)
    if reader.has_perm(ASSIGN) or reader.has_perm(ADD_FOR_OTHERS):
        return people
    return people.filter(groups__in=reader.groups.all()).distinct()


def matching(people: QuerySet[User], typed: str) -> Sequence[User]:
    """The first few whose user name or full name has every word that was typed."""
    for word in typed.split()[:5]:
        names = Q(first_name__icontains=word) | Q(last_name__icontains=word)
        people = people.filter(names | Q(username__icontains=word))
    return list(people.order_by("first_name", "last_name", "username")[:MOST])


def meant(typed: str, people: QuerySet[User], *, field: str) -> str:
    """The user name of the one person whom a user name, full name or e-mail means.

    What was typed comes back where it means nobody in the circle: the act itself says
    what is wrong with it. ``SchemaMismatch`` names them where it means several.
    """
    if _active().filter(username=typed).exists():
        return typed
    whole = Trim(Concat(F("first_name"), Value(" "), F("last_name")))
    either = Q(whole__iexact=" ".join(typed.split())) | Q(email__iexact=typed)
    found = people.annotate(whole=whole).filter(either) if typed else people.none()
    names = list(found.order_by("username").values_list("username", flat=True)[:MOST])
    if len(names) > 1:
        words = _("%(name)s may be several people. Give one of these: %(names)s.")
        words %= {"name": typed, "names": ", ".join(names)}
        raise SchemaMismatch(
            words, [{"loc": [field], "msg": words, "type": "ambiguous"}]
        )
    return names[0] if names else typed


def _if_allowed(
    act: Callable[[Person, Asked], Permit], reader: User, approval: Approval
) -> QuerySet[User]:
    asked = asked_of(approval)
    if not act(person_of(reader), asked).allowed:
        return _active().none()
    return asked_as_well(reader, asked)


def _active() -> QuerySet[User]:
    return get_user_model()._default_manager.filter(is_active=True)
