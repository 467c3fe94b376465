"""The page of the API works without inline code, and can try operations out."""

from playwright.sync_api import expect

from tests.browser.conftest import Site


def test_the_api_can_be_browsed_and_tried_under_the_strict_policy(site: Site) -> None:
    page = site.open("carol", "/api/docs/")
    operation = page.locator("#operations-workflows-list_workflows")
    expect(operation).to_be_visible()
    operation.get_by_role("button", expanded=False).first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text(
        "expense-approval"
    )
    page.get_by_role("link", name="Back to Countersign").click()
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
