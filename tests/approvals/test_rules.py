"""What ``@approval_policy`` accepts, refuses and makes of it."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from django.contrib.auth.models import Group, User
from pydantic import BaseModel

from approvals import Escalation, approval_policy
from approvals.rules import EXTENSION, ApprovalPolicy, Rule
from workflows import Step, Workflow, step
from workflows.errors import DefinitionError


class Question(BaseModel):
    title: str
    amount: int


class Answer(BaseModel):
    approved: bool
    comment: str = ""


class Silent(BaseModel):
    approved: bool


def ask(value: int) -> None:
    """A step's function."""


def test_the_policy_is_kept_with_the_step_above_and_below_step() -> None:
    policy = approval_policy(groups=["managers"])

    above = policy(Step("above", ask))

    @step(id="below")
    @policy
    def below(value: int) -> None: ...

    assert above.extensions[EXTENSION] is policy
    assert below.extensions[EXTENSION] is policy


def test_without_options_one_answer_of_anybody_assigned_decides() -> None:
    assert ApprovalPolicy().rule_for(None, {}) == Rule(
        exclude_initiator=True, quorum=1, reject="any", priority="normal"
    )


def test_values_may_be_functions_of_the_payload() -> None:
    policy = approval_policy(
        title=lambda question: f"Pay {question.amount}?",
        groups=lambda question: ["finance" if question.amount > 100 else "managers"],
        quorum=lambda question: 2 if question.amount > 100 else 1,
        due_in=lambda question: timedelta(hours=question.amount),
    )
    rule = policy.rule_for(Question(title="t", amount=500), {})
    assert rule.title == "Pay 500?"
    assert rule.groups == ("finance",)
    assert rule.quorum == 2
    assert rule.due_in == timedelta(hours=500)


def test_one_suspension_may_replace_single_options() -> None:
    policy = approval_policy(groups=["managers"], quorum=2)
    rule = policy.rule_for(None, {"groups": ["finance"], "due_in": "P2D"})
    assert rule.groups == ("finance",)
    assert rule.quorum == 2
    assert rule.due_in == timedelta(days=2)


def test_users_and_groups_may_be_given_as_objects() -> None:
    policy = approval_policy(users=[User(pk=7)], groups=[Group(pk=3), "managers"])
    assert policy.users == (7,)
    assert policy.groups == (3, "managers")


def test_a_rule_survives_being_stored() -> None:
    rule = Rule(
        groups=("managers", 4),
        users=("alice",),
        quorum=3,
        reject="quorum",
        due_in=timedelta(minutes=90),
        on_due="escalate",
        escalate_to=(
            Escalation(groups=("board",), users=(), after=timedelta(hours=1)),
        ),
        remind_before=(timedelta(hours=1), timedelta(minutes=5)),
        remind_every=timedelta(days=1),
        undo_window=timedelta(seconds=8),
        priority="urgent",
        require_comment_on_reject=True,
        exclude_initiator=False,
    )
    assert Rule.from_json(rule.as_json()) == rule
    assert Rule.from_json({}) == Rule()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("title", "  "),
        ("title", 3),
        ("groups", "managers"),
        ("groups", [""]),
        ("groups", [True]),
        ("groups", [User(pk=1)]),
        ("users", 3),
        ("exclude_initiator", 1),
        ("quorum", 0),
        ("quorum", True),
        ("quorum", "2"),
        ("reject", "never"),
        ("require_comment_on_reject", "yes"),
        ("due_in", timedelta(0)),
        ("due_in", timedelta(days=-1)),
        ("due_in", "tomorrow"),
        ("due_in", float("inf")),
        ("due_in", float("nan")),
        ("due_in", True),
        ("on_due", "explode"),
        ("escalate_to", "directors"),
        ("escalate_to", [""]),
        ("escalate_to", [Escalation()]),
        ("escalate_to", [Escalation(groups="directors")]),
        ("escalate_to", [{"users": [1.5]}]),
        ("escalate_to", [Escalation(groups=["a"], after=-1)]),
        ("escalate_to", [Escalation(groups=["a"], priority="asap")]),
        ("escalate_to", [{"groups": ["a"], "replace": "yes"}]),
        ("escalate_to", [{"grups": ["a"]}]),
        ("remind_before", "soon"),
        ("remind_before", [0]),
        ("remind_before", [None]),
        ("remind_every", 5),
        ("working_time", 1),
        ("working_time", True),  # no WORKING_HOURS
        ("priority", "asap"),
        ("priority", ["high"]),
        ("undo_window", -1),
        ("undo_window", timedelta(days=2)),
        ("summary", "amount"),
        ("summary", [1]),
    ],
)
def test_a_wrong_value_is_refused_at_the_decorator_by_name(
    option: str, value: Any
) -> None:
    with pytest.raises(DefinitionError, match=f"approval_policy: {option}"):
        approval_policy(**{option: value})


