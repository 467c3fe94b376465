"""What the page of a request says each answer leads to."""

from datetime import timedelta
from typing import Any

import pytest

from approvals import ApprovalPolicy
from approvals.models import Approval
from tests.approvals.conftest import Answer, Desk, Question, ask
from tests.pages.conftest import Browser
from workflows import Step, Workflow
from workflows.json_gate import JSONObject

pytestmark = pytest.mark.one_database  # what pages say, and keep


def nothing() -> None: ...


def ask_before_paying(desk: Desk, **policy: Any) -> Approval:
    """A question; behind it money goes out, which nothing takes back."""
    asks = ApprovalPolicy(groups=["managers"], **policy)(
        Step(
            "ask",
            ask,
            suspend_schema=Question,
            resume_schema=Answer,
            metadata={"outcomes": {"rejected": "Nothing is paid."}},
        )
    )
    declared: JSONObject = {"effects": ["Money"], "irreversible": True}
    pays = Step("pay-out", nothing, metadata=declared)
    workflow = Workflow("pays", input_schema=Question).then(asks).then(pays)
    return desk.start(workflow.then(Step("file-it", nothing)).commit())


def outlook_of(desk: Desk, browser: Browser, approval: Approval) -> str:
    page = browser(desk.alice).get(f"/approvals/{approval.pk}/").content.decode()
    return page.partition("What happens next")[2].partition("</section>")[0]


def test_each_answer_says_what_it_leads_to(desk: Desk, browser: Browser) -> None:
    said = outlook_of(desk, browser, ask_before_paying(desk))
    for words in ("Pay out", "Money", "cannot be undone</span>", "File it"):
        assert words in said
    assert "Nothing is paid." in said
    last = outlook_of(desk, browser, desk.ask())
    assert "This is the last step." in last
    assert "it may end here" in last


def test_beside_an_undo_window_nothing_is_called_past_undoing_at_once(
    desk: Desk, browser: Browser
) -> None:
    approval = ask_before_paying(desk, undo_window=timedelta(seconds=20))
    said = outlook_of(desk, browser, approval)
    assert "cannot be undone once it goes ahead</span>" in said


def test_behind_a_nested_workflow_the_one_around_it_goes_on(
    desk: Desk, browser: Browser
) -> None:
    asks = ApprovalPolicy(groups=["managers"])(
        Step("ask", ask, suspend_schema=Question, resume_schema=Answer)
    )
    declared: JSONObject = {"effects": ["Money"], "irreversible": True}
    pays = Step("pay-out", nothing, metadata=declared)
    asking = Workflow("asking", input_schema=Question).then(asks).commit()
    paying = Workflow("paying").then(pays).commit()
    around = Workflow("around", input_schema=Question).then(asking).then(paying)
    said = outlook_of(desk, browser, desk.start(around.commit()))
    for words in ("Paying", "Money", "cannot be undone</span>"):
        assert words in said
    assert "This is the last step." not in said
