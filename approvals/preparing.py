"""What a step's policy makes of a proposal: the rule, and how the question reads.

Asked when the step suspends, and again when the proposal is edited. The author's
functions run, so never inside a transaction; what they raise is passed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from approvals import questions
from approvals.rules import EXTENSION, OVERRIDE, ApprovalPolicy, Rule
from approvals.verdicts import comment_field
from workflows import masking
from workflows.errors import DefinitionError
from workflows.json_gate import JSONObject, JSONValue

if TYPE_CHECKING:
    from workflows.definition import Step

NO_POLICY = ApprovalPolicy()  # what holds for a step that has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A question before it is asked of anybody; secrets in it are not covered yet."""

    rule: Rule
    title: str
    summary: list[JSONValue]


def prepared(step: Step, payload: JSONValue, metadata: JSONObject) -> Prepared:
    """Evaluate the step's policy, and what ``ctx.suspend`` said beside it."""
    rule = _rule(step, payload, metadata)
    check_comment(step, is_required=rule.require_comment_on_reject)
    schema = step.schemas.suspend.json_schema()
    title = questions.title_of(
        given=rule.title,
        payload=masking.masked(payload, schema),
        description=step.description,
        step_id=step.id,
    )
    facts = questions.summary_of(fields=rule.summary, payload=payload, schema=schema)
    return Prepared(
        rule=rule, title=title, summary=[list[JSONValue](fact) for fact in facts]
    )


def check_comment(step: Step, *, is_required: bool) -> None:
    """``DefinitionError`` if a reason is required that no answer has a field for."""
    if is_required and comment_field(step.schemas.resume.json_schema()) is None:
        raise DefinitionError(
            "require_comment_on_reject needs a text field named "
            '"comment" or "reason" in the resume schema.'
        )


def _rule(step: Step, payload: JSONValue, metadata: JSONObject) -> Rule:
    policy = step.extensions.get(EXTENSION, NO_POLICY)
    override = metadata.get(OVERRIDE, {})
    if not isinstance(override, dict):
        raise DefinitionError(f'metadata["{OVERRIDE}"] must be an object of options.')
    question = None if payload is None else step.schemas.suspend.load(payload)
    rule: Rule = policy.rule_for(question, override)
    return rule
