"""What the pages say of a request is so: of its time, its people and its end."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from approvals import ApprovalPolicy
from approvals.models import Approval
from tests.approvals.conftest import Desk, Question
from tests.approvals.test_changes import resubmit, send_back
from tests.approvals.test_duties import away
from tests.approvals.test_edited_rule import by_amount, finance, policy
from tests.pages.conftest import Browser, allow
from tests.pages.test_nothing_lost import address, copied, send
from workflows import StepContext
from workflows.rows import database_now
from workflows.testing import isolated_registry

__all__ = ["finance"]  # a fixture that is needed here, too

pytestmark = pytest.mark.one_database  # what pages say, and keep

DAY = timedelta(days=1)


class Keyed(BaseModel):
    title: str
    amount: int = 0
    key: SecretStr = SecretStr("the first")


def ask_with_key(question: Question, ctx: StepContext[Any, Any]) -> Any:
    return ctx.suspend(Keyed(title=question.title))


def text(response: Any) -> str:
    return str(response.content.decode())


def page(browser: Browser, desk: Desk, name: str, approval: Approval) -> str:
    return text(browser(getattr(desk, name)).get(address(approval)))


def test_a_time_out_that_a_rejection_stops_is_not_promised(
    desk: Desk, browser: Browser
) -> None:
    rule = ApprovalPolicy(
        groups=["managers"], due_in=DAY, quorum=2, reject="quorum", on_due="approve"
    )
    approval = desk.ask(rule)
    oskar = allow(desk.person("oskar", "Oskar", "Lind"), "assign_approval")
    assert "This is approved by itself" in page(browser, desk, "bob", approval)
    assert f"{address(approval)}act/expire/" in text(
        browser(oskar).get(address(approval))
    )
    desk.answer(approval, desk.alice, False)
    assert "This is approved by itself" not in page(browser, desk, "bob", approval)
    assert f"{address(approval)}act/expire/" not in text(
        browser(oskar).get(address(approval))
    )


def test_who_voted_for_the_reader_is_named(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    away(desk, desk.alice, desk.carol)
    desk.answer(approval, desk.carol, now=database_now())
    for name, words in (("alice", "Carol West has voted for you."), ("carol", "You ")):
        said = page(browser, desk, name, approval)
        assert words in said
        assert ("You have already voted." in said) == (name == "carol")


def test_a_request_with_too_few_people_says_so_to_all(
    desk: Desk, browser: Browser, django_capture_on_commit_callbacks: Any
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    with django_capture_on_commit_callbacks(execute=True):
        desk.bob.is_active = False
        desk.bob.save()
    assert "Too few people can decide this." in page(browser, desk, "alice", approval)
    run = text(browser(desk.ines).get(f"/runs/{approval.run_id}/"))
    assert "Too few people can decide this." in run


def test_an_answer_sent_twice_is_called_recorded(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    assert send(alice, approval, **{"edits.amount": "", "edits.note": ""})
    second = send(alice, approval)
    assert second.status_code == 409
    assert "It is recorded once" in text(second)
    assert "was not recorded" not in text(second)


def test_who_ended_the_run_is_named_and_nothing_is_called_decided(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    browser(desk.ines).post(
        f"/runs/{approval.run_id}/cancel/", {"reason": "Not needed."}
    )
    late = send(browser(desk.alice), approval)
    assert late.status_code == 409
    assert "Ines Hill ended the run" in text(late)
    assert "See what was decided" not in text(late)


def test_a_late_answer_reads_what_changed(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(policy(), amount=5)
    send_back(approval, desk.bob)
    resubmit(approval, desk.ines, edits_made={"amount": 7})
    late = text(send(browser(desk.alice), approval))
    assert "This changed while you were here" in late
    news = late.partition('id="changed-heading"')[2].partition("</dl>")[0]
    assert "<del>" in news
    assert "5" in news.partition("<del>")[2]
    assert "7" in news.partition("<ins>")[2]


def test_a_secret_that_was_left_alone_is_no_news(desk: Desk, browser: Browser) -> None:
    rule = ApprovalPolicy(groups=["managers"], editable=["amount", "key"])
    approval = desk.ask(rule, execute=ask_with_key, suspend_schema=Keyed)
    for version, edits in ((2, {"key": "the second"}), (3, {"amount": 9})):
        browser(desk.alice).post(
            f"{address(approval)}draft/",
            {"answer.comment": "Hm.", "version": version - 1},
        )
        send_back(approval, desk.alice)
        resubmit(approval, desk.ines, edits_made=edits)
        approval = Approval.objects.get(pk=approval.pk)
        news = page(browser, desk, "alice", approval).partition('id="draft-news"')[2]
        news = news.partition("</dl>")[0]
        assert ("Key" in news, "Amount" in news) == (version == 2, version == 3)


def test_who_is_asked_no_more_about_what_changed_keeps_the_text(
    desk: Desk, browser: Browser, finance: Any
) -> None:
    approval = desk.ask(policy(groups=by_amount), amount=5)
    send_back(approval, desk.bob)
    resubmit(approval, desk.ines, edits_made={"amount": 5000})
    alice = browser(desk.alice)
    late = send(alice, approval)
    assert late.status_code == 403
    assert "Please attach the hotel bill." in copied(late)
    assert "5000" not in text(late)  # what is asked now is none of her business
    told = alice.get(
        f"{address(approval)}notice/",
        {"version": "1", "digest": approval.digest, "form": "1"},
    )
    assert "You are not among the people who were asked." in text(told)
    assert send(alice, approval, digest="0" * 64).status_code == 404


def test_text_typed_for_a_step_that_is_gone_can_be_copied_and_is_kept(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    with isolated_registry():
        late = send(alice, approval, **{"answer.pin.__secret": "4711"})
    assert "Please attach the hotel bill." in copied(late)
    assert "4711" not in text(late)
    assert "Please attach the hotel bill." in text(alice.get(address(approval)))


def test_who_may_not_decide_can_read_what_is_asked(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    shown = page(browser, desk, "ines", approval)
    read = shown.partition("What the answer asks for")[2].partition("</fieldset>")[0]
    assert "<fieldset disabled>" in read
    assert 'name="answer.comment"' in read
    assert "data-decision-form" not in shown
    assert "What the answer asks for" not in page(browser, desk, "alice", approval)
