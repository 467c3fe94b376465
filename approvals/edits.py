"""Edit, then approve: what a reviewer, or the initiator, made of the proposal.

The fields that the policy calls ``editable`` may be changed, and are checked by the
step's own suspend schema together with the rest. A field that the answer has as well
is changed in the answer. What the policy makes of the proposal is asked anew: the rule,
the title and the key facts.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

import workflows
from approvals import files, patches
from approvals.errors import EditMismatch, RunMovedOn
from approvals.models import Approval
from approvals.openings import columns_of
from approvals.preparing import Prepared, prepared
from approvals.rules import Rule
from approvals.verdicts import properties
from workflows import json_gate
from workflows.errors import FieldError, SchemaMismatch
from workflows.json_gate import JSONObject, JSONValue
from workflows.run_masking import RunMask, mask_of

if TYPE_CHECKING:
    from workflows import Step

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A proposal that fits, and what changed against the one that was shown."""

    proposal: JSONValue
    patch: list[JSONObject]
    columns: dict[str, Any]  # of the approval, as far as they change
    asks: Rule | None = None  # set where it names other people now


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
            raise _unfit([name], _("This cannot be edited."))
    shown = approval.payload_value
    if not fields or not isinstance(shown, dict):
        return None
    changes = {**(edits or {}), **_from_answer(approval, fields, edits, answer, sent)}
    accepted = _accepted(approval, {**shown, **changes}, changes) if changes else shown
    proposal = {**shown, **{name: accepted[name] for name in changes}}
    patch = patches.between(shown, proposal)
    if not patch:
        return Edited(proposal=proposal, patch=[], columns={})
    before, now = _judged(approval, shown, patch), _judged(approval, proposal, patch)
    mask = mask_of(approval.suspension.run)
    was, columns = _columns(before, mask), _columns(now, mask)
    changed = {name: value for name, value in columns.items() if value != was[name]}
    return Edited(
        proposal=proposal,
        patch=patch,
        columns={**changed, "proposal": json_gate.dumps(proposal)},
        asks=None if _who(before.rule) == _who(now.rule) else now.rule,
    )


def refuse_others(edited: Edited | None) -> None:
    """Whoever decides may not make it a question to somebody else."""
    if edited is not None and edited.asks is not None:
        words = _("With this change other people would be asked. Ask for changes.")
        raise _unfit([_first_field(edited.patch)], words)


def _judged(
    approval: Approval, proposal: JSONValue, patch: list[JSONObject]
) -> Prepared:
    """What the policy makes of it; its functions are the author's and may raise."""
    step = _installed(approval)
    try:
        return prepared(step, proposal, approval.suspension.metadata_value)
    except Exception as error:
        logger.exception("no rule for an edit", extra={"approval": approval.pk})
        words = _("The rule of this step can't judge this change.")
        raise _unfit([_first_field(patch)], words) from error


def _columns(question: Prepared, mask: RunMask) -> dict[str, Any]:
    return {
        "title": mask.text(question.title),
        "summary": json_gate.dumps(mask.value(question.summary)),
        **columns_of(question.rule),
    }


def _who(rule: Rule) -> tuple[object, ...]:
    excluded = rule.exclude_initiator, rule.exclude_deciders_of
    return rule.users, rule.groups, *excluded


def _first_field(patch: list[JSONObject]) -> str:
    return str(patch[0]["path"]).split("/")[1]


def _from_answer(
    approval: Approval,
    fields: list[str],
    edits: JSONObject | None,
    answer: JSONValue,
    sent: JSONValue,
) -> JSONObject:
    """The editable fields that the person sent; they can't be given twice."""
    if not isinstance(answer, dict) or not isinstance(sent, dict):
        return {}
    resume = _installed(approval).schemas.resume
    shared = [name for name in fields if name in properties(resume.json_schema())]
    for name in shared:
        if edits and name in edits:
            raise _unfit([name], _("This is edited in the answer."))
    if not shared:
        return {}
    given = resume.fields_given(sent)
    return {name: answer[name] for name in shared if name in answer and name in given}


def _accepted(
    approval: Approval, merged: JSONObject, changed: Collection[str]
) -> JSONObject:
    step = _installed(approval)
    try:
        accepted = step.schemas.suspend.accept_strict(merged)
        if isinstance(accepted, dict):
            files.check_references({name: accepted.get(name) for name in changed})
    except SchemaMismatch as misfit:
        faults = [
            FieldError(loc=["edits", *f["loc"]], msg=f["msg"], type=f["type"])
            for f in misfit.errors
        ]
        raise EditMismatch(str(misfit), faults) from misfit
    if not isinstance(accepted, dict):
        return merged
    for name in changed:
        if name not in accepted:  # the code of now has no such field
            raise _unfit([name], _("This cannot be edited."))
    return accepted


def _installed(approval: Approval) -> Step:
    step = workflows.suspended_step(approval.suspension)
    if step is None:
        raise RunMovedOn(_("The step that asked this is no longer installed."))
    return step


def _unfit(loc: list[str | int], words: str) -> EditMismatch:
    return EditMismatch(
        words, [{"loc": ["edits", *loc], "msg": words, "type": "not_editable"}]
    )
