"""The inbox in a browser without scripts."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from approvals import ApprovalPolicy, change_requests, claiming
from approvals.locking import Caller
from approvals.models import Approval
from approvals.statuses import Channel
from tests.approvals.conftest import NOW
from tests.pages.conftest import Browser, Desk


def text(client: Client, address: str = "/", **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_stranger_is_sent_to_the_sign_in(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/"


def test_what_waits_for_alice_is_not_shown_to_carol(
    desk: Desk, browser: Browser
) -> None:
    desk.ask(title="Pay Zoë?")
    assert "Pay Zoë?" in text(browser(desk.alice))
    page = text(browser(desk.carol))
    assert "Pay Zoë?" not in page
    assert "Nothing is waiting for you" in page


def test_rail_heading_and_list_agree(desk: Desk, browser: Browser) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))
    for number in range(3):
        desk.start(workflow, f"Pay {number}?")
    page = text(browser(desk.alice))
    assert page.count("data-row") == 3
    assert '<span class="count">3</span>' in page
    assert "3 requests" in page


def test_a_search_finds_every_word_anywhere_in_the_request(
    desk: Desk, browser: Browser
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]), "pay-invoice")
    baker = desk.start(workflow, "Pay the Bäcker in the Hauptstraße?", 48100)
    desk.start(workflow, "Pay the smith?", 7)
    alice = browser(desk.alice)
    for query in ("BÄCKER", "hauptstrasse", "48100", "48,100", baker.run_id, "the bä"):
        page = text(alice, f"/?q={quote(query)}")
        assert "Bäcker" in page, query
        assert "the smith" not in page, query
    for query in ("ines", "Hill", "pay invoice", "pay-invoice", "ask"):
        assert text(alice, f"/?q={quote(query)}").count("data-row") == 2, query
    for query in ("baecker", "\0%_nobody"):
        assert "Nothing matches" in text(alice, f"/?q={quote(query)}")


def test_filters_read_as_a_sentence_and_each_can_be_taken_away(
    desk: Desk, browser: Browser
) -> None:
    late = ApprovalPolicy(
        groups=["managers"], due_in=timedelta(hours=1), priority="urgent"
    )
    desk.start(desk.workflow(late, "pay-invoice"), "Pay the baker?")
    desk.start(desk.workflow(ApprovalPolicy(users=["alice"])), "Pay the smith?")
    alice = browser(desk.alice)
    group = f"group={desk.managers.pk}"
    for address in ("workflow=pay-invoice", group, "due=week", "priority=urgent"):
        page = text(alice, f"/?{address}")
        assert "the baker" in page, address
        assert "the smith" not in page, address
        assert "1 request<" in page, address
    assert "the smith" in text(alice, "/?due=none")
    both = text(alice, "/?workflow=pay-invoice&due=overdue&q=baker")
    assert "Workflow: Pay invoice" in both
    assert 'href="?workflow=pay-invoice&amp;q=baker"' in both
    assert "Without “overdue”" in both
    assert text(alice, "/?due=never&group=x&priority=9").count("data-row") == 2
    gone = text(alice, "/?workflow=gone-by-now")
    assert "data-row" not in gone
    assert "Without “Workflow: Gone by now”" in gone


def test_the_order_is_the_readers(desk: Desk, browser: Browser) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))
    for name in ("b", "c", "a"):
        desk.start(workflow, f"Pay {name}?")
    alice = browser(desk.alice)
    for order, expected in (("", "bca"), ("newest", "acb"), ("title", "abc")):
        page = text(alice, f"/?sort={order}")
        assert "".join(re.findall(r"Pay (?:<bdi>)?([abc])\?", page)) == expected


@pytest.mark.parametrize(
    ("view", "order"),
    [
        ("waiting", "Due soonest first"),
        ("claimed", "Due soonest first"),
        ("taken", "Due soonest first"),
        ("requested", "Due soonest first"),
        ("snoozed", "Back soonest first"),
        ("sent-back", "Longest waiting first"),
        ("decided", "Last closed first"),
    ],
)
def test_the_order_of_a_view_is_called_what_it_is(
    desk: Desk, browser: Browser, view: str, order: str
) -> None:
    alice = browser(desk.alice)
    named, chosen = [], []
    for address in (f"/?view={view}", f"/?view={view}&sort=title"):
        sorts = alice.get(address).context["filters"].sorts
        named.append(sorts[0].label)
        chosen += [sort.label for sort in sorts if sort.chosen]
    assert (named, chosen) == ([order] * 2, [order, "By title"])


def test_beside_the_order_stands_what_it_goes_by(desk: Desk, browser: Browser) -> None:
    """Due dates come before priorities, and nothing else on the page says so."""
    policy = ApprovalPolicy(groups=["managers"], priority="high")
    desk.ask(policy, title="Pay the late?")
    desk.ask(replace(policy, priority="low", due_in=3_600), title="Pay the due?")
    page = text(browser(desk.alice), "/")
    assert page.index("Pay the due?") < page.index("Pay the late?")
    assert "without a due date at the bottom; equal ones by priority" in page


def test_what_ines_waits_for_stands_in_a_view_of_its_own(
    desk: Desk, browser: Browser
) -> None:
    desk.ask(title="Pay the baker?")
    page = text(browser(desk.ines), "/?view=requested")
    assert "You are waiting for others" in page
    assert "Pay the baker?" in page
    assert "Nobody keeps you waiting" in text(browser(desk.alice), "/?view=requested")


def test_what_was_sent_back_waits_for_ines_and_keeps_alice_waiting(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(title="Pay the baker?")
    change_requests.request_changes(
        approval_id=approval.pk,
        caller=Caller(user=desk.alice, channel=Channel.PAGE, now=NOW),
        text="Which baker?",
        digest=approval.digest,
        version=approval.version,
    )
    assert "Pay the baker?" in text(browser(desk.ines), "/?view=sent-back")
    assert "Pay the baker?" not in text(browser(desk.ines), "/?view=requested")
    assert "Pay the baker?" in text(browser(desk.alice), "/?view=requested")
    assert "Pay the baker?" not in text(browser(desk.bob), "/?view=requested")


def test_what_is_claimed_moves_from_the_groups_view_to_its_claimers(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(title="Pay the baker?")
    alice = browser(desk.alice)
    assert "Pay the baker?" in text(alice, "/?view=unclaimed")
    assert "You have claimed nothing" in text(alice, "/?view=claimed")
    caller = Caller(user=desk.alice, channel=Channel.PAGE, now=NOW)
    claiming.claim(approval_id=approval.pk, caller=caller)
    page = text(alice, "/?view=claimed")
    assert "Pay the baker?" in page
    assert "Claimed by <bdi>Alice Young</bdi>" in page
    assert "Pay the baker?" not in text(alice, "/?view=unclaimed")


def test_what_a_colleague_claimed_is_counted_found_and_opened(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(title="Pay the baker?")
    alice = browser(desk.alice)
    assert "Your colleagues have claimed nothing" in text(alice, "/?view=taken")
    caller = Caller(user=desk.bob, channel=Channel.PAGE, now=NOW)
    claiming.claim(approval_id=approval.pk, caller=caller)
    shown = alice.get("/")
    counts = {view.name: view.count for view in shown.context["page"].views}
    assert (counts["waiting"], counts["taken"]) == (0, 1)
    assert "Claimed by colleagues" in shown.content.decode()
    page = text(alice, f"/?view=taken&q=baker&open={approval.pk}")
    assert "Claimed by <bdi>Bob Stone</bdi>" in page
    assert "Take over" in page
    assert "Pay the baker?" not in text(browser(desk.bob), "/?view=taken")
    assert "Pay the baker?" not in text(browser(desk.ines), "/?view=taken")


def test_who_has_nothing_left_sees_what_is_next_with_a_colleague(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(title="Pay the baker?")
    caller = Caller(user=desk.bob, channel=Channel.PAGE, now=NOW)
    claiming.claim(approval_id=approval.pk, caller=caller)
    page = text(browser(desk.alice))
    assert "Nothing is waiting for you" in page
    assert "Next with a colleague" in page
    assert "Pay the baker?" in page
    assert "claimed by <bdi>Bob Stone</bdi>" in page
    assert "Next with a colleague" not in text(browser(desk.carol))


@pytest.mark.parametrize("view", ["taken", "sent-back", "requested", "decided"])
def test_what_the_reader_may_not_decide_is_not_offered_to_be_ticked(
    desk: Desk, browser: Browser, view: str
) -> None:
    desk.ask(title="Pay the baker?")
    taken = desk.ask(title="Pay the smith?")
    caller = Caller(user=desk.bob, channel=Channel.PAGE, now=NOW)
    claiming.claim(approval_id=taken.pk, caller=caller)
    voted = desk.ask(ApprovalPolicy(groups=["managers"], quorum=2))
    desk.answer(voted, desk.alice)
    change_requests.request_changes(
        approval_id=desk.ask(ApprovalPolicy(users=["alice"])).pk,
        caller=Caller(user=desk.alice, channel=Channel.PAGE, now=NOW),
        text="Which baker?",
        digest=Approval.objects.get(candidates__user=desk.alice).digest,
        version=1,
    )
    reader = desk.ines if view == "sent-back" else desk.alice
    page = text(browser(reader), f"/?view={view}")
    assert "data-row" in page
    assert "data-pick" not in page
    assert "Decide the selected" not in page
    waiting = text(browser(desk.alice))
    assert "data-pick" in waiting
    assert "Decide the selected" in waiting


def test_who_has_nothing_to_decide_is_told_what_was_sent_back(
    desk: Desk, browser: Browser
) -> None:
    approval, ines = desk.ask(title="Pay the baker?"), browser(desk.ines)
    assert "sent back to you<" not in text(ines)
    change_requests.request_changes(
        approval_id=approval.pk,
        caller=Caller(user=desk.alice, channel=Channel.PAGE, now=NOW),
        text="Which baker?",
        digest=approval.digest,
        version=approval.version,
    )
    link = '<a href="/?view=sent-back">1 request was sent back to you</a>'
    assert link in text(ines)
    assert ">Sent back to you</h2>" in text(ines, f"/approvals/{approval.pk}/")


def test_an_answer_that_may_be_taken_back_is_called_one(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], undo_window=60))
    alice = browser(desk.alice)
    badges = re.compile(r'class="badge[^>]*>.*?</span>', re.DOTALL)
    assert "Waiting" in str(badges.findall(text(alice, f"/approvals/{approval.pk}/")))
    desk.answer(approval, desk.alice)
    for address in (f"/approvals/{approval.pk}/", "/?view=decided"):
        (badge,) = badges.findall(text(alice, address))
        assert "Answered" in badge, address


def test_an_address_names_view_filters_and_the_open_request(
    desk: Desk, browser: Browser
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]), "pay-invoice")
    approval = desk.start(workflow, "Pay the baker?")
    desk.start(workflow, "Pay the smith?")
    page = text(browser(desk.alice), f"/?workflow=pay-invoice&open={approval.pk}")
    assert page.count("data-row") == 2
    assert "Your decision" in page
    assert f'action="/approvals/{approval.pk}/"' in page
    assert 'href="?workflow=pay-invoice" data-close' in page
    assert "<title>Pay the baker? · " in page
    hidden = text(browser(desk.carol), f"/?open={approval.pk}")
    assert "<title>Waiting for you · " in hidden
    assert "the baker" not in hidden
    assert "Your decision" not in text(browser(desk.alice), "/?open=unknown")


@pytest.mark.parametrize("name", ["density", "shortcuts", "advance"])
def test_an_unknown_preference_is_refused(
    desk: Desk, browser: Browser, name: str
) -> None:
    answer = browser(desk.alice).post(f"/preferences/{name}/", {name: "x"})
    assert answer.status_code == 400


def test_close_rows_are_remembered(desk: Desk, browser: Browser) -> None:
    alice = browser(desk.alice)
    alice.post("/preferences/density/", {"density": "compact", "next": "/"})
    assert 'data-density="compact"' in text(alice)


@pytest.mark.parametrize("name", ["density", "shortcuts", "advance", "theme"])
def test_a_preference_leads_back_to_the_address_that_the_page_has_now(
    desk: Desk, browser: Browser, name: str
) -> None:
    alice = browser(desk.alice)
    form = text(alice).partition(f'action="/preferences/{name}/"')[2]
    assert 'name="next"' not in form.partition("</form>")[0]
    here = {"Referer": "http://testserver/?q=baker&open=7"}
    answer = alice.post(f"/preferences/{name}/", {name: ""}, headers=here)
    assert answer.headers["Location"] == here["Referer"]
    elsewhere = {"Referer": "http://evil.test/"}
    answer = alice.post(f"/preferences/{name}/", {name: ""}, headers=elsewhere)
    assert answer.headers["Location"] == "/"


def test_what_alice_decided_moves_to_its_own_view(desk: Desk, browser: Browser) -> None:
    desk.answer(desk.ask(title="Pay the baker?"), desk.alice, False)
    alice = browser(desk.alice)
    assert "Pay the baker?" not in text(alice)
    page = text(alice, "/?view=decided")
    assert "Pay the baker?" in page
    assert "Rejected" in page


@pytest.mark.parametrize(
    "address", ["/?view=nonsense", "/?page=-1", "/?page=1e9", "/?page=x", "/?q=%ff%fe"]
)
def test_an_odd_address_shows_the_inbox(
    desk: Desk, browser: Browser, address: str
) -> None:
    assert "Waiting for you" in text(browser(desk.alice), address)


def test_a_script_gets_the_fragment(desk: Desk, browser: Browser) -> None:
    alice = browser(desk.alice)
    assert "<html" not in text(alice, HX_Request="true")
    assert "<html" in text(alice)


def test_the_inbox_costs_the_same_for_one_row_and_for_fifty(
    desk: Desk, browser: Browser
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"], quorum=2))
    alice = browser(desk.alice)
    alice.post("/views/", {"name": "Late", "address": "due=overdue"})
    desk.start(workflow)
    Approval.objects.update(claimed_by=desk.alice, claimed_at=NOW)
    one = queries(alice)
    for _number in range(49):
        desk.start(workflow)
    for name in "abc":
        alice.post("/views/", {"name": name, "address": "priority=high"})
    assert queries(alice) == one <= 12


def test_the_fifty_first_request_is_on_the_second_page(
    desk: Desk, browser: Browser
) -> None:
    workflow = desk.workflow(ApprovalPolicy(groups=["managers"]))
    for number in range(51):
        desk.start(workflow, f"Pay #{number}#?")
    alice = browser(desk.alice)
    assert "Pay #50#?" not in text(alice)
    assert "Pay #50#?" in text(alice, "/?page=2")


def test_a_title_can_not_bring_markup_or_turn_its_text(
    desk: Desk, browser: Browser
) -> None:
    desk.ask(title="<script>alert(1)</script> \u202egnp.exe")
    page = text(browser(desk.alice))
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "U+202E" in page


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        text(client)
    return len(captured)
