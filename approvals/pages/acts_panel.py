"""What a person may do with an approval besides answering it, as the page offers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from approvals import colleagues, permits, snoozing
from approvals.models import Approval
from approvals.pages.conflict_page import Typed, typed_texts
from approvals.pages.forms import edit_form
from approvals.pages.moments import Choice, ready_moments
from approvals.persons import person_of
from approvals.policies import asked_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from approvals.schema_forms import SchemaForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An act that was not done: why, and what had been typed for it."""

    act: str
    words: str  # empty while only a button inside its form was pressed
    typed: Mapping[str, str] = field(default_factory=dict)
    edits: SchemaForm | None = None  # with what was changed, and what is wrong with it
    fieldless: Sequence[Typed] = ()  # what no field can hold any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsPanel:
    """Which acts are offered; the rest of the page says why others are not."""

    may: frozenset[str]
    edits: SchemaForm | None  # for the initiator, when changes were asked for
    refused: Refused | None
    colleagues: Sequence[User] = ()  # some who were asked as well, to choose from
    everybody: Sequence[User] = ()  # some whom an operator could have asked
    snoozed_until: datetime | None = None  # when the reader has put it aside
    moments: Sequence[Choice] = ()  # at which it may come back, to choose from

    @property
    def lost(self) -> Sequence[Typed]:
        """What was typed and stands in no field of the page any more, to be copied."""
        if self.refused is None:
            return ()
        if self.refused.act in self.may:
            return self.refused.fieldless
        texts = (self.refused.typed.get(name, "") for name in ("text", "reason"))
        return (
            *typed_texts(None, self.refused.edits),
            *self.refused.fieldless,
            *(Typed(label=_("Your text"), text=text) for text in texts if text),
        )


def build(user: User, approval: Approval, refused: Refused | None = None) -> ActsPanel:
    """What this person may do now."""
    asked, person = asked_of(approval), person_of(user)
    allowed = permits.all_of(person, asked)
    may = frozenset(name for name, permit in allowed.items() if permit.allowed)
    return ActsPanel(
        may=may,
        edits=_edits(approval, refused) if "resubmit" in may else None,
        refused=refused,
        colleagues=_first(colleagues.asked_as_well(user, asked))
        if {"hand_over", "ask"} & may
        else (),
        everybody=_first(colleagues.for_assigning(user)) if "assign" in may else (),
        snoozed_until=snoozing.snoozed_until(approval, user),
        moments=ready_moments(timezone.localtime()) if "snooze" in may else (),
    )


def _edits(approval: Approval, refused: Refused | None) -> SchemaForm | None:
    if refused is not None and refused.edits is not None:
        return refused.edits
    return edit_form(approval, beside_answer=False)


def _first(people: QuerySet[User]) -> Sequence[User]:
    return colleagues.matching(people, "")
