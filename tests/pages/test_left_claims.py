"""A claim of somebody who was deactivated since: lists, pages and REST call it free."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from approvals import claiming
from approvals.locking import Caller
from approvals.models import Approval
from approvals.statuses import Channel
from tests.approvals.conftest import NOW
from tests.pages.conftest import Browser, Desk
from tests.pages.test_acts import page


@pytest.fixture
def left(desk: Desk) -> Approval:
    """What Bob claimed, who is gone."""
    approval = desk.ask(title="Pay A?")
    caller = Caller(user=desk.bob, channel=Channel.PAGE, now=NOW)
    claiming.claim(approval_id=approval.pk, caller=caller)
    User.objects.filter(pk=desk.bob.pk).update(is_active=False)
    return approval


@pytest.fixture
def alice(desk: Desk, browser: Browser) -> Client:
    return browser(desk.alice)


def test_the_page_and_the_row_name_nobody(left: Approval, alice: Client) -> None:
    assert "has claimed this." not in page(alice, left)
    inbox = alice.get("/").content.decode()
    assert "Pay A?" in inbox
    assert 'class="claimer"' not in inbox


def test_it_stands_under_unclaimed_and_is_counted(
    left: Approval, alice: Client
) -> None:
    found = alice.get("/?view=unclaimed").context["page"]
    assert [row.approval for row in found.rows] == [left]
    assert {view.name: view.count for view in found.views}["unclaimed"] == 1


def test_rest_says_that_nobody_has_it(left: Approval, alice: Client) -> None:
    body = alice.get(f"/api/v1/approvals/{left.pk}/").json()
    assert (body["claimed_by"], body["claimed_at"]) == (None, None)
