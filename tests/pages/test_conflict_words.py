"""A conflict page says what happened, in its reader's words, and nothing else."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel

from approvals import ApprovalPolicy, audit, change_requests, claiming
from approvals.models import Approval
from approvals.statuses import Channel
from tests.approvals.test_changes import send_back
from tests.approvals.test_claiming import by
from tests.approvals.test_undo import let_it_go_ahead
from tests.pages.conftest import Browser, Desk
from workflows import StepContext

pytestmark = pytest.mark.one_database  # what pages say, and keep


class Leave(BaseModel):
    title: str = "Give these days off?"
    last_day: date = date(2027, 1, 8)


def leave(question: Any, ctx: StepContext[Any, Any]) -> Any:
    return ctx.suspend(Leave()) if ctx.resume_data is None else ctx.resume_data


NOT_RECORDED = "Your answer was not recorded"
KEPT = "stands in the form again"
DECIDED = "See what was decided"


def answer(client: Client, approval: Approval, comment: str = "") -> str:
    sent: dict[str, Any] = {
        "digest": approval.digest,
        "version": approval.version,
        "answer.approved": "true",
        "answer.comment": comment,
    }
    response = client.post(f"/approvals/{approval.pk}/", sent)
    assert response.status_code == 409
    return response.content.decode()


def test_a_claim_is_no_decision(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    page = answer(browser(desk.bob), approval)
    assert "Alice Young has claimed this" in page
    assert NOT_RECORDED in page
    assert "Read the request" in page
    assert DECIDED not in page
    assert "2026-11-20 12" not in page  # as it is stored


def test_who_takes_over_from_there_finds_what_they_had_typed(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    bob = browser(desk.bob)
    page = answer(bob, approval, "Looks right, to me.")
    assert KEPT in page
    take_over = f"/approvals/{approval.pk}/act/take-over/"
    assert f'action="{take_over}"' in page
    taken = bob.post(take_over, follow=True).content.decode()
    assert "Looks right, to me.</textarea>" in taken


def test_what_was_typed_while_it_was_sent_back_is_there_when_it_comes_again(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    send_back(approval, desk.alice)
    bob = browser(desk.bob)
    page = answer(bob, approval, "Looks right, to me.")
    assert KEPT in page
    assert "/act/take-over/" not in page
    change_requests.recall(approval_id=approval.pk, caller=by(desk.alice))
    again = bob.get(f"/approvals/{approval.pk}/").content.decode()
    assert "Looks right, to me.</textarea>" in again


def test_who_is_shut_out_of_an_act_is_told_of_no_answer(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    bob = browser(desk.bob)
    desk.bob.groups.clear()
    sent = {"digest": approval.digest, "text": "By the way"}
    page = bob.post(f"/approvals/{approval.pk}/act/comment/", sent).content.decode()
    assert "Nothing was changed." in page
    assert NOT_RECORDED not in page
    assert "By the way" in page


def test_nor_are_changes_that_were_asked_for(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    send_back(approval, desk.alice)
    page = answer(browser(desk.bob), approval)
    assert "Changes were asked for" in page
    assert "It waits for who started it." in page
    assert DECIDED not in page


def test_what_came_first_is_told_in_whole_sentences(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    desk.answer(approval, desk.alice)
    page = answer(browser(desk.bob), approval)
    assert "Alice Young approved this.<" in page
    assert DECIDED in page


def test_who_comes_too_late_to_undo_has_lost_no_answer(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], undo_window=60))
    desk.answer(approval, desk.alice)
    let_it_go_ahead(approval)
    undo = browser(desk.alice).post(f"/approvals/{approval.pk}/undo/")
    page = undo.content.decode()
    assert "Too late to take it back" in page
    assert NOT_RECORDED not in page


def test_the_history_tells_whole_sentences_in_every_language(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    desk.answer(approval, desk.alice)
    address = f"/approvals/{approval.pk}/"
    page = browser(desk.bob).get(address, headers={"Accept-Language": "ja"})
    told = page.content.decode()
    assert "<strong><bdi>Ines Hill</bdi></strong>さんが依頼しました" in told
    assert "<strong><bdi>Alice Young</bdi></strong>さんが承認しました" in told
    assert "ステップ「" in told


def test_who_ended_the_run_is_the_subject_of_a_sentence(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    with audit.acting(desk.ines, Channel.PAGE):
        desk.run_of(approval).cancel()
    page = browser(desk.bob).get(f"/approvals/{approval.pk}/").content.decode()
    assert "<bdi>Ines Hill</bdi></strong> ended the run, or sent it on" in page


@pytest.mark.parametrize(("language", "day"), [("en", "4 Jan 2027"), ("ja", "2027年")])
def test_what_was_changed_is_written_as_its_reader_writes_it(
    desk: Desk, browser: Browser, language: str, day: str
) -> None:
    policy = ApprovalPolicy(groups=["managers"], editable=["last_day"])
    approval = desk.ask(policy, suspend_schema=Leave, execute=leave)
    send_back(approval, desk.alice)
    change_requests.resubmit(
        approval_id=approval.pk,
        caller=by(desk.ines),
        edits_made={"last_day": "2027-01-04"},
        version=1,
    )
    page = browser(desk.alice).get(
        f"/approvals/{approval.pk}/", headers={"Accept-Language": language}
    )
    amended = page.content.decode().partition('class="amended')[2].partition("</dl>")[0]
    assert day in amended
