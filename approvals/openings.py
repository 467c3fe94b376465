"""What an approval opens with: the question as prepared, and the people it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model, Q

from approvals import questions, searching, shown, timetable
from approvals.models import Approval, ApprovalCandidate, SearchText
from approvals.rules import OVERRIDE, Rule
from approvals.statuses import PRIORITY_RANK
from workflows import json_gate
from workflows.json_gate import JSONValue
from workflows.masking import masked, without_secrets
from workflows.models import Run, Suspension
from workflows.run_masking import mask_of

SECRETS = "secrets"  # in what was prepared: whether the workflow marks any
PREPARED = "prepared"  # where the engine keeps what the hook ``prepare`` returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, as prepared when the step suspended."""

    suspension: Suspension
    title: str
    summary: JSONValue
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Users and groups by every name a rule may call them."""

    users: Mapping[str | int, int]
    groups: Mapping[str | int, int]

    @classmethod
    def named_by(cls, rules: Iterable[Rule]) -> People:
        """Look up everybody the rules name: at most one query per table."""
        every = list(rules)
        user_model = get_user_model()
        return cls(
            users=_keys(
                user_model,
                user_model.USERNAME_FIELD,
                [name for rule in every for name in rule.users],
            ),
            groups=_keys(
                Group, "name", [name for rule in every for name in rule.groups]
            ),
        )

    def candidates(self, approval: Approval, rule: Rule) -> list[ApprovalCandidate]:
        """Whoever exists of those the rule names, each once."""
        users = {self.users[name] for name in rule.users if name in self.users}
        groups = {self.groups[name] for name in rule.groups if name in self.groups}
        return [
            *(ApprovalCandidate(approval=approval, user_id=pk) for pk in sorted(users)),
            *(
                ApprovalCandidate(approval=approval, group_id=pk)
                for pk in sorted(groups)
            ),
        ]


def _keys(
    model: type[Model], field: str, names: Sequence[str | int]
) -> dict[str | int, int]:
    if not names:
        return {}
    texts = {name for name in names if isinstance(name, str)}
    keys = {name for name in names if isinstance(name, int)}
    found = model._default_manager.filter(Q(**{f"{field}__in": texts}) | Q(pk__in=keys))
    rows = found.values_list("pk", field)
    return {name: pk for pk, text in rows for name in (pk, text)}


def question_of(suspension: Suspension) -> Question:
    """Read back what was prepared; plain words where nothing was."""
    prepared = _object(suspension.metadata_value.get(PREPARED))
    asked = _object(prepared.get(OVERRIDE))
    title = asked.get("title")
    return Question(
        suspension=suspension,
        title=title if isinstance(title, str) else _plain_title(suspension),
        summary=asked.get("summary") or [],
        rule=Rule.from_json(_object(asked.get("rule"))),
    )


def may_hold_secrets(suspension: Suspension) -> bool:
    """Whether the workflow that asked marked anything secret; if in doubt, yes."""
    prepared = _object(suspension.metadata_value.get(PREPARED))
    return _object(prepared.get(OVERRIDE)).get(SECRETS) is not False


def approval_of(question: Question, run: Run) -> Approval:
    """The approval to be stored; the id is its suspension's."""
    suspension, rule = question.suspension, question.rule
    plan = timetable.of(rule, suspension.opened_at)
    return Approval(
        id=suspension.pk,
        suspension_id=suspension.pk,
        run_id=suspension.run_id,
        workflow=suspension.run.workflow,
        step_path=suspension.step_path,
        title=question.title,
        summary=json_gate.dumps(question.summary),
        due_at=timetable.due_of(rule, suspension.opened_at),
        on_due=rule.on_due,
        timetable=plan.dumps(),
        timer_at=plan.next_at,
        initiator_id=run.initiator_id,
        created_at=suspension.opened_at,
        **columns_of(rule),
    )


def columns_of(rule: Rule) -> dict[str, Any]:
    """What an approval keeps of its rule, but for who is asked and when."""
    return {
        "priority": rule.priority,
        "priority_rank": PRIORITY_RANK[rule.priority],
        "quorum": rule.quorum,
        "reject": rule.reject,
        "require_comment_on_reject": rule.require_comment_on_reject,
        "undo_window": rule.undo_window.total_seconds(),
        "exclude_initiator": rule.exclude_initiator,
        "exclude_deciders_of": json_gate.dumps(list(rule.exclude_deciders_of)),
        "editable": json_gate.dumps(list(rule.editable or ())),
    }


def search_text_of(question: Question) -> SearchText:
    """What a search will find the approval by."""
    suspension = question.suspension
    facts = question.summary if isinstance(question.summary, list) else []
    text = _found_by(
        suspension,
        suspension.payload_value,
        question.title,
        cast("list[list[str]]", facts),
    )
    return SearchText(approval_id=suspension.pk, text=text)


def index_anew(approval: Approval) -> None:
    """Let a search find it by what its edited proposal says."""
    text = _found_by(
        approval.suspension, approval.payload_value, approval.title, approval.key_facts
    )
    SearchText.objects.filter(pk=approval.pk).update(text=text)


def _found_by(
    suspension: Suspension, payload: JSONValue, title: str, facts: list[list[str]]
) -> str:
    found = without_secrets(payload, shown.question_schema(suspension))
    return searching.search_text(
        title=title,
        facts=facts,
        workflow=suspension.run.workflow,
        step_path=suspension.step_path,
        run_id=suspension.run_id,
        payload=mask_of(suspension.run).value(found),
    )


def _plain_title(suspension: Suspension) -> str:
    return questions.title_of(
        given=None,
        payload=masked(suspension.payload_value, shown.question_schema(suspension)),
        description="",
        step_id=suspension.step_path.rpartition(".")[2],
    )


def _object(value: JSONValue) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
