"""What is kept of an answer is said where its buttons are, which is always in view."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import ask

MOST = 120  # px of a bar with one row of buttons


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (320, 800)])
def test_what_is_kept_is_said_beside_the_buttons(
    site: Site, width: int, height: int
) -> None:
    size = {"width": width, "height": height}
    page = site.open("alice", ask(site), viewport=size)
    page.get_by_label("Comment").first.fill("The oven is needed.")
    said = page.locator("[data-draft-status]")
    expect(said).to_contain_text("Draft saved")
    stands_in_view(page, height)
    page.reload()
    expect(page.get_by_role("button", name="Throw the draft away")).to_be_visible()
    stands_in_view(page, height)


def stands_in_view(page: Page, height: int) -> None:
    said = page.locator("[data-draft-status]").bounding_box()
    bar = page.locator(".answer-bar").bounding_box()
    assert said
    assert bar
    assert bar["y"] <= said["y"] < said["y"] + said["height"] <= height
    assert bar["height"] <= MOST
