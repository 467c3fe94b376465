"""The list of people follows what one types."""

from playwright.sync_api import expect

from tests.browser.conftest import Site


def test_people_are_offered_while_one_types(site: Site) -> None:
    page = site.open("alice", "/preferences/delegations/")
    offered = page.locator("#people option")
    expect(offered).to_have_count(1)
    page.get_by_label("Who stands in for you").press_sequentially("zz")
    expect(offered).to_have_count(0)
    page.get_by_label("Who stands in for you").fill("bo")
    expect(offered).to_have_attribute("value", "bob")
