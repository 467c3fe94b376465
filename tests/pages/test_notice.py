"""What a page that is open is told when the request is not as it was."""

import html

from django.test import Client

from approvals import ApprovalPolicy, assigning, reservations
from approvals.models import Approval
from tests.approvals.test_changes import send_back
from tests.approvals.test_claiming import by
from tests.pages.conftest import Browser, Desk, allow

WAITS = ApprovalPolicy(groups=["managers"], undo_window=60)


def told(client: Client, approval: Approval, *, form: bool = True) -> str:
    """What somebody reads who opened the page with the approval as it is given."""
    shown = {"version": str(approval.version), "digest": approval.digest}
    sent = {**shown, "form": "1"} if form else shown
    answer = client.get(f"/approvals/{approval.pk}/notice/", sent)
    assert answer.status_code in (200, 204)
    return answer.content.decode()


def test_it_is_empty_until_somebody_else_decides(desk: Desk, browser: Browser) -> None:
    approval, bob = desk.ask(), browser(desk.bob)
    assert told(bob, approval) == ""
    desk.answer(approval, desk.alice)
    page = told(bob, approval)
    assert "Alice Young approved this. <time" in page
    assert "See what was decided" in page
    assert 'class="over over--closed"' in page  # stands where the buttons stood
    assert 'class="over' not in told(bob, approval, form=False)


def test_it_says_why_an_open_request_is_not_ones_own_any_more(
    desk: Desk, browser: Browser
) -> None:
    approval, bob, alice = desk.ask(), browser(desk.bob), browser(desk.alice)
    alice.post(f"/approvals/{approval.pk}/act/claim/")
    page = told(bob, approval)
    assert "Alice Young has claimed this" in page
    assert 'class="over"' in page
    assert "See what was decided" not in page
    alice.post(f"/approvals/{approval.pk}/act/release/")
    assert told(bob, approval) == ""


def test_it_names_who_answered_while_the_answer_may_be_taken_back(
    desk: Desk, browser: Browser
) -> None:
    approval, bob = desk.ask(WAITS), browser(desk.bob)
    desk.answer(approval, desk.alice)
    words = "approved this. It goes ahead unless it is taken back."
    assert f"Alice Young {words}" in told(bob, approval)
    assert f"You {words}" in told(browser(desk.alice), approval)
    reservations.undo(approval_id=approval.pk, caller=by(desk.alice))
    assert told(bob, approval) == ""


def test_who_could_not_decide_is_told_when_they_can(
    desk: Desk, browser: Browser
) -> None:
    approval, bob, alice = desk.ask(), browser(desk.bob), browser(desk.alice)
    alice.post(f"/approvals/{approval.pk}/act/claim/")
    assert told(bob, approval, form=False) == ""
    alice.post(f"/approvals/{approval.pk}/act/release/")
    page = told(bob, approval, form=False)
    assert "You can decide this now." in page
    assert "Decide it" in page


def test_who_is_asked_no_more_is_told_so_and_nobody_else(
    desk: Desk, browser: Browser
) -> None:
    approval, olga = desk.ask(), allow(desk.person("olga", "", ""), "assign_approval")
    assigning.assign(approval_id=approval.pk, caller=by(olga), users=["carol"])
    page = told(browser(desk.bob), approval)
    assert "You are not among the people who were asked." in page
    assert 'class="over"' in page
    assert "<a " not in page  # the page is hidden from them
    guessed = {"version": "1", "digest": "0" * 64, "form": "1"}
    address = f"/approvals/{approval.pk}/notice/"
    assert browser(desk.bob).get(address, guessed).status_code == 404


def test_that_of_a_new_version_leaves_the_buttons(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    approval.version -= 1
    page = told(browser(desk.bob), approval)
    assert "This changed while you were here." in page
    assert "Review it again" in page
    assert 'class="over' not in page


def test_it_says_what_becomes_of_what_was_typed(desk: Desk, browser: Browser) -> None:
    """Of an answer that can be given again, and of one that can not."""
    again = "stands in the form again when you can."
    claimed, sent_back, waits = desk.ask(), desk.ask(), desk.ask(WAITS)
    alice = browser(desk.alice)
    alice.post(f"/approvals/{claimed.pk}/act/claim/")
    send_back(sent_back, desk.alice)
    desk.answer(waits, desk.alice)
    for approval in (claimed, sent_back, waits):
        bob = browser(desk.bob)
        typed = {"answer.comment": "Which hotel?"}
        kept = bob.post(f"/approvals/{approval.pk}/draft/", typed)
        assert kept.status_code == 200
        assert again in html.unescape(told(bob, approval))
    desk.answer(claimed, desk.alice)
    page = told(browser(desk.bob), claimed)
    assert "What you typed can still be copied." in page
    assert again not in page
