"""What a decision page says of the run behind it: stuck, on its way, failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel, SecretStr

from approvals import ApprovalPolicy
from approvals.models import Approval, Decision, Draft
from tests.approvals.conftest import Answer, Outcome, Question
from tests.pages.conftest import Browser, Desk
from tests.pages.test_decision_page import TYPED, address, post
from workflows import Step, StepContext, Suspended, Workflow
from workflows.models import Run
from workflows.testing import isolated_registry, run_until_idle

STUCK = "The workflow has changed and can take no answer to this any more."


class Secretive(BaseModel):
    title: str
    key: SecretStr


def breaks(
    question: Question, ctx: StepContext[Question, Answer]
) -> Outcome | Suspended:
    if ctx.resume_data is None:
        return ctx.suspend(question)
    raise RuntimeError("The bank said no.")


def tells(
    question: Secretive, ctx: StepContext[Secretive, Answer]
) -> Outcome | Suspended:
    if ctx.resume_data is None:
        return ctx.suspend(Question(title=question.title))
    raise RuntimeError(f"bad key {question.key.get_secret_value()}")


def passes_on(
    question: Question, ctx: StepContext[Question, Answer]
) -> Question | Suspended:
    return ctx.suspend(question) if ctx.resume_data is None else question


def text(response: Any) -> str:
    return str(response.content.decode())


@contextmanager
def another_workflow_installed(approval: Approval) -> Iterator[None]:
    """As after a release in which the step that asked has another name."""
    with isolated_registry():
        other = Step("other", breaks, suspend_schema=Question, resume_schema=Answer)
        Workflow(approval.workflow, input_schema=Question).then(other).commit()
        yield


def test_a_request_that_no_answer_can_reach_says_so_and_asks_for_none(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(title="Pay Zoë?")
    alice = browser(desk.alice)
    alice.post(f"{address(approval)}draft/", {"answer.comment": TYPED, "version": 1})
    with another_workflow_installed(approval):
        page = text(alice.get(address(approval)))
        late = post(alice, approval)
    assert "This needs attention" in page
    assert STUCK in page
    assert "Pay Zoë?" in page
    assert 'name="answer.approved"' not in page
    assert late.status_code == 409
    assert "This needs attention" in text(late)
    assert STUCK in text(late)
    assert not Decision.objects.exists()
    assert Draft.objects.exists()
    again = text(alice.get(address(approval)))
    assert STUCK not in again
    assert TYPED in again


def test_so_does_one_of_which_the_whole_workflow_is_gone(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    with isolated_registry():
        page = text(browser(desk.alice).get(address(approval)))
    assert STUCK in page
    assert "You can read this request." in page


def test_an_answer_refused_by_the_engine_keeps_the_draft(
    desk: Desk, browser: Browser
) -> None:
    def nothing() -> None: ...

    approval = desk.ask()
    alice = browser(desk.alice)
    alice.post(f"{address(approval)}draft/", {"answer.comment": TYPED, "version": 1})
    sent = approval.digest
    with isolated_registry():
        flow = Workflow(approval.workflow, input_schema=Question)
        asks = Step("ask", breaks, suspend_schema=Question, resume_schema=Answer)
        policy = ApprovalPolicy(groups=["managers"])
        flow.then(Step("before", nothing, input_schema=Question)).then(
            policy(asks)
        ).commit()
        late = post(alice, approval, digest=sent)
        assert late.status_code == 409
        assert STUCK in text(late)
        assert "This needs attention" in text(alice.get(address(approval)))
    assert Draft.objects.exists()
    assert not Decision.objects.exists()
    # Rolled back, the request can be answered; that the run was looked at stays said.
    assert "The run needs attention" in text(alice.get(address(approval)))
    assert post(alice, approval).status_code == 302


def test_until_a_worker_takes_it_up_the_page_says_what_it_waits_for(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    post(alice, approval)
    page = text(alice.get(address(approval)))
    assert "Waiting for the engine." in page
    assert "Recorded at " in page
    assert 'hx-trigger="every 2s"' in page
    run_until_idle()
    page = text(alice.get(address(approval)))
    assert "Waiting for the engine." not in page
    assert "The run is finished." in page
    assert 'hx-trigger="every 2s"' not in page


def test_a_run_that_failed_with_the_answer_leaves_the_answer_standing(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(execute=breaks)
    alice = browser(desk.alice)
    post(alice, approval)
    run_until_idle()
    page = text(alice.get(address(approval)))
    for words in (
        "The run failed after this",
        "It failed at “Ask”.",
        "The bank said no.",
        "The answer is not lost",
        f"/runs/{approval.run_id}/",
        TYPED,
    ):
        assert words in page


def test_the_words_of_a_failure_tell_no_secret(desk: Desk, browser: Browser) -> None:
    step = Step("ask", tells, suspend_schema=Question, resume_schema=Answer)
    flow = Workflow("secretive", input_schema=Secretive)
    flow = flow.then(ApprovalPolicy(groups=["managers"])(step)).commit()
    run = flow.create_run(initiator=desk.ines)
    run.start({"title": "Pay?", "key": "hunter-2-hunter"})
    approval = Approval.objects.get(run=run.id)
    post(browser(desk.alice), approval)
    run_until_idle()
    page = text(browser(desk.alice).get(address(approval)))
    assert "bad key •••" in page
    assert "hunter-2" not in page


def test_after_it_went_on_the_page_says_where_the_run_is(
    desk: Desk, browser: Browser
) -> None:
    policy = ApprovalPolicy(groups=["managers"])
    schemas: dict[str, Any] = {"suspend_schema": Question, "resume_schema": Answer}
    first = policy(Step("first", passes_on, **schemas))
    second = policy(Step("ask-the-board", passes_on, **schemas))
    flow = Workflow("two", input_schema=Question).then(first).then(second).commit()
    approval = desk.start(flow)
    alice = browser(desk.alice)
    post(alice, approval)
    run_until_idle()
    page = text(alice.get(address(approval)))
    assert "The run went on to “Ask the board”." in page
    desk.run_of(approval).cancel()
    assert 'id="standing"' not in text(alice.get(address(approval)))


def test_a_run_parked_after_the_answer_says_that_the_answer_is_kept(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    post(alice, approval)
    with another_workflow_installed(approval):
        run_until_idle()
    assert Run.objects.get().attention
    page = text(alice.get(address(approval)))
    assert "The run needs attention" in page
    assert "The answer is not lost" in page


def test_while_a_worker_is_at_the_step_that_asked_the_page_looks_again(
    desk: Desk, browser: Browser
) -> None:
    pages: list[str] = []

    def looks(
        question: Question, ctx: StepContext[Question, Answer]
    ) -> Outcome | Suspended:
        if ctx.resume_data is None:
            return ctx.suspend(question)
        pages.append(text(browser(desk.alice).get(address(approval))))
        return Outcome(paid=True)

    approval = desk.ask(execute=looks)
    post(browser(desk.alice), approval)
    run_until_idle()
    assert "The run goes on by itself." in pages[0]
    assert "The run went on to" not in pages[0]
    assert 'hx-trigger="every 2s"' in pages[0]
