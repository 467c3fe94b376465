"""Who is signed out and presses a button without a script comes back to its page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from approvals.models import AuditRow
from tests.approvals.test_undo import policy
from tests.pages.conftest import Browser, Desk, allow
from tests.pages.test_decision_page import address, post

pytestmark = pytest.mark.one_database  # where pages lead


@pytest.mark.parametrize("button", ["act/comment/", "undo/", "draft/", "secrets/"])
def test_after_signing_in_one_is_at_the_request_and_nothing_was_done(
    desk: Desk, browser: Browser, client: Client, button: str
) -> None:
    approval = desk.ask(policy(undo_window=600))
    alice = browser(allow(desk.alice, "reveal_secret"))
    post(alice, approval)
    done = AuditRow.objects.count()
    assert leads_back(client, alice, f"{address(approval)}{button}") == (
        address(approval)
    )
    assert AuditRow.objects.count() == done


@pytest.mark.parametrize("button", ["cancel/", "restart/"])
def test_after_signing_in_one_is_at_the_run_that_still_waits(
    desk: Desk, browser: Browser, client: Client, button: str
) -> None:
    approval = desk.ask()
    run = f"/runs/{approval.run_id}/"
    assert leads_back(client, browser(desk.ines), f"{run}{button}") == run
    assert desk.run_of(approval).refresh().status == "suspended"


def test_after_signing_in_who_took_a_batch_back_is_at_the_inbox(
    desk: Desk, browser: Browser, client: Client
) -> None:
    assert leads_back(client, browser(desk.alice), "/bulk/undo/") == "/"


def leads_back(stranger: Client, signed_in: Client, button: str) -> str:
    """Where somebody ends who presses it signed out, and signs in.

    What they had typed they are shown first, for the way leads through another page.
    """
    turned_away = stranger.post(button)
    typed = stranger.post(button, {"text": "Soon", "reason": "Soon"})
    assert typed.status_code == 401
    assert ">\nSoon</pre>" in typed.content.decode()
    assert f'href="{turned_away.headers["Location"]}"' in typed.content.decode()
    (onward,) = parse_qs(urlsplit(turned_away.headers["Location"]).query)["next"]
    shown = signed_in.get(onward, follow=True)
    assert shown.status_code == 200
    return str(shown.request["PATH_INFO"])
