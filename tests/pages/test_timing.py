"""What pages and REST say about time, and undo without a script."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from approvals import ApprovalPolicy, Escalation
from approvals.models import Approval, Decision, Reservation
from tests.approvals.test_undo import let_it_go_ahead
from tests.pages.conftest import Browser, Desk, allow
from tests.pages.test_decision_page import address, post
from workflows.testing import run_until_idle

DAY = timedelta(days=1)


def policy(**options: Any) -> ApprovalPolicy:
    return ApprovalPolicy(groups=["managers"], **options)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_chain_stands_on_the_page_before_it_happens(
    desk: Desk, browser: Browser
) -> None:
    Group.objects.create(name="directors")
    chain = ["directors", Escalation(users=["bob"], replace=True), "no-such-people"]
    rule = policy(due_in=DAY, on_due="escalate", escalate_to=chain)
    page = text(browser(desk.alice).get(address(desk.ask(rule))))
    assert "If nobody answers" in page
    first, second, third = (
        page.index(words)
        for words in (
            "directors: asked as well",
            "Bob Stone: asked instead",
            "nobody: asked as well",
        )
    )
    assert first < second < third


@pytest.mark.parametrize(
    ("on_due", "words"),
    [
        ("approve", "This is approved by itself"),
        ("reject", "This is rejected by itself"),
        ("cancel", "The run is canceled"),
    ],
)
def test_what_the_due_date_does_stands_on_the_page(
    desk: Desk, browser: Browser, on_due: str, words: str
) -> None:
    approval = desk.ask(policy(due_in=DAY, on_due=on_due))
    assert words in text(browser(desk.alice).get(address(approval)))


def test_without_a_plan_the_page_says_nothing_of_one(
    desk: Desk, browser: Browser
) -> None:
    page = text(browser(desk.alice).get(address(desk.ask(policy(due_in=DAY)))))
    assert "If nobody answers" not in page
    assert "data-undo" not in page


def test_who_comes_after_the_due_date_gets_the_page_for_it(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(policy(due_in=1e-6, on_due="reject"))
    sent = {"digest": approval.digest, "version": approval.version}
    run_until_idle()
    late = browser(desk.alice).post(
        address(approval), {**sent, "answer.approved": "true"}
    )
    assert late.status_code == 410
    assert "The time to answer is over" in text(late)
    assert "It was rejected without an answer." in text(late)


def test_an_answer_can_be_taken_back_without_a_script(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(policy(undo_window=60))
    alice = browser(desk.alice)
    assert post(alice, approval).status_code == 302
    page = text(alice.get(address(approval)))
    assert "You approved this." in page
    assert "Goes ahead in 60 seconds" in page or "Goes ahead in 59 seconds" in page
    assert f'action="{address(approval)}undo/"' in page
    assert "Undo" not in text(browser(desk.bob).get(address(approval)))

    back = alice.post(f"{address(approval)}undo/", follow=True)
    assert "Your answer is taken back." in text(back)
    assert 'name="answer.approved"' in text(back)
    assert not Reservation.objects.exists()
    assert not Decision.objects.exists()


def test_too_late_to_take_it_back_is_said_and_changes_nothing(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(policy(undo_window=60))
    alice = browser(desk.alice)
    post(alice, approval)
    let_it_go_ahead(approval)
    late = alice.post(f"{address(approval)}undo/")
    assert late.status_code == 409
    assert "Too late to take it back" in text(late)
    assert Decision.objects.get().decided_by == desk.alice


def test_the_second_of_two_clicks_hears_that_it_is_taken_back(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(policy(undo_window=60))
    alice = browser(desk.alice)
    post(alice, approval)
    alice.post(f"{address(approval)}undo/")
    second = alice.post(f"{address(approval)}undo/")
    assert second.status_code == 409
    assert "Nothing to take back" in text(second)
    assert "this waits for one" in text(second)
    assert "oo late" not in text(second)


def test_nobody_else_may_undo_and_a_link_never_does(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(policy(undo_window=60))
    post(browser(desk.alice), approval)
    undo = f"{address(approval)}undo/"
    assert browser(desk.bob).post(undo).status_code == 403
    assert browser(desk.carol).post(undo).status_code == 404
    assert browser(desk.alice).get(undo).headers["Location"] == address(approval)
    assert Reservation.objects.exists()


def test_rest_says_when_it_goes_ahead_and_takes_it_back(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(policy(undo_window=60, due_in=DAY, on_due="reject"))
    alice = browser(desk.alice)
    post(alice, approval)
    shown = alice.get(f"/api/v1/approvals/{approval.pk}/").json()
    assert (shown["status"], shown["on_due"]) == ("open", "reject")
    assert shown["release_at"] is not None
    assert shown["may"]["decide"] is False
    answer = {"data": {"approved": False}, "digest": approval.digest, "version": 1}
    place = f"/api/v1/approvals/{approval.pk}/decide/"
    rival = browser(desk.bob).post(place, answer, "application/json")
    assert (rival.status_code, rival.json()["winner"]) == (409, "Alice Young")

    undone = alice.post(shown["links"]["undo"], {}, "application/json")
    assert (undone.status_code, undone.json()["release_at"]) == (200, None)
    assert undone.json()["may"]["decide"] is True
    again = alice.post(shown["links"]["undo"], {}, "application/json")
    assert again.status_code == 409
    assert not Approval.objects.get().is_reserved


def operator(desk: Desk) -> User:
    return allow(desk.person("olga", "Olga", "Frost"), "assign_approval")


def test_an_operator_moves_the_due_date_in_her_own_zone(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(policy(due_in=DAY, on_due="reject"))
    olga = browser(operator(desk))
    olga.cookies["zone"] = "Asia/Tokyo"
    act = f"{address(approval)}act/extend/"
    page = text(olga.get(address(approval)))
    assert "Time zone: Asia/Tokyo." in page
    typed = {"due_at": "2031-05-06T09:30", "reason": "She is at sea until then."}
    done = olga.post(act, typed, follow=True)
    assert "It is due at another time now." in text(done)
    assert "moved the due date to 2031-05-06 09:30 JST" in text(done)
    assert "She is at sea until then." in text(done)
    approval.refresh_from_db()
    assert approval.due_at == datetime(2031, 5, 6, 0, 30, tzinfo=UTC)
    assert "Move the due date" not in text(browser(desk.alice).get(address(approval)))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"due_at": "", "reason": "why"}, "Choose a date and a time."),
        ({"due_at": "soon", "reason": "why"}, "Enter a valid date/time."),
        ({"due_at": "1999-01-01T00:00", "reason": "why"}, "Choose a moment to come"),
        ({"due_at": "2031-05-06T09:30", "reason": " "}, "Write something that can"),
    ],
)
def test_what_was_typed_for_a_move_that_fails_stays(
    desk: Desk, browser: Browser, typed: dict[str, str], words: str
) -> None:
    approval = desk.ask(policy(due_in=DAY, on_due="reject"))
    refused = browser(operator(desk)).post(f"{address(approval)}act/extend/", typed)
    assert refused.status_code == 422
    assert words in text(refused)
    assert f'value="{typed["due_at"]}"' in text(refused)
    assert ">why</textarea>" in text(refused) or typed["reason"] != "why"


def test_an_operator_ends_the_time_to_answer_and_the_clock_does_the_rest(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(policy(due_in=DAY, on_due="reject"))
    olga = browser(operator(desk))
    act = f"{address(approval)}act/expire/"
    done = olga.post(act, {"reason": "The offer is gone."}, follow=True)
    assert "Its time is over." in text(done)
    assert "ended the time to answer" in text(done)
    run_until_idle()
    page = text(olga.get(address(approval)))
    assert "It was rejected without an answer." in page
    assert browser(desk.alice).post(act, {"reason": "Me too"}).status_code == 403


def test_rest_moves_due_dates_and_shows_what_is_to_come(
    desk: Desk, browser: Browser
) -> None:
    Group.objects.create(name="directors")
    chain = [Escalation(groups=["directors"], replace=True, priority="high")]
    rule = policy(
        due_in=DAY, on_due="escalate", escalate_to=chain, remind_every=7 * DAY
    )
    approval = desk.ask(rule)
    olga = browser(operator(desk))
    shown = olga.get(f"/api/v1/approvals/{approval.pk}/").json()
    due, escalation, reminder = shown["coming"]
    assert due == {
        "kind": "due",
        "at": shown["due_at"],
        "every": None,
        "people": [],
        "replace": False,
        "priority": None,
    }
    assert escalation["at"] == shown["due_at"]
    assert (escalation["kind"], escalation["people"]) == ("escalation", ["directors"])
    assert (escalation["replace"], escalation["priority"]) == (True, "high")
    assert (reminder["kind"], reminder["every"]) == ("reminder", 7 * 86400)
    assert shown["may"]["acts"]["extend"] == {"allowed": True, "reasons": []}

    body = {"due_at": "2031-05-06T00:30:00Z", "reason": "At sea."}
    moved = olga.post(shown["links"]["extend"], body, "application/json")
    assert (moved.status_code, moved.json()["due_at"]) == (200, body["due_at"])
    assert moved.json()["coming"][1]["kind"] == "due"
    for wrong, pointer in (
        ({**body, "due_at": "2031-05-06T00:30:00"}, "/due_at"),
        ({**body, "due_at": "1999-01-01T00:00:00Z"}, "/due_at"),
        ({**body, "reason": ""}, "/reason"),
        ({"due_at": body["due_at"]}, "/reason"),
    ):
        refused = olga.post(shown["links"]["extend"], wrong, "application/json")
        assert refused.status_code == 422
        assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]

    ended = olga.post(shown["links"]["expire"], {"reason": "Gone."}, "application/json")
    assert ended.status_code == 200
    run_until_idle()
    approval.refresh_from_db()
    assert [str(one) for one in approval.candidates.all()] == ["directors"]
