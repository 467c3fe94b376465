"""While the server draws a form anew nothing that a person does is lost."""

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import ask


def test_two_fast_presses_add_two_rows_and_what_is_typed_meanwhile_stays(
    site: Site,
) -> None:
    address = ask(site)
    page = site.open("alice", address)
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route(f"**{address}", hold_first)
    rows = page.locator("[data-sf-list='answer.lines'] > ol > li")
    before = rows.count()
    add = page.get_by_role("button", name=re.compile("^Add ?: Lines"))
    add.click()
    expect(page.locator("form.htmx-request")).to_be_visible()
    add.click(force=True)
    page.get_by_label("Comment").fill("Typed while it was away.")
    held[0].continue_()
    expect(rows).to_have_count(before + 2)
    expect(page.get_by_label("Comment")).to_have_value("Typed while it was away.")
    page.get_by_label("Comment").press("End")
    expect(page.get_by_label("Comment")).to_be_focused()
