"""Several requests together: sent twice, of several kinds, in somebody else's name."""

import re
from typing import Literal

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import BaseModel

from approvals import ApprovalPolicy
from approvals.models import Approval, Decision
from tests.approvals.test_duties import away
from tests.pages.conftest import Browser, Desk
from tests.pages.test_bulk import decide, review

pytestmark = pytest.mark.one_database  # what pages say, and keep

WAITS = ApprovalPolicy(groups=["managers"], undo_window=60)


class Courier(BaseModel):
    decision: Literal["post", "bike"]


def inbox_page(client: Client, view: str) -> str:
    return client.get("/", {"view": view}).content.decode()


def test_a_batch_that_is_sent_again_shows_what_became_of_it(
    desk: Desk, browser: Browser
) -> None:
    """Whoever loads the results anew has them again, and the way back."""
    asked = [desk.ask(WAITS), desk.ask(WAITS), desk.ask()]
    alice = browser(desk.alice)
    first = decide(alice, *asked)
    again = decide(alice, *asked)
    for page in (first, again):
        assert "3 requests decided" in page
        assert "2 answers can still be taken back." in page
        assert 'action="/bulk/undo/"' in page
    assert Decision.objects.count() == 1


def test_what_others_decided_is_not_the_readers(desk: Desk, browser: Browser) -> None:
    mine, theirs = desk.ask(), desk.ask()
    alice = browser(desk.alice)
    decide(alice, mine)
    desk.answer(theirs, desk.bob)
    page = decide(alice, mine, theirs)
    assert "1 request decided, 1 left as it is" in page
    assert "Bob Stone approved this." in page


def test_requests_of_several_kinds_are_offered_kind_by_kind(
    desk: Desk, browser: Browser
) -> None:
    one, other = desk.ask(title="Pay?"), desk.ask(title="Pay more?")
    parcel = desk.ask(title="Send?", resume_schema=Courier)
    alice = browser(desk.alice)
    page = review(alice, one, parcel, other)
    assert "no outcome in common" in page
    assert "Pay?</bdi> · <bdi>Pay more?" in page
    assert "You may decide" not in page
    links = re.findall(r'href="(/bulk/\?id=[^"]*)"', page)
    assert links == [
        f"/bulk/?id={one.pk}&amp;id={other.pk}",
        f"/bulk/?id={parcel.pk}",
    ]
    assert "Decide 2 requests" in review(alice, one, other)
    ids = [each.pk for each in (one, parcel, other)]
    summary = alice.get("/bulk/summary/", {"id": ids}).content.decode()
    assert "not all in one go" in summary


def test_with_nothing_ticked_it_is_said_what_to_do(
    desk: Desk, browser: Browser
) -> None:
    nothing = browser(desk.alice).get("/bulk/")
    assert nothing.status_code == 422
    assert "Tick requests in the inbox first." in nothing.content.decode()
    assert "0 requests selected" not in nothing.content.decode()


def test_in_whose_name_one_decides_stands_at_each(desk: Desk, browser: Browser) -> None:
    approval, own = desk.ask(), desk.ask(ApprovalPolicy(users=["carol"]))
    away(desk, desk.alice, desk.carol)
    page = review(browser(desk.carol), approval, own)
    assert page.count("You answer for Alice Young.") == 1


def test_what_may_still_be_taken_back_stands_under_decided(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(WAITS, title="Pay the baker?")
    desk.answer(approval, desk.alice)
    page = inbox_page(browser(desk.alice), "decided")
    assert "Pay the baker?" in page
    assert "Goes ahead" in page
    assert "Pay the baker?" not in inbox_page(browser(desk.bob), "decided")


def test_who_may_not_see_what_they_decided_any_more_is_told_so(
    desk: Desk, browser: Browser
) -> None:
    approval, stands_in = desk.ask(), away(desk, desk.alice, desk.carol)
    desk.answer(approval, desk.carol, now=timezone.now())
    carol = browser(desk.carol)
    assert approval.title in inbox_page(carol, "decided")
    stands_in.delete()
    page = inbox_page(carol, "decided")
    assert "You may no longer see what you decided" in page
    assert "not decided anything yet" in inbox_page(browser(desk.bob), "decided")
    assert Approval.objects.count() == 1
