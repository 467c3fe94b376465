"""A session that ends, in another tab or by its time, takes nothing along."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import PASSWORD, Site

TYPED = "Which customer was visited?"
SIGNED_OUT = "You are signed out. What you typed is kept in this browser."


def sign_out(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def sign_in_again(page: Page) -> None:
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("act", ["Approve", "Claim"])
def test_what_was_typed_is_there_after_signing_in_again(site: Site, act: str) -> None:
    page = site.open("alice", site.question())
    comment = page.get_by_label("Comment").first
    sign_out(page)
    comment.fill(TYPED)
    page.get_by_role("button", name=act, exact=True).click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text(SIGNED_OUT)
    way = told.get_by_role("link").bounding_box()
    assert way is not None
    assert way["width"] < 120  # a button, not half of a page
    expect(comment).to_have_value(TYPED)
    sign_in_again(page)
    expect(page.get_by_text("Draft saved")).to_be_visible()
    expect(page.get_by_label("Comment").first).to_have_value(TYPED)


def test_a_draft_that_can_not_be_kept_says_why(site: Site) -> None:
    page = site.open("alice", site.question())
    sign_out(page)
    page.get_by_label("Comment").first.fill(TYPED)
    expect(page.get_by_role("alert")).to_contain_text(SIGNED_OUT)
    expect(page.get_by_text("A copy is kept in this browser")).to_be_visible()


def test_a_row_that_can_not_be_opened_says_why(site: Site) -> None:
    site.question()
    page = site.open("alice", viewport={"width": 1400, "height": 900})
    sign_out(page)
    page.locator(".row__title").first.click()
    expect(page.get_by_role("alert")).to_contain_text(SIGNED_OUT)


def test_a_page_from_before_the_last_sign_in_is_loaded_again(site: Site) -> None:
    """Signing in changes what forms are signed with; the old page's are void."""
    page = site.open("alice", site.question())
    comment = page.get_by_label("Comment").first
    sign_out(page)
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("User name").fill("alice")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/")
    comment.fill(TYPED)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_contain_text("from before you signed in")
    page.get_by_role("link", name="Load it again").click()
    expect(page.get_by_text("Draft saved")).to_be_visible()
    expect(page.get_by_label("Comment").first).to_have_value(TYPED)


def test_a_copy_that_the_server_does_not_take_stays_in_the_browser(site: Site) -> None:
    page = site.open("alice", site.question())
    comment = page.get_by_label("Comment").first
    page.route("**/draft/", lambda route: route.abort())
    comment.fill(TYPED)
    expect(page.get_by_text("A copy is kept in this browser")).to_be_visible()
    with page.expect_request("**/draft/"):
        page.reload()  # and the server is still away
    page.unroute("**/draft/")
    page.reload()
    expect(page.get_by_text("Draft saved")).to_be_visible()
    expect(page.get_by_label("Comment").first).to_have_value(TYPED)
    site.complaints.clear()  # the browser's, of the server that was away


def test_what_is_too_long_for_a_draft_is_said_and_stays_in_the_browser(
    site: Site,
) -> None:
    page = site.open("alice", site.question())
    comment = page.get_by_label("Comment").first
    comment.fill(TYPED)
    expect(page.get_by_text("Draft saved")).to_be_visible()
    comment.fill(TYPED * 10_000)
    expect(page.get_by_text("Too long to be kept here.")).to_be_visible()
    page.reload()
    expect(comment).to_have_value(TYPED * 10_000)


def test_a_batch_is_there_after_signing_in_again_and_its_reason_to_copy(
    site: Site,
) -> None:
    asked = [address.split("/")[-2] for address in site.ask("Ada Again", "Ben Again")]
    page = site.open("alice", f"/bulk/?id={'&id='.join(asked)}")
    page.get_by_label("Approve").check()
    page.get_by_label("Reason for all of them").fill(TYPED)
    sign_out(page)
    page.get_by_role("button", name="Decide 2 requests").click()
    expect(page.get_by_role("group", name="What you had typed")).to_have_text(TYPED)
    assert not axe.faults(page)
    sign_in_again(page)
    expect(page.get_by_role("button", name="Decide 2 requests")).to_be_visible()
