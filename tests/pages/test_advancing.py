"""Whoever asked for it comes from each answer straight to the next request."""

import pytest
from django.test import Client

from approvals import ApprovalPolicy
from approvals.models import Approval, Decision
from tests.approvals.conftest import NOW
from tests.pages.conftest import Browser, Desk
from tests.pages.test_bulk import decide
from tests.pages.test_decision_page import address, post

pytestmark = pytest.mark.one_database  # what pages say, and keep

BESIDE_LIST = {
    "HX-Request": "true",
    "HX-Current-URL": "http://testserver/?q=pay&open=1",
}


def switch(client: Client, value: str = "on") -> None:
    client.post("/preferences/advance/", {"advance": value})


def two(desk: Desk) -> tuple[Approval, Approval]:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))
    first, second = desk.start(workflow, "Pay A\u202eda?"), desk.start(workflow, "Ben?")
    Approval.objects.filter(pk=first.pk).update(created_at=NOW)
    return first, second


def test_an_answer_leads_to_the_next_request_which_says_what_was_recorded(
    desk: Desk, browser: Browser
) -> None:
    first, second = two(desk)
    alice = browser(desk.alice)
    switch(alice)
    answer = post(alice, first)
    assert answer.headers["Location"] == address(second)
    page = alice.get(address(second)).content.decode()
    assert "“Pay A[U+202E]da?”: Approved. The run goes on by itself." in page
    assert '<h1 tabindex="-1" autofocus>' in page
    assert page.count("autofocus") == 1
    assert "autofocus" not in alice.get(address(second)).content.decode()


def test_with_the_last_answer_comes_the_inbox(desk: Desk, browser: Browser) -> None:
    approval = desk.ask(title="Pay Ada?")
    alice = browser(desk.alice)
    switch(alice)
    answer = post(alice, approval, verdict="false")
    assert answer.headers["Location"] == "/"
    page = alice.get("/").content.decode()
    assert '<p tabindex="-1" autofocus>“Pay Ada?”: Rejected.' in page


def test_a_vote_leads_on_though_the_request_stays_open(
    desk: Desk, browser: Browser
) -> None:
    voted = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2), title="Pay?")
    alice = browser(desk.alice)
    switch(alice)
    assert post(alice, voted).headers["Location"] == "/"
    assert "Your vote is recorded: 1 of 2." in alice.get("/").content.decode()


def test_beside_a_list_the_next_one_opens_beside_the_same_list(
    desk: Desk, browser: Browser
) -> None:
    first, second = two(desk)
    alice = browser(desk.alice)
    switch(alice)
    sent = {"digest": first.digest, "version": 1, "answer.approved": "true"}
    answer = alice.post(address(first), sent, headers=BESIDE_LIST)
    assert answer.headers["HX-Redirect"] == f"/?q=pay&open={second.pk}"
    page = alice.get(answer.headers["HX-Redirect"]).content.decode()
    assert page.count("Approved. The run goes on by itself.") == 1
    assert page.count("autofocus") == 1
    assert '<h1 tabindex="-1" autofocus>' in page


def test_on_a_page_of_its_own_the_whole_window_goes_on(
    desk: Desk, browser: Browser
) -> None:
    first, second = two(desk)
    alice = browser(desk.alice)
    switch(alice)
    elsewhere = {**BESIDE_LIST, "HX-Current-URL": f"http://testserver{address(first)}"}
    sent = {"digest": first.digest, "version": 1, "answer.approved": "true"}
    answer = alice.post(address(first), sent, headers=elsewhere)
    assert answer.headers["HX-Redirect"] == address(second)


def test_who_may_still_take_the_answer_back_stays_with_it(
    desk: Desk, browser: Browser
) -> None:
    desk.ask()
    approval = desk.ask(ApprovalPolicy(groups=["managers"], undo_window=60))
    alice = browser(desk.alice)
    switch(alice)
    assert post(alice, approval).headers["Location"] == address(approval)


def test_nobody_is_led_on_who_did_not_ask_for_it(desk: Desk, browser: Browser) -> None:
    first, second = two(desk)
    alice = browser(desk.alice)
    assert post(alice, first).headers["Location"] == address(first)
    switch(alice)
    switch(alice, "")
    assert post(alice, second).headers["Location"] == address(second)


def test_answers_given_together_lead_to_what_became_of_each(
    desk: Desk, browser: Browser
) -> None:
    first, second = two(desk)
    desk.ask(title="Pay Cleo?")
    alice = browser(desk.alice)
    switch(alice)
    page = decide(alice, first, second)
    assert "2 requests decided" in page
    assert "Pay Cleo?" not in page


def test_a_refused_answer_leads_nowhere(desk: Desk, browser: Browser) -> None:
    first, _second = two(desk)
    alice = browser(desk.alice)
    switch(alice)
    assert post(alice, first, verdict="perhaps").status_code == 422
    assert not Decision.objects.exists()


def test_the_account_menu_says_whether_it_is_on(desk: Desk, browser: Browser) -> None:
    alice = browser(desk.alice)
    assert 'name="advance" value="on" aria-pressed="false"' in str(
        alice.get("/").content
    )
    switch(alice)
    assert 'name="advance" value="" aria-pressed="true"' in str(alice.get("/").content)
