"""``python -m docs.images``: take the pictures of this folder anew.

Each is a real browser's view of a demo of its own, which is gone afterwards. They look
as good as the machine's fonts: the pages ask for system-ui and a Palatino.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import services
from tests.servers import ROOT, ServerProcess, free_port

HERE = Path(__file__).parent
PASSWORD = re.compile(r"^  (\w+) +((?:\w{4}-){2}\w{4})", re.MULTILINE)
LARGEST = 300_000  # bytes
WIDE, WIDER = {"width": 1280, "height": 860}, {"width": 1600, "height": 1000}
NARROW = {"width": 320, "height": 640}
ADDRESS = """
from approvals.models import Approval
print(Approval.objects.filter(run_id={run!r}).latest("created_at").pk)
"""


class Photographer:
    """Who opens pages as somebody of the demo, and keeps what they look like."""

    def __init__(self, browser: Browser, site: ServerProcess, words: str) -> None:
        self.browser, self.site = browser, site
        self.passwords = dict(PASSWORD.findall(words))
        self.states: dict[str, Any] = {}

    def open(self, name: str, path: str, size: Any = None, **options: Any) -> Page:
        """A page in which this person is signed in, at rest."""
        if name not in self.states:
            page = self._page()
            page.goto("/accounts/login/")
            page.get_by_label("User name").fill(name)
            page.get_by_label("Password").fill(self.passwords[name])
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/")
            self.states[name] = page.context.storage_state()
        page = self._page(viewport=size or WIDE, **options)
        page.context.add_cookies(self.states[name]["cookies"])
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    def question(self, run: str) -> str:
        """The address of what a run of the demo asked last."""
        pk = self.site.shell(ADDRESS.format(run=run)).split()[-1]
        return f"/approvals/{pk}/"

    def keep(self, page: Page, name: str) -> None:
        """Write the picture; one that is too large for a page is an error."""
        page.wait_for_load_state("networkidle")
        picture = page.screenshot(path=HERE / f"{name}.png")
        page.context.close()
        assert len(picture) < LARGEST, f"{name}: {len(picture)} bytes"
        print(name, len(picture) // 1000, "kB")

    def _page(self, **options: Any) -> Page:
        return self.browser.new_context(base_url=self.site.url, **options).new_page()


def main() -> None:
    with _demo() as (site, words), sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(
            executable_path=services.chromium(), args=flags
        )
        photographer = Photographer(browser, site, words)
        lists(photographer)
        requests(photographer)
        together(photographer)
        conflict(photographer)
        browser.close()


def lists(take: Photographer) -> None:
    """The inbox, alone and beside an open request."""
    take.keep(take.open("alice", "/"), "inbox")
    take.keep(take.open("alice", "/", color_scheme="dark"), "inbox-dark")
    take.keep(take.open("alice", "/", locale="ja"), "inbox-ja")
    take.keep(take.open("alice", "/", NARROW), "inbox-320")
    pk = take.question("expense-approval-019").split("/")[2]
    beside = f"/?open={pk}"
    take.keep(take.open("alice", beside, WIDER), "triage")
    dark = take.open("alice", beside, WIDER, color_scheme="dark")
    take.keep(dark, "triage-dark")


def requests(take: Photographer) -> None:
    """Questions with their forms, and the page of a run."""
    expense = take.question("expense-approval-019")
    take.keep(take.open("alice", expense), "decision")
    take.keep(take.open("alice", expense, locale="ja"), "decision-ja")
    take.keep(take.open("alice", expense, NARROW), "decision-320")
    refund = take.open("nadia", take.question("refund-agent-011"))
    refund.get_by_label("Refund").fill("100.00")
    refund.get_by_role("button", name="Send").click()
    refund.get_by_role("alert").wait_for()
    take.keep(refund, "refund")
    sink = take.open("alice", take.question("kitchen-sink-001"))
    sink.get_by_label("Supplier").fill("A")
    sink.get_by_role("button", name="Approve").click()
    sink.get_by_role("alert").wait_for()
    take.keep(sink, "kitchen-sink-problems")
    take.keep(take.open("oskar", "/runs/access-request-001/"), "run")


def together(take: Photographer) -> None:
    """Several decided at once, one of which somebody else was faster with."""
    page = take.open("bob", "/?sort=title")
    for employee in ("Carol Jimenez", "Lena Vogt", "Piotr Zieliński"):
        page.get_by_role("checkbox", name=f"Reimburse {employee}").first.check()
    page.get_by_role("button", name="Decide the selected").click()
    page.get_by_label("Approve").check()
    first = page.locator(".bulk__rows a").first.get_attribute("href")
    approve(take.open("alice", str(first)))
    page.get_by_role("button", name="Decide 3 requests").click()
    page.get_by_role("heading", name="2 requests decided").wait_for()
    take.keep(page, "bulk-result")


def conflict(take: Photographer) -> None:
    """What one sees who comes too late."""
    address = take.question("expense-approval-021")
    page = take.open("alice", address)
    page.get_by_label("Comment").first.fill("Which customer was visited?")
    page.route("**/notice/*", lambda route: route.fulfill(status=204))  # told too late
    approve(take.open("bob", address))
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("heading", name="Bob Lindqvist was faster").wait_for()
    take.keep(page, "conflict")


def approve(page: Page) -> None:
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved.").wait_for()
    page.context.close()


@contextmanager
def _demo() -> Iterator[tuple[ServerProcess, str]]:
    """A demo in a folder of its own, and the words it said when it was made."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        data.mkdir()
        site = ServerProcess(
            database_url=f"sqlite:///{folder}/demo.sqlite3",
            data_dir=data,
            port=free_port(),
        )
        words = subprocess.run(
            [sys.executable, "manage.py", "demo", "--no-serve"],
            cwd=ROOT,
            env=site.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        site.start()
        try:
            yield site, words
        finally:
            site.stop()


if __name__ == "__main__":
    main()
