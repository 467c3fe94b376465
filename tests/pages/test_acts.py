"""What the page offers besides answering: claim, changes, assignment, comments."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.html import strip_tags

from approvals import ApprovalPolicy
from approvals.models import Approval, ApprovalComment, Decision
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import EDITABLE, Offer, offer

Browser = Callable[..., Client]


def page(client: Client, approval: Approval) -> str:
    response = client.get(f"/approvals/{approval.pk}/")
    assert response.status_code == 200
    return response.content.decode()


AMENDED = "Amount was 480 → is now 300"


def read(page: str) -> str:
    """The words of a page, as one line."""
    return " ".join(strip_tags(page.replace("</dt>", "</dt> ")).split())


def act(client: Client, approval: Approval, name: str, **fields: Any) -> Any:
    """Press the button of an act as a browser without scripts would."""
    shown = page(client, approval)
    address = f"/approvals/{approval.pk}/act/{name}/"
    assert address in shown, f"{name} is not offered"
    part = shown.partition(address)[2].partition("</form>")[0]
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', part)
    return client.post(address, {**dict(hidden), **fields})


def offered(client: Client, approval: Approval) -> set[str]:
    return set(re.findall(r"/act/([a-z-]+)/", page(client, approval)))


def test_each_person_is_offered_what_they_may_do(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    reviewer = {"claim", "request-changes", "hand-over", "snooze", "comment", "ask"}
    assert offered(browser(desk.alice), approval) == reviewer
    assert offered(browser(desk.ines), approval) == {"comment"}
    olga = desk.person("olga", "Olga", "Frost")
    olga.user_permissions.add(Permission.objects.get(codename="assign_approval"))
    assert offered(browser(olga), approval) == {"assign", "extend", "comment"}
    act(browser(desk.alice), approval, "claim")
    assert "release" in offered(browser(desk.alice), approval)
    assert "take-over" in offered(browser(desk.bob), approval)
    bobs = page(browser(desk.bob), approval)
    assert "Alice Young has claimed this." in bobs
    assert re.search(r"Claimed\s+<time", bobs)


def test_claim_take_over_and_give_back_by_buttons(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    for user, name in ((desk.alice, "claim"), (desk.bob, "take-over")):
        response = act(browser(user), approval, name)
        assert response.headers["Location"] == f"/approvals/{approval.pk}/"
        approval.refresh_from_db()
        assert approval.claimed_by == user
    act(browser(desk.bob), approval, "release")
    approval.refresh_from_db()
    assert approval.claimed_by is None
    act(browser(desk.alice), approval, "hand-over", username="bob")
    approval.refresh_from_db()
    assert approval.claimed_by == desk.bob


def test_changes_are_asked_for_made_and_approved_by_pages_alone(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(EDITABLE, execute=offer, suspend_schema=Offer)
    act(browser(desk.alice), approval, "request-changes", text="Less, please.")
    told = page(browser(desk.ines), approval)
    assert told.count("Less, please.") == 2  # beside the form, and in the history
    assert "Sent back to you" in told
    assert "but not decide it" not in told
    assert "Changes asked for" in told
    assert "but not decide it" in page(browser(desk.bob), approval)
    edits = {"edits.amount": "300", "edits.note": ""}
    act(browser(desk.ines), approval, "resubmit", text="Here you are.", **edits)
    approval.refresh_from_db()
    assert (approval.version, approval.sent_back_at) == (2, None)
    assert approval.payload_value["amount"] == "300"  # type: ignore[index,call-overload]
    shown = page(browser(desk.alice), approval)
    assert "Here you are." in shown
    assert AMENDED in read(shown)  # in the history
    assert 'value="300"' in shown


def test_a_draft_from_before_a_change_says_what_changed(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(EDITABLE, execute=offer, suspend_schema=Offer)
    alice, bob = browser(desk.alice), browser(desk.bob)
    begun = {"answer.comment": "Too much, I"}
    assert bob.post(f"/approvals/{approval.pk}/draft/", begun).status_code == 200
    news = "asked anew since you began"
    assert news not in page(bob, approval)
    act(alice, approval, "request-changes", text="Less, please.")
    edits = {"edits.amount": "300", "edits.note": ""}
    act(browser(desk.ines), approval, "resubmit", text="", **edits)
    shown = page(bob, approval)
    assert news in shown
    assert read(shown).count(AMENDED) == 2  # there, and in the history
    assert "Too much, I" in shown
    assert news not in page(alice, approval)  # who had begun nothing


def test_a_reviewer_edits_and_approves_on_the_page(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(EDITABLE, execute=offer, suspend_schema=Offer)
    client = browser(desk.alice)
    given = {
        "digest": approval.digest,
        "version": "1",
        "answer.approved": "true",
        "edits.note": "",
    }
    address = f"/approvals/{approval.pk}/"
    bad = client.post(address, {**given, "edits.amount": "1001"})
    assert bad.status_code == 422
    assert "more than the limit" in bad.content.decode()
    assert 'value="1001"' in bad.content.decode()
    no_verdict = {**given, "answer.approved": "", "edits.amount": "400"}
    for answer in (bad, client.post(address, no_verdict)):
        above, _, forms = answer.content.decode().partition("Edit what is proposed")
        assert "data-sf-summary" in above
        assert "data-sf-summary" not in forms
    assert client.post(address, {**given, "edits.amount": "400"}).status_code == 302
    decision = Decision.objects.get()
    assert '"value":"400"' in decision.patch.replace(" ", "")


def test_a_refused_act_keeps_what_was_typed_and_says_why(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    response = act(browser(desk.alice), approval, "hand-over", username="nobody")
    shown = response.content.decode()
    assert response.status_code == 422
    assert "nobody is not among the people" in shown
    assert 'value="nobody"' in shown
    blank = act(browser(desk.alice), approval, "comment", text="  ")
    assert "can be read" in blank.content.decode()
    act(browser(desk.ines), approval, "comment", text="<b>Soon</b>, please")
    assert ApprovalComment.objects.count() == 1
    assert "&lt;b&gt;Soon&lt;/b&gt;" in page(browser(desk.alice), approval)


def test_an_operator_assigns_what_nobody_was_asked(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["nobody-there"]))
    olga = desk.person("olga", "Olga", "Frost")
    olga.user_permissions.add(Permission.objects.get(codename="assign_approval"))
    fields = {"users": "alice, carol", "groups": "", "reason": "They know it."}
    act(browser(olga), approval, "assign", **fields)
    approval.refresh_from_db()
    assert not approval.needs_assignment
    assert {str(each) for each in approval.candidates.all()} == {"alice", "carol"}


@pytest.mark.parametrize("name", ["decide", "purge", "CLAIM"])
def test_an_act_there_is_not_is_not_found(
    desk: Desk, browser: Browser, name: str
) -> None:
    approval = desk.ask()
    client = browser(desk.alice)
    assert client.post(f"/approvals/{approval.pk}/act/{name}/").status_code == 404
    assert client.put(f"/approvals/{approval.pk}/act/claim/").status_code == 405
    stranger = browser(desk.carol).post(f"/approvals/{approval.pk}/act/claim/")
    assert stranger.status_code == 404
