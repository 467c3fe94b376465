"""Drafts: what somebody typed survives a closed window, a log-out and a new device.

A draft belongs to one person and one version of an approval. It is never checked and
never seen by anybody else; it goes with the decision. Secrets are typed again. A person
has the draft that they typed last, into whichever version.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict

from approvals.models import Approval, Draft
from approvals.schema_forms.controls import to_keep
from workflows.rows import execute

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 200_000  # characters of all fields together
PREFIXES = ("answer", "edits")
NOTHING = timedelta()
FORGET = f"DELETE FROM {Draft._meta.db_table} WHERE approval_id = %s AND author_id = %s"


@transaction.atomic
def save(
    *,
    approval: Approval,
    author: User,
    typed: QueryDict,
    version: int | None,
    now: datetime,
    age: timedelta | None = None,
) -> Draft | None:
    """Keep what was typed into this version, or into the one of now.

    What was typed last wins, as it is the same person. With an ``age`` that was so long
    ago; a draft that is newer stays then, and is returned. ``None`` when it is too long
    to be kept.
    """
    if age is not None:
        newer = _of(approval, author).filter(saved_at__gt=now - age)
        if (found := newer.select_for_update().first()) is not None:
            return found
    fields = to_be_kept(typed)
    if sum(len(text) for _name, texts in fields.lists() for text in texts) > LONGEST:
        return None
    draft, _created = Draft.objects.update_or_create(
        approval=approval,
        author=author,
        version=min(version or approval.version, approval.version),
        defaults={"fields": fields.urlencode(), "saved_at": now - (age or NOTHING)},
    )
    return draft


def to_be_kept(typed: QueryDict) -> QueryDict:
    """The fields of an answer and of edits, as they may be kept."""
    fields = QueryDict(mutable=True)
    for name in typed:
        if name.partition(".")[0] in PREFIXES:
            for text in typed.getlist(name):
                fields.appendlist(*to_keep(name, text))
    return fields


def find(*, approval: Approval, author: User) -> Draft | None:
    """What this person typed last, perhaps into an earlier version."""
    return _of(approval, author).first()


def forget(*, approval: Approval, author: User) -> None:
    """Throw this person's drafts of an approval away."""
    execute(FORGET, [approval.pk, author.pk])


def typed_in(draft: Draft) -> QueryDict:
    """The fields of a draft as if they had just been sent."""
    return QueryDict(draft.fields)


def _of(approval: Approval, author: User) -> QuerySet[Draft]:
    mine = Draft.objects.filter(approval=approval, author=author)
    return mine.order_by("-saved_at", "-version")
