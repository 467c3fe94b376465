"""A batch whose requests change between the look at them and the post."""

import re
from html import unescape
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import BaseModel

from approvals import ApprovalPolicy, claiming
from approvals.locking import Caller
from approvals.models import Approval, Decision, Draft
from approvals.statuses import Channel
from tests.pages.conftest import Browser, Desk, allow
from tests.pages.test_acts import page
from tests.pages.test_bulk import address, decide, review

pytestmark = pytest.mark.one_database  # what pages say, and keep

REASON = "It is within the budget."
KEPT = "Your reason is kept as your draft."
CHANGED, REFUSED = ">Changed meanwhile</span>", ">Refused</span>"


class Silent(BaseModel):
    approved: bool


class Amount(BaseModel):
    approved: bool
    amount: int
    comment: str = ""


class Courier(BaseModel):
    decision: Literal["post", "bike"]


def bob(desk: Desk) -> Caller:
    return Caller(user=desk.bob, channel=Channel.PAGE, now=timezone.now())


def send(client: Client, seen: str, *approvals: Approval, reason: str = "") -> str:
    """Post the form of the page that was seen, as it was then."""
    hidden = re.findall(r'type="hidden" name="(\w+\.[^"]+)" value="([^"]*)"', seen)
    assert hidden
    sent = {**dict(hidden), "verdict": "rejected", "reason": reason}
    return client.post(target(seen, *approvals), sent).content.decode()


def target(seen: str, *approvals: Approval) -> str:
    """Where the form of that page goes to: to its page's own address by default."""
    [action] = re.findall(
        r'<form method="post"(?: action="(.*?)")? class="bulk">', seen
    )
    return action or address(*approvals)


def test_what_a_colleague_claims_or_decides_meanwhile_is_said_to_have_changed(
    desk: Desk, browser: Browser
) -> None:
    left, claimed, decided = [
        desk.ask(title=f"Pay the {who}?") for who in ("cook", "baker", "smith")
    ]
    alice = browser(desk.alice)
    seen = review(alice, left, claimed, decided)
    claiming.claim(approval_id=claimed.pk, caller=bob(desk))
    desk.answer(decided, desk.bob)

    result = send(alice, seen, left, claimed, decided, reason=REASON)
    assert "1 request decided, 2 left as they are" in result
    assert (result.count(CHANGED), result.count(REFUSED)) == (2, 0)
    assert "Bob Stone has claimed this." in result
    assert "Bob Stone approved this." in result
    assert result.count(KEPT) == 1

    claiming.release(approval_id=claimed.pk, caller=bob(desk))
    assert f">\n{REASON}</textarea>" in page(alice, claimed)


def test_a_batch_of_which_nothing_is_left_tells_what_became_of_it(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    seen = review(alice, approval)
    claiming.claim(approval_id=approval.pk, caller=bob(desk))
    result = send(alice, seen, approval, reason=REASON)
    assert "0 requests decided, 1 left as it is" in result
    assert CHANGED in result
    assert KEPT in result


def test_what_could_not_be_decided_at_the_look_is_not_decided_after_it(
    desk: Desk, browser: Browser
) -> None:
    claimed, free = desk.ask(), desk.ask()
    alice = browser(desk.alice)
    claiming.claim(approval_id=claimed.pk, caller=bob(desk))
    seen = review(alice, claimed, free)
    claiming.release(approval_id=claimed.pk, caller=bob(desk))
    result = send(alice, seen, claimed, free, reason=REASON)
    assert "1 request decided, 1 left as it is" in result
    assert CHANGED in result
    assert "This changed since you looked at it. You may decide it now." in result
    assert "digest" not in result
    assert Decision.objects.get().approval == free


def test_a_request_that_offers_the_outcome_no_more_stops_no_other(
    desk: Desk, browser: Browser
) -> None:
    usual, parcel = desk.ask(), desk.ask(resume_schema=Courier)
    result = decide(browser(desk.alice), usual, parcel)
    assert "1 request decided, 1 left as it is" in result
    assert CHANGED in result


def test_the_reason_stands_in_every_form_that_is_still_the_readers(
    desk: Desk, browser: Browser
) -> None:
    usual, longer = desk.ask(), desk.ask(resume_schema=Amount)
    silent = desk.ask(resume_schema=Silent)
    foreign = desk.ask(ApprovalPolicy(users=["bob"]))
    alice = browser(allow(desk.alice, "view_approval"))
    seen = review(alice, usual, longer, silent, foreign)
    claiming.claim(approval_id=silent.pk, caller=bob(desk))
    result = send(alice, seen, usual, longer, silent, foreign, reason=REASON)
    assert result.count(KEPT) == 1
    assert f">\n{REASON}</textarea>" in page(alice, longer)
    assert Draft.objects.get().approval == longer


def test_an_earlier_vote_is_none_of_this_batch(desk: Desk, browser: Browser) -> None:
    voted = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    usual, alice = desk.ask(), browser(desk.alice)
    desk.answer(voted, desk.alice)
    result = send(alice, review(alice, voted, usual), voted, usual)
    assert "1 request decided, 1 left as it is" in result
    assert "You have already voted." in result


@pytest.mark.parametrize("reason", [REASON, ""])
def test_who_was_signed_out_has_the_batch_again_after_the_login(
    desk: Desk, browser: Browser, reason: str
) -> None:
    first, second = desk.ask(), desk.ask()
    alice = browser(desk.alice)
    seen = review(alice, first, second)
    alice.logout()
    sent = {"verdict": "approved", "reason": reason}
    turned_away = alice.post(target(seen, first, second), sent)
    if reason:
        assert turned_away.status_code == 401
        assert f">\n{REASON}</pre>" in turned_away.content.decode()
        [way] = re.findall(
            'href="(/accounts/login[^"]*)"', turned_away.content.decode()
        )
    else:
        way = turned_away["Location"]
    [back] = parse_qs(urlsplit(unescape(way)).query)["next"]
    alice.force_login(desk.alice)
    assert "Decide 2 requests" in alice.get(back).content.decode()
