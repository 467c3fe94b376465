"""Whether an answer fits: by the true model, before anything is locked or written."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

import workflows
from approvals import files
from approvals.edits import Edited, edited, refuse_others
from approvals.errors import CannotGoOn
from approvals.models import Approval
from approvals.verdicts import Verdict, comment_field, verdict_of
from approvals.visible_text import is_blank
from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONObject, JSONValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that fits, and what it says."""

    data: JSONValue
    verdict: Verdict
    edited: Edited | None = None


def fitting(
    approval: Approval, data: JSONValue, edits: JSONObject | None = None
) -> Answer:
    """The answer by the installed model, strictly; ``SchemaMismatch`` says what is off.

    The model's own validators run: they must be quick and change nothing.
    """
    step = workflows.suspended_step(approval.suspension)
    if step is None:
        raise CannotGoOn(_("The step that asked this is no longer installed."))
    resume = step.schemas.resume
    accepted = resume.accept_strict(data)
    files.check_references(accepted)
    schema = resume.json_schema()
    verdict = verdict_of(accepted, schema)
    if verdict.rejection and approval.require_comment_on_reject:
        _require_comment(accepted, schema)
    # Who rejects a proposal does not change it.
    made = None if verdict.rejection else edited(approval, edits, accepted, data)
    refuse_others(made)
    return Answer(data=accepted, verdict=verdict, edited=made)


def _require_comment(answer: JSONValue, schema: JSONObject) -> None:
    field = comment_field(schema)
    if field is None or not isinstance(answer, dict):
        return
    comment = answer.get(field)
    if not isinstance(comment, str) or is_blank(comment):
        message = _("Say why you reject this.")
        raise SchemaMismatch(
            message, [{"loc": [field], "msg": message, "type": "comment_required"}]
        )
