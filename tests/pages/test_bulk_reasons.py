"""The reason for all of them: asked for where it is needed, and lost nowhere."""

import pytest
from pydantic import BaseModel, Field

from approvals import ApprovalPolicy
from approvals.models import ApprovalComment, Decision, Draft
from tests.pages.conftest import Browser, Desk
from tests.pages.test_acts import page
from tests.pages.test_bulk import decide, review

pytestmark = pytest.mark.one_database  # what pages say, and keep


class Short(BaseModel):
    approved: bool
    comment: str = Field("", max_length=10)


class Silent(BaseModel):
    approved: bool


class Why(BaseModel):
    approved: bool
    comment: str = Field(min_length=1)


class Priced(BaseModel):
    approved: bool
    amount: int = 0


REASON = "It is within the budget."


def test_what_is_refused_has_the_reason_in_its_form(
    desk: Desk, browser: Browser
) -> None:
    fine, short = desk.ask(), desk.ask(resume_schema=Short)
    alice = browser(desk.alice)
    result = decide(alice, fine, short, reason=REASON)
    assert "Shorten this to 10 characters" in result
    assert result.count("Your reason is kept as your draft.") == 1
    assert f'value="{REASON}"' in page(alice, short)
    [draft] = Draft.objects.all()
    assert draft.approval == short


def test_what_is_taken_back_has_the_reason_in_its_form(
    desk: Desk, browser: Browser
) -> None:
    policy = ApprovalPolicy(groups=["managers"], undo_window=60)
    first, second = desk.ask(policy), desk.ask(policy)
    alice = browser(desk.alice)
    alice.post(f"/approvals/{second.pk}/draft/", {"answer.comment": "As I said:"})
    decide(alice, first, second, reason=REASON)
    alice.post("/bulk/undo/", {"id": [first.pk, second.pk]})
    assert f">\n{REASON}</textarea>" in page(alice, first)
    assert f">\nAs I said:\n{REASON}</textarea>" in page(alice, second)


def test_where_no_field_takes_it_the_reason_becomes_a_comment(
    desk: Desk, browser: Browser
) -> None:
    usual, silent = desk.ask(), desk.ask(resume_schema=Silent)
    alice = browser(desk.alice)
    assert "1 of them has no field for it" in review(alice, usual, silent)
    decide(alice, usual, silent, reason=REASON)
    assert Decision.objects.count() == 2
    [comment] = ApprovalComment.objects.all()
    assert (comment.approval, comment.text) == (silent, REASON)


@pytest.mark.parametrize("reason", ["x" * 10_001, "a\0b"])
def test_a_reason_that_can_be_no_comment_decides_nothing(
    desk: Desk, browser: Browser, reason: str
) -> None:
    silent = desk.ask(resume_schema=Silent)
    assert "0 requests decided" in decide(browser(desk.alice), silent, reason=reason)
    assert not Decision.objects.exists()
    decide(browser(desk.alice), silent, reason="\u200b")  # nothing to read
    assert Decision.objects.count() == 1
    assert not ApprovalComment.objects.exists()


def test_a_reason_that_a_form_requires_is_asked_for(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = desk.ask(resume_schema=Why), browser(desk.alice)
    assert "(optional)" not in review(alice, approval)
    refused = decide(alice, approval)
    assert "some of these need a reason" in refused
    assert not Decision.objects.exists()
    decide(alice, approval, reason=REASON)
    assert Decision.objects.get().comment == REASON


@pytest.mark.parametrize("editable", [None, ["amount"]])
def test_what_the_page_would_propose_is_what_is_recorded(
    desk: Desk, browser: Browser, editable: list[str] | None
) -> None:
    policy = ApprovalPolicy(groups=["managers"], editable=editable)
    approval = desk.ask(policy, amount=100, resume_schema=Priced)
    decide(browser(desk.alice), approval)
    decision = Decision.objects.get()
    assert decision.answer_value == {"approved": True, "amount": 100}
    assert decision.patch == "[]"
