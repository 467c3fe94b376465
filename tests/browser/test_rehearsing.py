"""What a field is told when it is left, before anything is sent."""

import re

from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import ask, fill


def test_who_leaves_a_field_hears_what_is_wrong_with_it_alone(site: Site) -> None:
    address = ask(site)
    page = site.open("alice", address)
    visits, comment = page.get_by_label("Visits"), page.get_by_label("Comment")
    comment.focus()
    visits.focus()
    comment.focus()
    expect(page.locator(".sf-error")).to_have_count(0)  # nothing was typed

    visits.fill("several")
    expect(page.locator(".sf-error")).to_have_count(0)  # it is not left yet
    comment.focus()
    expect(page.locator(".sf-error")).to_have_text("Enter a whole number.")
    expect(visits).to_have_attribute("aria-invalid", "true")
    expect(visits).to_have_attribute("aria-describedby", re.compile("-error"))
    expect(comment).to_be_focused()
    expect(page.locator("[data-sf-summary]")).to_have_count(0)
    assert faults(page) == []

    visits.fill("3")
    comment.focus()
    expect(page.locator(".sf-error")).to_have_count(0)
    expect(visits).not_to_have_attribute("aria-invalid", "true")
    page.reload()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()


def test_a_rule_between_fields_is_rehearsed_too(site: Site) -> None:
    page = site.open("alice", ask(site))
    fill(page)
    page.locator("[id='id_answer.needed_on']").fill("2026-12-01")
    page.get_by_label("Comment").focus()
    expect(page.locator(".sf-error")).to_have_text(
        "The work begins after the kitchen is needed."
    )
