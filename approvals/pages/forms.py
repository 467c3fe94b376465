"""The forms of the pages, made from the types that the workflows declare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone
from pydantic import BaseModel, create_model

import workflows
from approvals import secrets
from approvals.models import Approval
from approvals.proposals import as_of, proposed_by
from approvals.schema_forms import ErrorDetail, SchemaForm
from approvals.verdicts import comment_field, properties

if TYPE_CHECKING:
    from workflows.definition import Workflow


def answer_form(
    approval: Approval,
    data: QueryDict | None = None,
    *,
    version: int | None = None,
    errors: Sequence[ErrorDetail] | None = None,
) -> SchemaForm | None:
    """The form of the installed step; `None` when the step is gone.

    `version` is the one that `data` was typed into: what was left alone in an older one
    holds what is proposed now.
    """
    step = workflows.suspended_step(approval.suspension)
    if step is None:
        return None
    resume = step.schemas.resume
    form = SchemaForm(
        resume.type_,
        initial=proposed_by(approval, resume.json_schema()),
        data=data,
        zone=_zone(),
        errors=errors,
        since=proposed_by(approval, resume.json_schema(), version=version)
        if is_older(approval, version)
        else None,
    )
    mark_reason(form, approval)
    return form


def is_older(approval: Approval, version: int | None) -> bool:
    """Whether this is a version of the request before the one of now."""
    return version is not None and version < approval.version


def mark_reason(form: SchemaForm, approval: Approval) -> None:
    """Say at the comment's field which answers want one, if any does."""
    if approval.require_comment_on_reject:
        form.need_to_reject(comment_field(approval.suspension.answer_schema_value))


def edit_form(
    approval: Approval,
    data: QueryDict | None = None,
    *,
    version: int | None = None,
    errors: Sequence[ErrorDetail] | None = None,
    beside_answer: bool = True,
) -> SchemaForm | None:
    """The fields of the proposal that may be edited; `None` where there are none.

    Only the fields of a model can be drawn apart from the rest. Beside the form of the
    answer those are left out that the answer has as well, and always those that quote a
    secret which they do not mark.
    """
    step = workflows.suspended_step(approval.suspension)
    proposal, payload = step and step.schemas.suspend.type_, approval.payload_value
    if not (isinstance(proposal, type) and issubclass(proposal, BaseModel)):
        return None
    answer = properties(step.schemas.resume.json_schema()) if step else {}
    if not isinstance(payload, dict):
        return None
    quoting = secrets.quoting(approval)
    names = [
        name
        for name in approval.editable_fields
        if name in proposal.model_fields
        and not (beside_answer and name in answer)
        and name not in quoting
    ]
    if not names:
        return None
    parts: dict[str, Any] = {
        name: (proposal.model_fields[name].annotation, proposal.model_fields[name])
        for name in names
    }
    older = (
        as_of(approval, version) if version and is_older(approval, version) else None
    )
    return SchemaForm(
        create_model(proposal.__name__, **parts),
        initial={name: payload[name] for name in names if name in payload},
        since={name: older[name] for name in names if name in older}
        if isinstance(older, dict)
        else None,
        data=data,
        prefix="edits",
        zone=_zone(),
        errors=errors,
        exclude_verdict=False,
    )


def begun_forms(
    approval: Approval, typed: QueryDict | None, *, version: int | None
) -> tuple[SchemaForm | None, SchemaForm | None]:
    """The answer's form and that of edits with what was begun in this version.

    Who began only an answer edits what is proposed now.
    """
    form = answer_form(approval, typed, version=version)
    has_edits = any(name.startswith("edits.") for name in typed or ())
    return form, edit_form(approval, typed if has_edits else None, version=version)


def input_form(
    workflow: Workflow,
    data: QueryDict | None = None,
    *,
    errors: Sequence[ErrorDetail] | None = None,
) -> SchemaForm:
    """The form of a workflow's input; all of its fields are fields."""
    return SchemaForm(
        workflow.schemas.input.type_,
        data=data,
        prefix="input",
        zone=_zone(),
        errors=errors,
        exclude_verdict=False,
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())
