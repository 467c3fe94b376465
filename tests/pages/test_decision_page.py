"""One approval in a browser without scripts: reading, answering, being too late."""

from typing import Any, Literal

import pytest
from django.http import HttpResponse
from django.test import Client
from pydantic import BaseModel

from approvals import ApprovalPolicy
from approvals.models import Approval, Decision
from approvals.pages import standing
from tests.approvals.conftest import Question
from tests.pages.conftest import Browser, Desk
from workflows.testing import run_until_idle

TYPED = "Please attach the hotel bill."


class Courier(BaseModel):
    decision: Literal["send", "reject"]


class Strict(BaseModel):
    approved: bool
    comment: str
    amount: int


def address(approval: Approval) -> str:
    return f"/approvals/{approval.pk}/"


def post(
    client: Client, approval: Approval, verdict: str = "true", **changes: Any
) -> HttpResponse:
    """What the form of a page just read would send."""
    sent = {
        "digest": approval.digest,
        "version": approval.version,
        "answer.approved": verdict,
        "answer.comment": TYPED,
        **changes,
    }
    given = {name: value for name, value in sent.items() if value is not None}
    answer = client.post(address(approval), given)
    assert isinstance(answer, HttpResponse)
    return answer


def test_the_page_shows_question_facts_history_and_form(
    desk: Desk, browser: Browser
) -> None:
    policy = ApprovalPolicy(groups=["managers"], summary=("amount",))
    approval = desk.ask(policy, title="Pay Zoë?", amount=1234)
    page = browser(desk.alice).get(address(approval)).content.decode()
    for words in ("Pay Zoë?", "1,234", "Ines Hill", "Approve", "Reject", "Comment"):
        assert words in page
    for word in ("suspended", "resume", "payload"):
        assert word not in page.lower()


def test_a_question_that_is_only_a_title_has_no_details(
    desk: Desk, browser: Browser
) -> None:
    class Title(BaseModel):
        title: str

    def ask(question: Any, ctx: Any) -> Any:
        return question if ctx.resume_data else ctx.suspend(Title(title="Pay?"))

    bare = desk.ask(suspend_schema=Title, execute=ask)
    alice = browser(desk.alice)
    assert "Details" not in alice.get(address(bare)).content.decode()
    assert "Details" in alice.get(address(desk.ask())).content.decode()


@pytest.mark.parametrize(
    ("needed", "mark"), [(True, "(needed for “Reject”)"), (False, "(optional)")]
)
def test_the_answers_comment_says_when_it_is_needed_and_the_other_that_it_decides_not(
    desk: Desk, browser: Browser, needed: bool, mark: str
) -> None:
    policy = ApprovalPolicy(groups=["managers"], require_comment_on_reject=needed)
    approval = desk.ask(policy)
    page = browser(desk.alice).get(address(approval)).content.decode()
    assert f'Comment <span class="sf-optional-mark">{mark}</span>' in page
    assert "<summary>Comment without deciding</summary>" in page
    hers = browser(desk.ines).get(address(approval)).content.decode()
    assert "<summary>Comment</summary>" in hers


def test_alice_approves_and_the_page_says_so(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    response = post(alice, approval)
    assert response.status_code == 302
    assert response.headers["Location"] == address(approval)
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.verdict) == (desk.alice, "approved")
    assert decision.channel == "page"
    page = alice.get(address(approval)).content.decode()
    assert ">Approved.</p>" in page
    assert TYPED in page
    assert 'name="answer.approved"' not in page


