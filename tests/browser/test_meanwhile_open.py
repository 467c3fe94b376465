"""What changes while a request is open: nothing typed is lost, and what is said is
true."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

TYPED = "Which customer was visited?"
ASSIGN = """
from django.contrib.auth.models import User
from approvals.models import Approval, ApprovalCandidate
found = Approval.objects.get(pk=PK)
found.candidates.all().delete()
carol = User.objects.get(username="carol")
ApprovalCandidate.objects.create(approval=found, user=carol)
"""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_buttons_that_went_come_back_when_it_is_free_again(site: Site) -> None:
    address = site.question()
    alice, bob = site.open("alice", address), site.open("bob", address)
    comment = bob.get_by_label("Comment").first
    comment.fill(TYPED)
    approve = bob.get_by_role("button", name="Approve")
    press(alice, "Claim")
    expect(bob.get_by_role("heading", name="Alice has claimed this.")).to_be_visible()
    expect(approve).to_have_count(0)
    press(alice, "Give back")
    expect(approve).to_be_visible()
    expect(bob.get_by_role("heading", name="has claimed this")).to_have_count(0)
    expect(comment).to_have_value(TYPED)
    approve.click()
    expect(bob.get_by_text("Approved.").first).to_be_visible()


def test_what_a_colleague_took_over_offers_nothing_of_before(site: Site) -> None:
    address = site.question()
    bob = site.open("bob", f"/?open={address.split('/')[2]}")
    press(bob, "Claim")
    acts, pane = bob.locator(".acts"), bob.locator("#pane")
    expect(acts).to_contain_text("You have claimed this.")
    press(site.open("alice", address), "Take over")
    notice = pane.locator("[data-notice-slot] > .notice")
    expect(notice).to_contain_text("Alice has claimed this.")
    for words in ("You have claimed this.", "Request changes", "Hand over", "Snooze"):
        expect(acts.get_by_text(words, exact=False).first).to_be_hidden()
    expect(acts.get_by_role("button", name="Give back")).to_be_hidden()
    close = pane.get_by_role("link", name="Close").bounding_box()
    told = notice.bounding_box()
    assert told
    assert close
    assert told["x"] + told["width"] <= close["x"]


def test_who_came_while_it_was_claimed_is_told_when_it_is_free(site: Site) -> None:
    address = site.question()
    alice = site.open("alice", address)
    press(alice, "Claim")
    expect(alice.get_by_role("button", name="Give back")).to_be_visible()
    bob = site.open("bob", address)
    press(alice, "Give back")
    bob.get_by_role("link", name="Decide it").click()
    expect(bob.get_by_role("button", name="Approve")).to_be_visible()


def test_who_is_asked_no_more_is_told_within_a_minute(site: Site) -> None:
    address = site.question()
    bob = site.open("bob", address)
    bob.context.clock.install()
    bob.reload()
    bob.get_by_label("Comment").first.fill(TYPED)
    site.shell(ASSIGN.replace("PK", repr(address.split("/")[2])))
    bob.context.clock.run_for(61_000)
    expect(bob.get_by_text("You are not among the people")).not_to_have_count(0)
    expect(bob.get_by_label("Comment").first).to_have_value(TYPED)


def test_what_was_just_typed_is_there_after_another_act(site: Site) -> None:
    page = site.open("alice", site.question())
    page.get_by_label("Comment").first.fill(TYPED)
    press(page, "Claim")
    expect(page.get_by_role("button", name="Give back")).to_be_visible()
    expect(page.get_by_label("Comment").first).to_have_value(TYPED)


def test_ticks_outlive_a_list_that_is_drawn_anew(site: Site) -> None:
    site.ask("Ada Nowak", "Bea Nowak", "Cleo Nowak")
    page = site.open("alice", "/?q=Nowak")
    for name in ("Ada", "Bea"):
        page.get_by_role("checkbox", name=re.compile(f"{name} Nowak")).check()
    bar = page.locator("[data-bulk-summary]")
    expect(bar).to_contain_text("2 selected")
    site.ask("Dora Nowak")
    page.get_by_role("button", name="Show 1 new request").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    expect(bar).to_contain_text("2 selected")
    bob = site.open("bob", "/?q=Ada Nowak")
    bob.locator(".row__title").first.click()
    press(bob, "Approve")
    expect(bar).to_contain_text("you may decide 1")


def test_what_is_done_beside_the_list_stays_beside_it(site: Site) -> None:
    site.question()
    page = site.open("alice", viewport={"width": 1400, "height": 900})
    page.locator(".row__title").first.click()
    page.get_by_text("Comment without deciding").click()
    page.get_by_label("What do you want to say?").fill("Looks right to me.")
    press(page, "Post the comment")
    expect(page.get_by_text("Your comment is there.")).to_be_visible()
    expect(page.locator("#list")).to_be_visible()
    expect(page).to_have_url(re.compile("[?]open="))


def test_back_closes_the_request_and_a_search_leaves_it_open(site: Site) -> None:
    site.ask("Frida Nowak")
    page = site.open("alice", viewport={"width": 1400, "height": 900})
    page.locator(".row__title").first.click()
    expect(page.locator("#task")).to_be_visible()
    page.get_by_role("searchbox").fill("Frida")
    expect(page.locator("#list [data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile("[?&]open="))
    expect(page.locator("#task")).to_be_visible()
    page.go_back()
    expect(page.locator("#task")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("open="))
