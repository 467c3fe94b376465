"""A request is put aside and woken on its page, as it is seen."""

from playwright.sync_api import expect

from tests.browser import pages
from tests.browser.conftest import Site


def test_what_was_put_aside_says_until_when_and_is_woken(site: Site) -> None:
    page = pages.decision(site)
    page.get_by_text("Snooze until", exact=True).click()
    page.get_by_role("button", name="Tomorrow 9:00").click()
    expect(page.get_by_text("Snoozed until")).to_contain_text("9:00")
    page.get_by_role("button", name="Wake it").click()
    expect(page.get_by_text("It waits for you again.").first).to_be_visible()
    expect(page.get_by_text("Snoozed until")).to_have_count(0)
