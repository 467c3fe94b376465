"""Secret values of an approval: masked wherever it is shown, revealed with a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from approvals import audit, inbox, openings, shown, signals
from approvals.models import Approval, Decision
from approvals.schema_forms.wording import humanise
from approvals.statuses import Channel
from workflows import json_gate, run_masking
from workflows.json_gate import JSONObject, JSONValue
from workflows.masking import Path, masked, secrets_in
from workflows.models import Suspension
from workflows.run_masking import RunMask

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What hides the secrets of one approval; made once for whatever shows it.

    Hidden is what a schema marks, and the same text wherever it stands in the run.
    """

    run: RunMask
    path: tuple[str, ...]
    answers: tuple[JSONObject, ...]  # the schemas that an answer may have been given by

    def question(self, value: JSONValue) -> JSONValue:
        """What the step asked about, fit for every page, list and client."""
        return self.run.value(value, self.path, "suspend_payload")

    def answer(self, value: JSONValue) -> JSONValue:
        """What somebody answered, fit for whoever may see the approval."""
        for schema in self.answers:
            value = masked(value, schema)
        known = self.run.places is not None
        return self.run.value(value, self.path, "resume_data") if known else value

    def text(self, text: str) -> str:
        """What somebody said, without the secrets it quotes."""
        return self.run.text(text) if self.run.places is not None else text


def cover_of(approval: Approval) -> Cover:
    """Reads the run's journal if its workflow marks secrets, and nothing if not.

    Without the code nobody knows what is secret: of a question that may hold secrets
    every text is hidden.
    """
    suspension = approval.suspension
    run = run_masking.mask_of(suspension.run)
    if run.places is None and not openings.may_hold_secrets(suspension):
        run = RunMask(places={})
    return Cover(
        run=run,
        path=tuple(suspension.step_path.split(".")),
        answers=_answer_schemas(suspension),
    )


def masked_question(approval: Approval) -> JSONValue:
    """What the step asked about, fit for every page, list and client."""
    return cover_of(approval).question(approval.payload_value)


def masked_answer(decision: Decision) -> JSONValue:
    """What somebody answered, fit for whoever may see the approval."""
    return cover_of(decision.approval).answer(decision.answer_value)


def quoting(approval: Approval) -> set[str]:
    """The fields of the question with a secret where their schema marks none."""
    payload, schema = approval.payload_value, shown.question_schema(approval.suspension)
    declared, hidden = masked(payload, schema), masked_question(approval)
    if not isinstance(declared, dict) or not isinstance(hidden, dict):
        return set()
    return {name for name in declared if declared[name] != hidden.get(name)}


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
    schemas = _answer_schemas(approval.suspension)
    for decision in approval.decisions.all():
        value = decision.answer_value
        found = {
            at: text for schema in schemas for at, text in secrets_in(value, schema)
        }
        for path, text in found.items():
            yield Secret(
                label=_label(path),
                given_by=inbox.name_of(decision.decided_by),
                at=decision.at,
                text=text,
            )


def _answer_schemas(suspension: Suspension) -> tuple[JSONObject, ...]:
    """What answers are read by now, and what they were asked by: either may mark."""
    asked, now = suspension.answer_schema_value, shown.installed_schema(suspension)
    return (asked,) if now is None or now == asked else (asked, now)


def _label(path: Path) -> str:
    words = [
        str(part + 1) if isinstance(part, int) else humanise(part) for part in path
    ]
    return " → ".join(words) or str(_("Answer"))
