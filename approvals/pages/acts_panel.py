"""What a person may do with an approval besides answering it, as the page offers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from approvals import permits
from approvals.models import Approval
from approvals.pages.forms import edit_form
from approvals.persons import person_of
from approvals.policies import asked_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.schema_forms import SchemaForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An act that was not done: why, and what had been typed for it."""

    act: str
    words: str
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsPanel:
    """Which acts are offered; the rest of the page says why others are not."""

    may: frozenset[str]
    edits: SchemaForm | None  # for the initiator, when changes were asked for
    refused: Refused | None


def build(user: User, approval: Approval, refused: Refused | None = None) -> ActsPanel:
    """What this person may do now."""
    allowed = permits.all_of(person_of(user), asked_of(approval))
    may = frozenset(name for name, permit in allowed.items() if permit.allowed)
    return ActsPanel(
        may=may,
        edits=edit_form(approval, beside_answer=False) if "resubmit" in may else None,
        refused=refused,
    )
