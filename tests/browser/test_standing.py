"""The run behind a request in a browser: the page says what it waits for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import PASSWORD, PEOPLE, Site, browsing
from tests.browser.test_every_page import NARROW, overflow
from tests.servers import ServerFactory

OLDER = """
from approvals.models import Approval
from workflows.models import Run
asked = Approval.objects.filter(pk=PK).values("run")
Run.objects.filter(pk__in=asked).update(version="0")
"""


@pytest.fixture
def idle_site(chromium_path: str, _all_servers: ServerFactory) -> Iterator[Site]:
    """A site whose server executes nothing: that is left to workers."""
    server = _all_servers.create(EMBEDDED_WORKER="false")
    server.shell(PEOPLE.replace("PASSWORD", repr(PASSWORD)))
    server.start()
    with browsing(server, chromium_path) as site:
        yield site
    server.stop()


def test_a_page_that_waits_for_the_engine_says_by_itself_when_it_went_on(
    idle_site: Site,
) -> None:
    answered, outdated = idle_site.ask("Noor Haddad", "Ada Berg")
    page = idle_site.open("alice", answered)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Waiting for the engine")).to_be_visible()
    _is_fit_to_read(page)
    page.locator(".acts summary", has_text="Comment").click()
    page.get_by_label("What do you want to say?").fill("Half a sen")
    idle_site.server.manage("run_worker", "--until-idle")
    expect(page.get_by_role("heading", name="The run is finished.")).to_be_visible()
    expect(page.get_by_label("What do you want to say?")).to_be_focused()
    expect(page.get_by_label("What do you want to say?")).to_have_value("Half a sen")

    pk = outdated.strip("/").split("/")[1]
    idle_site.shell(OLDER.replace("PK", repr(pk)))
    page.goto(outdated)
    expect(page.get_by_role("heading", name="This needs attention")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    _is_fit_to_read(page)


def _is_fit_to_read(page: Page) -> None:
    before = page.viewport_size
    page.emulate_media(color_scheme="dark")
    assert not axe.faults(page)
    page.set_viewport_size(NARROW)
    assert overflow(page) == 0
    assert before
    page.set_viewport_size(before)
