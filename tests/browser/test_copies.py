"""What was typed while the server was away is held in the browser, and not lost."""

from functools import partial

from playwright.sync_api import Page, Route, expect

from tests.browser import axe
from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import ask
from tests.browser.test_list_again import ROOMY, title

OLD, NEWER = "Which hotel was it?", "Please attach the bill of the hotel."
HELD = "A copy is kept in this browser"
ASK_ANEW = """
from django.db.models import F
from approvals.models import Approval
Approval.objects.filter(pk=PK).update(version=F("version") + 1)
"""


def type_while_away(page: Page, text: str) -> None:
    page.route("**/draft/", lambda route: route.abort())
    page.get_by_label("Comment").first.fill(text)
    expect(page.get_by_text(HELD)).to_be_visible()


def ask_anew(site: Site, address: str) -> None:
    site.shell(ASK_ANEW.replace("PK", repr(address.split("/")[2])))


def holds_nothing(page: Page) -> None:
    """Wait until this browser holds no copy any more."""
    page.wait_for_function("localStorage.length === 0")


def test_a_copy_stands_in_the_form_beside_the_list_of_whatever_version(
    site: Site,
) -> None:
    address = site.question()
    page = site.open("alice", viewport=ROOMY)
    comment = page.locator("#pane").get_by_label("Comment").first
    page.locator(title(page, address)).click()
    type_while_away(page, OLD)
    page.locator("[data-close]").click()
    page.unroute("**/draft/")
    page.locator(title(page, address)).click()
    expect(comment).to_have_value(OLD)
    expect(page.get_by_text("Draft saved")).to_be_visible()
    holds_nothing(page)
    type_while_away(page, NEWER)
    page.goto("/")
    ask_anew(site, address)
    page.unroute("**/draft/")
    page.locator(title(page, address)).click()
    expect(comment).to_have_value(NEWER)
    expect(page.get_by_text("asked anew since you began")).to_be_visible()
    holds_nothing(page)
    site.complaints.clear()  # the browser's, of the server that was away


def test_a_copy_that_is_older_than_the_draft_is_offered_and_nothing_more(
    site: Site,
) -> None:
    address = site.question()
    page, elsewhere = site.open("alice", address), site.open("alice", address)
    comment = page.get_by_role("textbox", name="Comment").first
    older = page.get_by_role("group", name="This browser holds an older text of yours")
    for said, left in (("Throw the older", NEWER), ("Use the older", OLD)):
        type_while_away(page, OLD)
        page.goto("/")
        with elsewhere.expect_response("**/draft/"):
            elsewhere.get_by_label("Comment").first.fill(NEWER)
        page.unroute("**/draft/")
        page.goto(address)
        expect(older.locator("pre")).to_have_text(OLD)
        expect(comment).to_have_value(NEWER)
        assert not axe.faults(page)
        page.get_by_role("button", name=said).click()
        expect(older).to_have_count(0)
        expect(comment).to_have_value(left)
        page.reload()
        expect(page.get_by_text("Draft saved")).to_be_visible()
        expect(comment).to_have_value(left)
        holds_nothing(page)
    site.complaints.clear()  # the browser's, of the server that was away


def test_the_last_words_before_the_page_is_loaded_again_are_there(site: Site) -> None:
    address = site.question()
    page = site.open("alice", address)
    comment = page.get_by_label("Comment").first
    comment.fill(OLD)
    expect(page.get_by_text("Draft saved")).to_be_visible()
    ask_anew(site, address)
    page.route("**/draft/", lambda route: route.abort(), times=1)
    comment.fill(f"{OLD} {NEWER}")
    page.reload()
    expect(comment).to_have_value(f"{OLD} {NEWER}")
    comment.press("End")
    with page.expect_response("**/draft/"):
        comment.press("!")
    page.reload()
    expect(comment).to_have_value(f"{OLD} {NEWER}!")
    site.complaints.clear()  # the browser's, of the server that was away


def test_what_the_server_takes_no_more_is_said_and_held(site: Site) -> None:
    page = site.open("alice", site.question())
    comment, said = page.get_by_label("Comment").first, "can't be kept here now"
    for status in (404, 409):
        page.route("**/draft/", partial(Route.fulfill, status=status))
        comment.fill(f"{OLD} {status}")
        expect(page.get_by_text(said)).to_be_visible()
        page.unroute("**/draft/")
        page.reload()
        expect(comment).to_have_value(f"{OLD} {status}")
        expect(page.get_by_text(said)).to_have_count(0)


def test_what_a_refused_answer_held_is_kept_and_of_a_recorded_one_nothing(
    site: Site,
) -> None:
    page = site.open("alice", ask(site))
    comment = page.get_by_label("Comment").first
    comment.fill(OLD)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("[data-sf-summary]")).to_be_focused()
    page.reload()
    expect(comment).to_have_value(OLD)
    page.goto(site.question())
    comment.fill(OLD)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.").first).to_be_visible()
    holds_nothing(page)
