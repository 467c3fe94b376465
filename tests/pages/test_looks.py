"""What was not opened since it changed, and who is looking now."""

from datetime import timedelta

import pytest
from django.test import Client

from approvals.models import Approval, Look
from tests.pages.conftest import Browser, Desk

pytestmark = pytest.mark.one_database


def look(client: Client, approval: Approval) -> str:
    answer = client.post(f"/approvals/{approval.pk}/look/")
    assert answer.status_code == 200
    return answer.content.decode().strip()


def test_a_request_is_unread_until_opened_and_again_when_it_changed(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    assert alice.get("/").content.count(b"data-unread") == 1
    alice.get(f"/approvals/{approval.pk}/")  # a read writes nothing
    assert not Look.objects.exists()
    look(alice, approval)
    assert b"data-unread" not in alice.get("/").content
    assert b"data-unread" in browser(desk.bob).get("/").content
    Approval.objects.update(version=2)
    assert b"data-unread" in alice.get("/").content


def test_colleagues_see_who_is_looking_for_as_long_as_they_do(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    alice, bob = browser(desk.alice), browser(desk.bob)
    assert look(alice, approval) == ""
    assert "<bdi>Alice Young</bdi> is looking" in look(bob, approval)
    assert "Bob Stone</bdi> is looking" in alice.get("/").content.decode()
    assert "2 colleagues are looking" in look(browser(desk.ines), approval)
    Look.objects.update(at=Look.objects.latest("at").at - timedelta(minutes=1))
    assert look(bob, approval) == ""


def test_a_look_at_what_was_closed_ends_with_the_next_one(
    desk: Desk, browser: Browser
) -> None:
    closed, still_open = desk.ask(), desk.ask()
    alice, bob = browser(desk.alice), browser(desk.bob)
    look(alice, closed)
    look(bob, closed)
    desk.answer(closed, desk.bob)
    look(alice, still_open)
    left = Look.objects.values_list("person", "approval")
    assert set(left) == {
        (desk.alice.pk, still_open.pk),
        (desk.bob.pk, closed.pk),
    }


def test_a_look_is_for_those_who_may_see_and_at_what_is_open(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    hidden = browser(desk.carol).post(f"/approvals/{approval.pk}/look/")
    assert hidden.status_code == 404
    desk.answer(approval, desk.bob)
    assert look(browser(desk.alice), approval) == ""
    assert not Look.objects.exists()