def test_an_answer_in_the_authors_words_is_named(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(resume_schema=Courier)
    alice = browser(desk.alice)
    sent = {"digest": approval.digest, "version": approval.version}
    alice.post(address(approval), {**sent, "answer.decision": "send"})
    page = alice.get(address(approval)).content.decode()
    assert "Your answer is recorded: Send." in page
    assert "Answered: Send</span>" in page  # a status, and not a button to press


def test_one_banner_tells_what_was_answered_and_how_the_run_stands(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval, other = desk.ask(), desk.ask()
    alice = browser(desk.alice)
    post(alice, approval)
    run_until_idle()
    page = alice.get(address(approval)).content.decode()
    assert page.partition("</main>")[0].count('class="notice ') == 1
    for words in (">Approved.</p>", "The run is finished."):
        assert words in page
    again = alice.get(address(approval)).content.decode()
    assert "Approved.<" not in again
    assert "The run is finished." in again
    # While nothing can be said of the run, the answer alone is told.
    post(alice, other)
    monkeypatch.setattr(standing, "of", lambda *_given, **_more: None)
    page = alice.get(address(other)).content.decode()
    assert page.partition("</main>")[0].count('class="notice ') == 1
    assert "Approved. The run goes on by itself." in page


def test_after_an_answer_the_next_request_is_offered(
    desk: Desk, browser: Browser
) -> None:
    first, second = desk.ask(title="Pay one?"), desk.ask(title="Pay two?")
    alice = browser(desk.alice)
    post(alice, first)
    page = alice.get(address(first)).content.decode()
    assert address(second) in page
    assert "Pay two?" in page


def test_the_second_answer_gets_the_conflict_page_with_what_was_typed(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    desk.answer(approval, desk.alice)
    response = post(browser(desk.bob), approval, "false")
    page = response.content.decode()
    assert response.status_code == 409
    assert "Alice Young was faster" in page
    assert "Alice Young approved this." in page
    assert TYPED in page
    assert Decision.objects.get().decided_by == desk.alice


def test_a_double_click_answers_once(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    post(alice, approval)
    response = post(alice, approval)
    assert response.status_code == 409
    assert "You have already answered this" in response.content.decode()
    assert Decision.objects.count() == 1


def test_a_canceled_run_says_why_nothing_waits(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    desk.run_of(approval).cancel()
    response = post(browser(desk.alice), approval)
    assert response.status_code == 409
    assert "no longer waits for an answer" in response.content.decode()
    assert TYPED in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"digest": "0" * 64}, 409),
        ({"digest": None}, 428),
        ({"digest": ""}, 428),
        ({"version": "7"}, 409),
        ({"version": "x"}, 428),
        ({"version": "²"}, 428),
    ],
)
def test_a_stale_page_is_shown_anew_with_what_was_typed(
    desk: Desk, browser: Browser, changes: dict[str, Any], status: int
) -> None:
    approval = desk.ask()
    response = post(browser(desk.alice), approval, **changes)
    page = response.content.decode()
    assert response.status_code == status
    assert "This changed while you were here" in page
    assert TYPED in page
    assert approval.digest in page
    assert not Decision.objects.exists()


def test_a_bad_answer_keeps_what_was_typed_and_changes_nothing(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(resume_schema=Strict)
    response = post(browser(desk.alice), approval, **{"answer.amount": "twelve"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is 1 problem" in page
    assert 'value="twelve"' in page
    assert TYPED in page
    assert not Decision.objects.exists()


def test_an_answer_without_a_button_asks_for_one(desk: Desk, browser: Browser) -> None:
    response = post(browser(desk.alice), desk.ask(), verdict="")
    assert response.status_code == 422
    assert "Choose one" in response.content.decode()


def test_a_blank_reason_for_a_rejection_is_refused(
    desk: Desk, browser: Browser
) -> None:
    policy = ApprovalPolicy(groups=["managers"], require_comment_on_reject=True)
    changes = {"answer.comment": " \u200b "}
    response = post(browser(desk.alice), desk.ask(policy), "false", **changes)
    assert response.status_code == 422
    assert "Say why you reject this." in response.content.decode()


def test_who_started_it_reads_why_she_may_not_decide(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    ines = browser(desk.ines)
    page = ines.get(address(approval)).content.decode()
    assert "You started this yourself" in page
    assert "data-decision-form" not in page
    response = post(ines, approval)
    assert response.status_code == 403
    assert "You started this yourself" in response.content.decode()


def test_carol_finds_nothing_whatever_she_asks_for(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    carol = browser(desk.carol)
    for response in (
        carol.get(address(approval)),
        carol.get(f"{address(approval)}notice/"),
        post(carol, approval, digest="0" * 64),
        carol.get("/approvals/nothing/"),
        carol.get("/approvals/%00/"),
    ):
        assert response.status_code == 404
        assert "There is nothing here" in response.content.decode()


def test_a_former_manager_can_not_decide_with_the_page_still_open(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    desk.alice.groups.clear()
    response = post(alice, approval)
    assert response.status_code == 403
    page = response.content.decode()
    assert "You are not among the people who were asked." in page
    assert TYPED in page
    assert f'href="{address(approval)}' not in page
    assert not Decision.objects.exists()


@pytest.mark.parametrize("changes", [{}, {"answer.__action": "check"}])
def test_who_never_read_a_request_learns_nothing_by_answering(
    desk: Desk, browser: Browser, changes: dict[str, str]
) -> None:
    approval = desk.ask()
    response = post(browser(desk.carol), approval, digest="0" * 64, **changes)
    assert response.status_code == 404
    assert approval.title not in response.content.decode()


def test_an_answer_needs_the_token_of_the_form(desk: Desk) -> None:
    approval = desk.ask()
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.alice)
    response = post(client, approval)
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()
    assert not Decision.objects.exists()


def test_reading_changes_nothing(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    assert alice.get(address(approval), {"answer.approved": "true"}).status_code == 200
    assert alice.head(address(approval)).status_code == 200
    assert alice.put(address(approval)).status_code == 405
    approval.refresh_from_db()
    assert approval.is_open


def test_a_vote_that_does_not_decide_is_counted_aloud(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    alice = browser(desk.alice)
    post(alice, approval)
    page = alice.get(address(approval)).content.decode()
    assert "Your vote is recorded: 1 of 2." in page
    assert "You have already voted." in page


def test_the_fields_that_question_and_answer_share_start_as_proposed(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(resume_schema=Strict, suspend_schema=Question, amount=480)
    page = browser(desk.alice).get(address(approval)).content.decode()
    assert 'value="480"' in page
    assert "proposed" in page


@pytest.mark.parametrize(
    "comment",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}"],
)
def test_a_comment_is_shown_as_it_was_typed(
    desk: Desk, browser: Browser, comment: str
) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    post(alice, approval, **{"answer.comment": comment})
    page = alice.get(address(approval)).content.decode()
    assert Decision.objects.get().comment == comment
    assert comment.replace("<", "&lt;").split(">")[0].replace('"', "&quot;") in page
    assert "<script>alert" not in page
    assert "<img" not in page


def test_a_NUL_in_a_comment_is_the_senders_fault(desk: Desk, browser: Browser) -> None:
    response = post(browser(desk.alice), desk.ask(), **{"answer.comment": "a\0b"})
    assert response.status_code == 422
    assert not Decision.objects.exists()
