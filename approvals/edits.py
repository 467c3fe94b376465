"""Edit, then approve: what a reviewer, or the initiator, made of the proposal.

The fields that the policy calls ``editable`` may be changed, and are checked by the
step's own suspend schema together with the rest. A field that the answer has as well
is changed in the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

import workflows
from approvals import patches, questions
from approvals.errors import EditMismatch, RunMovedOn
from approvals.models import Approval
from approvals.verdicts import properties
from workflows import json_gate
from workflows.errors import FieldError, SchemaMismatch
from workflows.json_gate import JSONObject, JSONValue
from workflows.run_masking import mask_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A proposal that fits, and what changed against the one that was shown."""

    proposal: JSONValue
    patch: list[JSONObject]
    summary: list[list[str]]  # the key facts as they are now


def edited(
    approval: Approval,
    edits: JSONObject | None,
    answer: JSONValue = None,
    sent: JSONValue = None,
) -> Edited | None:
    """The proposal with these changes; ``None`` where nothing can be edited.

    ``answer`` is what was ``sent``, with the defaults filled in: what only they say
    changes nothing. ``EditMismatch`` says which change is not allowed, or does not fit.
    """
    fields = approval.editable_fields
    for name in edits or {}:
        if name not in fields:
            raise _unfit([name], _("This can not be edited."))
    shown = approval.payload_value
    if not fields or not isinstance(shown, dict):
        return None
    changes = {**(edits or {}), **_from_answer(approval, fields, edits, answer, sent)}
    accepted = _accepted(approval, {**shown, **changes}) if changes else shown
    proposal = {**shown, **{name: accepted[name] for name in changes}}
    return Edited(
        proposal=proposal,
        patch=patches.between(shown, proposal),
        summary=_summary(approval, proposal),
    )


def _from_answer(
    approval: Approval,
    fields: list[str],
    edits: JSONObject | None,
    answer: JSONValue,
    sent: JSONValue,
) -> JSONObject:
    """The editable fields that the person sent; they can't be given twice."""
    step = workflows.suspended_step(approval.suspension)
    schema = step.schemas.resume.json_schema() if step else {}
    shared = [name for name in fields if name in properties(schema)]
    for name in shared:
        if edits and name in edits and isinstance(answer, dict):
            raise _unfit([name], _("This is edited in the answer."))
    if not isinstance(answer, dict) or not isinstance(sent, dict):
        return {}
    return {name: answer[name] for name in shared if name in answer and name in sent}


def _accepted(approval: Approval, merged: JSONObject) -> JSONObject:
    step = workflows.suspended_step(approval.suspension)
    if step is None:
        raise RunMovedOn(_("The step that asked this is no longer installed."))
    try:
        accepted = step.schemas.suspend.accept_strict(merged)
    except SchemaMismatch as misfit:
        faults = [
            FieldError(loc=["edits", *f["loc"]], msg=f["msg"], type=f["type"])
            for f in misfit.errors
        ]
        raise EditMismatch(str(misfit), faults) from misfit
    return accepted if isinstance(accepted, dict) else merged


def _summary(approval: Approval, proposal: JSONValue) -> list[list[str]]:
    """The key facts of the edited proposal, by the fields they were taken from."""
    step = workflows.suspended_step(approval.suspension)
    schema = step.schemas.suspend.json_schema() if step else {}
    facts = questions.summary_of(
        fields=approval.summary_fields, payload=proposal, schema=schema
    )
    mask = mask_of(approval.suspension.run)
    return [[mask.text(part) for part in fact] for fact in facts]


def as_stored(edited: Edited) -> dict[str, str]:
    """The columns of an approval whose proposal was edited."""
    return {
        "proposal": json_gate.dumps(edited.proposal),
        "summary": json_gate.dumps([list[JSONValue](fact) for fact in edited.summary]),
    }


def _unfit(loc: list[str | int], words: str) -> EditMismatch:
    return EditMismatch(
        words, [{"loc": ["edits", *loc], "msg": words, "type": "not_editable"}]
    )
