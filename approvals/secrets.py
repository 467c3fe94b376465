"""Secret values of an approval: masked wherever it is shown, revealed with a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from approvals import audit, inbox, shown, signals
from approvals.models import Approval, Decision
from approvals.schema_forms.wording import humanise
from approvals.statuses import Channel
from workflows import json_gate
from workflows.json_gate import JSONValue
from workflows.masking import Path, masked, secrets_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REVEAL: Final = "approvals.reveal_secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One secret text, where it stands and who gave it."""

    label: str
    given_by: str
    at: datetime
    text: str


def masked_question(approval: Approval) -> JSONValue:
    """What the step asked about, fit for every page, list and client."""
    suspension = approval.suspension
    return masked(approval.payload_value, shown.question_schema(suspension))


def masked_answer(decision: Decision) -> JSONValue:
    """What somebody answered, fit for whoever may see the approval."""
    schema = shown.answer_schema(decision.approval.suspension)
    return masked(decision.answer_value, schema)


def secrets_of(approval: Approval) -> list[Secret]:
    """The secrets of question and answers, for ``reveal`` and for knowing of them."""
    return [*_asked(approval), *_answered(approval)]


def texts_in_run(run_id: str) -> Iterator[str]:
    """Every secret of a run that went through an approval: what is masked all over.

    The engine knows the question and the answer that resumed the step; votes that did
    not, and proposals as edited, are known here alone.
    """
    asked = Approval.objects.filter(run=run_id).select_related("suspension__run")
    for approval in asked.prefetch_related("decisions"):
        for secret in secrets_of(approval):
            yield secret.text
        schema = shown.question_schema(approval.suspension)
        for decision in approval.decisions.all():
            if decision.proposal:
                proposal = json_gate.loads(decision.proposal)
                yield from (text for _path, text in secrets_in(proposal, schema))


def reveal(
    *, approval: Approval, reader: User, channel: Channel, address: str | None
) -> list[Secret]:
    """The secrets, once the audit has a row of who saw them."""
    if not reader.has_perm(REVEAL):
        raise PermissionDenied
    found = secrets_of(approval)
    with transaction.atomic():
        audit.record(
            audit.Entry(
                action="revealed",
                object_id=approval.pk,
                run_id=approval.run_id,
                actor_id=reader.pk,
                version=approval.version,
                channel=channel,
                address=(address or "")[:64],
            )
        )
        signals.announce(approval.pk, approval.run_id)
    return found


def _asked(approval: Approval) -> Iterator[Secret]:
    suspension = approval.suspension
    schema = shown.question_schema(suspension)
    for path, text in secrets_in(approval.payload_value, schema):
        yield Secret(
            label=_label(path),
            given_by=inbox.name_of(approval.initiator) or _("The workflow"),
            at=approval.created_at,
            text=text,
        )


def _answered(approval: Approval) -> Iterator[Secret]:
    schema = shown.answer_schema(approval.suspension)
    for decision in approval.decisions.all():
        for path, text in secrets_in(decision.answer_value, schema):
            yield Secret(
                label=_label(path),
                given_by=inbox.name_of(decision.decided_by),
                at=decision.at,
                text=text,
            )


def _label(path: Path) -> str:
    words = [
        str(part + 1) if isinstance(part, int) else humanise(part) for part in path
    ]
    return " → ".join(words) or str(_("Answer"))