@pytest.mark.parametrize("returned", ["managers", lambda: 1])
def test_a_wrong_value_from_a_function_is_refused_when_the_step_asks(
    returned: Any,
) -> None:
    policy = approval_policy(groups=lambda question: returned)
    with pytest.raises(DefinitionError, match="approval_policy: groups"):
        policy.rule_for(None, {})


def test_a_step_of_the_chain_may_be_a_name_a_row_a_dict_or_whole() -> None:
    policy = approval_policy(
        on_due="escalate",
        escalate_to=[
            "directors",
            User(pk=7),
            Group(pk=3),
            {"users": ["boss"], "after": "PT1H", "replace": True},
            Escalation(groups=["board"], after=60, priority="urgent"),
        ],
    )
    assert policy.escalate_to == (
        Escalation(groups=("directors",), users=("directors",)),
        Escalation(groups=(), users=(7,)),
        Escalation(groups=(3,), users=()),
        Escalation(groups=(), users=("boss",), after=timedelta(hours=1), replace=True),
        Escalation(
            groups=("board",), users=(), after=timedelta(minutes=1), priority="urgent"
        ),
    )


def test_an_unknown_option_in_a_suspension_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no option groupz"):
        ApprovalPolicy().rule_for(None, {"groupz": ["managers"]})


def committed(policy: ApprovalPolicy, resume: type[BaseModel]) -> Workflow:
    asking = Step("ask", ask, suspend_schema=Question, resume_schema=resume)
    return Workflow("checked").then(policy(asking)).commit(register=False)


def test_a_summary_may_name_only_fields_of_the_question() -> None:
    committed(approval_policy(summary=("amount",)), Answer)
    with pytest.raises(DefinitionError, match=r'"checked", step "ask".*total'):
        committed(approval_policy(summary=("amount", "total")), Answer)


def test_a_required_comment_needs_a_field_to_write_it_in() -> None:
    committed(approval_policy(require_comment_on_reject=True), Answer)
    with pytest.raises(DefinitionError, match='"comment" or "reason"'):
        committed(approval_policy(require_comment_on_reject=True), Silent)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"on_due": "escalate"}, "needs somebody to turn to"),
        ({"escalate_to": ["directors"]}, 'needs on_due="escalate"'),
        ({"remind_before": 60}, "needs due_in"),
    ],
)
def test_options_that_need_each_other_are_refused_alone(
    options: dict[str, Any], fault: str
) -> None:
    with pytest.raises(DefinitionError, match=rf'"checked", step "ask".*{fault}'):
        committed(approval_policy(**options), Answer)
    with pytest.raises(DefinitionError, match=fault):
        ApprovalPolicy().rule_for(None, options)


class Custom(BaseModel):
    decision: Literal["pay", "hold", "reject"]


class Two(BaseModel):
    outcome: Literal["pay", "deny"]


class Named(BaseModel):
    decision: Literal["pay", "approve", "reject"]


class Reasoned(BaseModel):
    approved: bool
    reason: str


class Silence(BaseModel):
    note: str = ""


@pytest.mark.parametrize("on_due", ["approve", "reject"])
@pytest.mark.parametrize("answer", [Answer, Two, Named])
def test_a_due_date_may_answer_where_verdict_and_defaults_make_an_answer(
    answer: type[BaseModel], on_due: str
) -> None:
    committed(approval_policy(due_in=60, on_due=on_due), answer)


@pytest.mark.parametrize(
    ("answer", "on_due", "fault"),
    [
        (Reasoned, "approve", "defaults make no answer.*reason"),
        (Custom, "approve", "no choice of decision"),
        (Silence, "reject", "no field approved"),
    ],
)
def test_a_due_date_that_could_not_answer_is_refused_at_commit(
    answer: type[BaseModel], on_due: str, fault: str
) -> None:
    with pytest.raises(DefinitionError, match=rf'"checked", step "ask".*{fault}'):
        committed(approval_policy(due_in=60, on_due=on_due), answer)
