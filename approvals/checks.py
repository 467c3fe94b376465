"""What is wrong with a workflow's approvals, said before anybody waits for them.

``check_policies`` runs at ``commit()`` and raises; ``nobody_to_ask`` is a system check
(``manage.py check``) and only warns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from approvals import time_options, working_time
from approvals.default_answers import ANSWERING, default_answer
from approvals.preparing import check_comment
from approvals.questions import has_field
from approvals.rules import EXTENSION, ApprovalPolicy
from approvals.separation import is_step
from approvals.verdicts import properties
from workflows import registry
from workflows.errors import DefinitionError
from workflows.graph import StepEntry, walk

if TYPE_CHECKING:
    from workflows.definition import Step, Workflow


def check_policies(workflow: Workflow) -> None:
    """Refuse a policy that names fields its step's schemas don't have."""
    for path, step in _steps(workflow):
        policy = step.extensions.get(EXTENSION)
        if policy is not None:
            place = f'workflow "{workflow.id}", step "{".".join(path)}"'
            _check_summary(policy, step, place)
            _check_consistency(policy, step, place)
            _check_editable(policy, step, place)


def nobody_to_ask(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Steps that will ask and have nobody to ask: an operator must assign each time."""
    return [
        Warning(
            f"Nobody is asked at {'.'.join(path)} of {workflow.id}.",
            hint="Name groups or users with @approval_policy.",
            id="approvals.W001",
        )
        for workflow in registry.all()
        for path, step in _steps(workflow)
        if step.resume_schema is not None and not _asks_somebody(step)
    ]


def unknown_steps(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Separated steps that no workflow has: a misspelt name would keep nobody out."""
    asking = [
        (workflow, path, step.extensions[EXTENSION].exclude_deciders_of)
        for workflow in registry.all()
        for path, step in _steps(workflow)
        if EXTENSION in step.extensions
    ]
    paths = [".".join(p) for each in registry.all() for p, _ in _steps(each)]
    return [
        Warning(
            f"{'.'.join(path)} of {workflow.id} keeps out who decided {name}, "
            "which is no step.",
            hint="Name a step's id, or its whole path.",
            id="approvals.W002",
        )
        for workflow, path, names in asking
        if not callable(names)
        for name in names
        if not any(is_step(known, [name]) for known in paths)
    ]


def _steps(workflow: Workflow) -> Iterator[tuple[tuple[str, ...], Step]]:
    for path, member in walk(workflow):
        if isinstance(member, StepEntry):
            yield path, member.step


def _asks_somebody(step: Step) -> bool:
    policy = step.extensions.get(EXTENSION)
    return policy is not None and bool(policy.groups or policy.users)


def _check_summary(policy: ApprovalPolicy, step: Step, place: str) -> None:
    if callable(policy.summary) or policy.summary is None:
        return
    schema = step.schemas.suspend.json_schema()
    missing = [field for field in policy.summary if not has_field(field, schema)]
    if missing:
        raise DefinitionError(
            f"{place}: approval_policy(summary=...) names {', '.join(missing)}, "
            "which the suspend schema does not have."
        )


def _check_editable(policy: ApprovalPolicy, step: Step, place: str) -> None:
    if callable(policy.editable) or not policy.editable:
        return
    known = properties(step.schemas.suspend.json_schema())
    missing = [field for field in policy.editable if field not in known]
    if missing:
        raise DefinitionError(
            f"{place}: approval_policy(editable=...) names {', '.join(missing)}, "
            "which is no field of the suspend schema."
        )


def _check_consistency(policy: ApprovalPolicy, step: Step, place: str) -> None:
    try:
        check_comment(step, is_required=policy.require_comment_on_reject is True)
        time_options.consistent(policy)
        if policy.on_due in ANSWERING:
            default_answer(step, str(policy.on_due))
    except DefinitionError as error:
        raise DefinitionError(f"{place}: {error}") from error


def working_hours(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """The setting, said before a policy needs it."""
    try:
        working_time.calendar()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="approvals.E001")]
    return []
