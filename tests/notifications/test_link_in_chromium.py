"""A link out of a mail in a true browser, without a script."""

import pytest
from playwright.sync_api import sync_playwright

from approvals.models import Approval, Decision
from tests.notifications.conftest import Office
from tests.notifications.test_links import mailed
from tests.threads import in_threads


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
def test_somebody_decides_in_a_browser_without_a_login(
    office: Office, live_server: object, chromium_path: str
) -> None:
    """The browser sends the origin that the check against forged posts asks for.

    Of a form that is too old it says that it is ours, so that what was typed is shown.
    """
    approval, path = mailed(office)

    def browse(address: str) -> tuple[str, str]:
        with sync_playwright() as playwright:
            flags = ["--no-sandbox", "--disable-gpu"]
            browser = playwright.chromium.launch(
                executable_path=chromium_path, args=flags
            )
            page = browser.new_page(java_script_enabled=False)
            page.goto(address)
            assert page.get_by_role("navigation").count() == 0
            page.context.clear_cookies()  # as who signs in elsewhere gets others
            page.get_by_label("Comment").fill("why not no")
            page.get_by_role("button", name="Approve").click()
            typed = page.get_by_role("group", name="What you had typed").inner_text()
            page.goto(address)
            page.get_by_role("button", name="Approve").click()
            heading = page.get_by_role("heading").inner_text()
            browser.close()
        return heading, typed

    # Playwright keeps an event loop on its thread, where Django would not work.
    (told,) = in_threads(browse, [f"{live_server}{path}"], at_once=1)
    assert told == ("Your answer is recorded.", "why not no")
    assert Decision.objects.get().channel == "link"
    assert not Approval.objects.get(pk=approval.pk).is_open
