"""Views of the inbox with a name: one's own, and those that others share.

A view is shared with one of its owner's groups, or with everybody by who has the
permission to. Sharing shows nobody an approval that they may not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from approvals.errors import ApprovalNotFound
from approvals.models import SavedView
from workflows.errors import SchemaMismatch

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.utils.functional import Promise

SHARE = "approvals.share_view"
EVERYBODY = "everybody"
MOST = 30  # views of one person
LONGEST_NAME, LONGEST_ADDRESS = 60, 2_000


def visible_to(user: User) -> QuerySet[SavedView]:
    """This person's views, and those that are shared with them."""
    shared = Q(everybody=True) | Q(group__in=user.groups.all())
    return SavedView.objects.filter(Q(owner=user.pk) | shared)


def groups_of(user: User) -> dict[str, str]:
    """The groups of this person by their number, in the order of their names."""
    groups = user.groups.order_by("name").values_list("pk", "name")
    return {str(pk): name for pk, name in groups}


def sharing_choices(
    user: User, groups: Mapping[str, str | Promise]
) -> list[tuple[str, str | Promise]]:
    """With whom this person may share: nobody, a group of theirs, perhaps everybody."""
    everybody = [(EVERYBODY, _("Everybody"))] if user.has_perm(SHARE) else []
    return [("", _("Only you")), *groups.items(), *everybody]


def save(
    *, owner: User, name: str, address: str, sharing: str = "", now: datetime
) -> SavedView:
    """Keep a view; ``SchemaMismatch`` says which field does not fit, and why."""
    if len(address) > LONGEST_ADDRESS:
        raise _unfit("name", _("These filters are too long to be saved."))
    if SavedView.objects.filter(owner=owner).count() >= MOST:
        words = _("You have %(most)s views; remove one first.") % {"most": MOST}
        raise _unfit("name", words)
    made = SavedView(owner=owner, address=address, created_at=now)
    return _store(made, name, sharing, owner)


def change(*, owner: User, view_id: int, name: str, sharing: str = "") -> SavedView:
    """Call one's view something else, or share it with somebody else."""
    return _store(_own(owner, view_id), name, sharing, owner)


def remove(*, owner: User, view_id: int) -> None:
    """Throw one's view away, for everybody it was shared with too."""
    _own(owner, view_id).delete()


def _own(owner: User, view_id: int) -> SavedView:
    found = SavedView.objects.filter(owner=owner, pk=view_id).first()
    if found is None:
        raise ApprovalNotFound
    return found


def _store(view: SavedView, name: str, sharing: str, owner: User) -> SavedView:
    view.name = " ".join(name.split())
    if not view.name:
        raise _unfit("name", _("Give the view a name."))
    if len(view.name) > LONGEST_NAME:
        raise _unfit("name", _("The name is too long."))
    if sharing != view.sharing or view.pk is None:
        _share(view, sharing, owner)
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise _unfit("name", _("You have a view of this name already.")) from None
    return view


def _share(view: SavedView, sharing: str, owner: User) -> None:
    if sharing not in dict(sharing_choices(owner, groups_of(owner))):
        raise _unfit("sharing", _("You can't share a view with them."))
    view.everybody = sharing == EVERYBODY
    view.group = Group.objects.get(pk=int(sharing)) if sharing.isdigit() else None


def _unfit(field: str, words: str) -> SchemaMismatch:
    return SchemaMismatch(words, [{"loc": [field], "msg": words, "type": "saved_view"}])
