"""Every page in light and dark, wide and narrow: axe finds nothing, all of it fits."""

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser import axe
from tests.browser.conftest import Site

NARROW = ViewportSize(width=320, height=640)


def sign_in(site: Site) -> Page:
    page = site.stranger()
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Please enter a correct username")).to_be_visible()
    return page


def inbox(site: Site) -> Page:
    site.question()
    return site.open("alice")


def empty_inbox(site: Site) -> Page:
    return site.open("carol")


def decision(site: Site) -> Page:
    address = site.question()
    page = site.open("alice", address)
    page.get_by_text("Show as JSON").click()
    return page


def decision_with_problems(site: Site) -> Page:
    page = decision(site)
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def decided(site: Site) -> Page:
    page = decision(site)
    page.get_by_label("Comment").fill("As agreed in the team.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. The run goes on by itself.")).to_be_visible()
    return page


def receipt(site: Site) -> Page:
    page = decided(site)
    page.get_by_role("link", name="Receipt", exact=True).click()
    expect(page.get_by_role("heading", name="it holds")).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    return page


def decided_by_me(site: Site) -> Page:
    page = decided(site)
    page.goto("/?view=decided")
    return page


def not_mine(site: Site) -> Page:
    address = site.question()
    return site.open("carol", address)


def conflict(site: Site) -> Page:
    page = decision(site)
    page.get_by_label("Comment").fill("But why?")
    other = site.open("bob", page.url)
    other.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Bob approved this.")).to_be_visible()
    assert not axe.faults(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Bob was faster")).to_be_visible()
    return page


def run(site: Site) -> Page:
    page = decision(site)
    page.get_by_role("link", name="See the run").click()
    expect(page.get_by_role("heading", name="Events")).to_be_visible()
    for summary in page.locator(".step > details:not([open]) > summary").all():
        summary.click()
    return page


def runs(site: Site) -> Page:
    site.question()
    return site.open("oskar", "/runs/")


def workflows(site: Site) -> Page:
    return site.open("oskar", "/workflows/")


def start(site: Site) -> Page:
    return site.open("oskar", "/workflows/expense-approval/start/")


def start_with_problems(site: Site) -> Page:
    page = start(site)
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def wishes(site: Site) -> Page:
    return site.open("alice", "/preferences/notifications/")


def standing_in(site: Site) -> Page:
    return site.open("alice", "/preferences/delegations/")


def saved_views(site: Site) -> Page:
    page = site.open("bob", "/?due=week")
    page.get_by_text("Save view").click()
    assert not axe.faults(page)
    page.get_by_label("Name").fill("Due soon")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Due soon")).to_be_visible()
    page.get_by_role("link", name="Manage").click()
    page.get_by_text("Change").click()
    return page


def nothing_here(site: Site) -> Page:
    return site.open("alice", "/nowhere/")


def forbidden(site: Site) -> Page:
    return site.open("alice", "/workflows/expense-approval/start/")


def account_menu(site: Site) -> Page:
    page = site.open("oskar")
    page.locator(".top .menu > summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


PAGES = [
    sign_in,
    inbox,
    empty_inbox,
    decision,
    decision_with_problems,
    decided,
    receipt,
    decided_by_me,
    not_mine,
    conflict,
    run,
    runs,
    workflows,
    start,
    start_with_problems,
    wishes,
    standing_in,
    saved_views,
    nothing_here,
    forbidden,
    account_menu,
]


@pytest.mark.parametrize("show", PAGES)
def test_everybody_can_read(site: Site, show: Callable[[Site], Page]) -> None:
    page = show(site)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert not axe.faults(page)
    page.set_viewport_size(NARROW)
    assert overflow(page) == 0
    assert not small_targets(page)


def test_a_page_with_a_fault_is_found(site: Site) -> None:
    page = site.open("alice")
    page.evaluate("document.querySelector('h1').outerHTML = '<img src=x><h1></h1>'")
    assert any("image-alt" in fault for fault in axe.faults(page))
    site.complaints.clear()  # the picture isn't there either


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, wide)


def small_targets(page: Page) -> list[str]:
    """Buttons and fields that a thumb would miss."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("button, select, .button, input")]
            .filter((e) => e.checkVisibility() && e.getClientRects().length)
            .filter((e) => !e.closest(".visually-hidden, .sf-enter"))
            .filter((e) => !["radio", "checkbox", "hidden"].includes(e.type))
            .filter((e) => e.getBoundingClientRect().height < 43.9)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    return found
