"""The verdict in an answer, and when votes meet the rule."""

from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from approvals.verdicts import (
    Verdict,
    comment_field,
    settled,
    verdict_field,
    verdict_of,
)
from workflows.json_gate import JSONValue


class Approved(BaseModel):
    approved: bool
    comment: str = ""


class OptionalApproved(BaseModel):
    approved: bool = True


class Choice(BaseModel):
    decision: Literal["pay", "pay_reduced", "reject"]
    reason: str | None = None


class Colour(Enum):
    GREEN = "green"
    DENY = "deny"


class ByEnum(BaseModel):
    outcome: Colour


class Plain(BaseModel):
    amount: int


YES = Verdict(value="approved")
NO = Verdict(value="rejected", rejection=True)


def schema(model: Any) -> dict[str, JSONValue]:
    return TypeAdapter(model).json_schema()


@pytest.mark.parametrize(
    ("model", "answer", "verdict"),
    [
        (Approved, {"approved": True}, YES),
        (Approved, {"approved": False}, NO),
        (OptionalApproved, {"approved": False}, Verdict(value="submitted")),
        (Choice, {"decision": "pay_reduced"}, Verdict(value="pay_reduced")),
        (Choice, {"decision": "reject"}, Verdict(value="reject", rejection=True)),
        (ByEnum, {"outcome": "deny"}, Verdict(value="deny", rejection=True)),
        (ByEnum, {"outcome": "green"}, Verdict(value="green")),
        (Plain, {"amount": 3}, Verdict(value="submitted")),
        (str, "fine", Verdict(value="submitted")),
        (bool, False, Verdict(value="submitted")),
    ],
)
def test_the_verdict_is_read_from_the_field_the_contract_names(
    model: Any, answer: JSONValue, verdict: Verdict
) -> None:
    assert verdict_of(answer, schema(model)) == verdict


def test_an_answer_without_a_schema_is_submitted() -> None:
    assert verdict_of({"approved": False}, {}) == Verdict(value="submitted")


def test_the_choices_of_the_verdict_are_those_of_the_schema() -> None:
    field = verdict_field(schema(Choice))
    assert field is not None
    assert (field.name, field.choices) == ("decision", ("pay", "pay_reduced", "reject"))
    assert verdict_field(schema(Plain)) is None


def test_a_comment_is_a_text_field_of_a_known_name() -> None:
    assert comment_field(schema(Approved)) == "comment"
    assert comment_field(schema(Choice)) == "reason"
    assert comment_field(schema(ByEnum)) is None
    assert comment_field({}) is None


@pytest.mark.parametrize(
    ("votes", "quorum", "reject", "outcome"),
    [
        ([], 1, "any", None),
        ([YES], 1, "any", "approved"),
        ([NO], 1, "any", "rejected"),
        ([YES], 2, "any", None),
        ([YES, YES], 2, "any", "approved"),
        ([YES, NO], 2, "any", "rejected"),
        ([NO], 2, "quorum", None),
        ([NO, YES], 2, "quorum", None),
        ([NO, YES, NO], 2, "quorum", "rejected"),
        ([NO, YES, YES], 2, "quorum", "approved"),
        ([Verdict(value="a"), Verdict(value="b")], 2, "any", None),
    ],
)
def test_votes_settle_when_one_verdict_has_the_quorum_or_a_rejection_is_enough(
    votes: list[Verdict], quorum: int, reject: str, outcome: str | None
) -> None:
    assert settled(votes, quorum=quorum, reject=reject) == outcome


@given(
    votes=st.lists(st.sampled_from([YES, NO]), max_size=12),
    quorum=st.integers(1, 6),
    reject=st.sampled_from(["any", "quorum"]),
)
def test_counting_stops_at_the_first_vote_that_meets_the_rule(
    votes: list[Verdict], quorum: int, reject: str
) -> None:
    counted: list[Verdict] = []
    outcome = None
    for vote in votes:
        counted.append(vote)
        outcome = settled(counted, quorum=quorum, reject=reject)
        if outcome:
            break
    approvals, rejections = counted.count(YES), counted.count(NO)
    enough = 1 if reject == "any" else quorum
    assert approvals <= quorum
    assert rejections <= enough
    assert (outcome == "approved") == (approvals == quorum)
    assert (outcome == "rejected") == (rejections == enough)
