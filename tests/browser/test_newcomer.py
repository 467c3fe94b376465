"""Somebody who has never seen the product decides ten requests of the demo.

Everything is found by the words on the page; the only address is the first. The answers
differ in kind: a press, a reason, a choice, a list, a file, an edited text, a claim, a
request that is sent back, several at once, and one that is taken back.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.acceptance.demo_output import passwords_in
from tests.browser.conftest import Site, browsing
from tests.servers import ServerFactory, ServerProcess
from tests.workers import eventually

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class Newcomer:
    """A person at a browser of their own, who reads and presses."""

    def __init__(self, site: Site, name: str, password: str) -> None:
        self.page = page = site.stranger()
        page.goto("/")
        page.get_by_role("link", name=name).click()
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(
            page.get_by_role("heading", name="Waiting for you", level=1)
        ).to_be_visible()

    def main(self, words: str) -> None:
        """Choose from what stands at the top of every page."""
        menu = self.page.get_by_role("navigation", name="Main")
        menu.get_by_role("link", name=words).click()

    def view(self, words: str) -> None:
        self.main("Inbox")
        views = self.page.get_by_role("navigation", name="Views")
        views.get_by_role("link", name=words).click()
        expect(self.page.get_by_role("heading", name=words, level=1)).to_be_visible()

    def finds_decided(self, words: str) -> bool:
        """Whether it is decided by now: an answer waits until its undo is over."""
        self.view("Decided by you")
        return self.page.get_by_role("link", name=words).is_visible()

    def open(self, words: str) -> None:
        self.page.get_by_role("link", name=words).click()
        heading = self.page.get_by_role("heading", level=1, name=words)
        expect(heading).to_be_visible()

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def sees(self, words: str) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()

    def field(self, words: str) -> Locator:
        return self.page.get_by_label(words)

    def sees_the_run_end(self) -> None:
        self.page.get_by_role("link", name="See the run").click()
        main = self.page.get_by_role("main")
        expect(main.get_by_text("Finished", exact=True).first).to_be_visible()
        self.main("Inbox")


@pytest.fixture
def demo(_all_servers: ServerFactory) -> Iterator[tuple[ServerProcess, str]]:
    server = _all_servers.create_for_demo()
    printed = server.manage("demo", "--no-serve", timeout=240)
    server.start()
    yield server, printed
    server.stop()


@pytest.fixture
def site(chromium_path: str, demo: tuple[ServerProcess, str]) -> Iterator[Site]:
    server, _ = demo
    with browsing(server, chromium_path) as site:
        yield site


def test_a_newcomer_decides_ten_different_requests(
    site: Site, demo: tuple[ServerProcess, str]
) -> None:
    passwords = passwords_in(demo[1])
    alice = Newcomer(site, "Alice", passwords["alice"])
    carol = Newcomer(site, "Carol", passwords["carol"])

    takes_an_answer_back(alice)
    approves(alice)
    rejects_with_a_reason(alice)
    chooses(alice)
    fills_in_a_list(alice)
    gives_a_file(alice)
    edits_and_approves(alice)
    claims_first(alice)
    has_it_changed(alice, carol)
    decides_several(alice)

    eventually(lambda: alice.finds_decided("Mail “Twenty years of us: thank you”"))
    alice.open("Mail “Twenty years of us: thank you”")
    alice.sees_the_run_end()


def takes_an_answer_back(who: Newcomer) -> None:
    who.open("Mail “Twenty years of us: thank you”")
    who.press("Send")
    who.press("Undo")
    who.sees("Your answer is taken back")
    who.field("Comment").fill("Not before the shop has the new prices.")
    who.press("Reject")
    who.sees("Goes ahead in")
    who.main("Inbox")


def approves(who: Newcomer) -> None:
    who.open("Let the works choir have the large meeting room?")
    who.press("Approve")
    who.sees("Approved.")
    who.sees_the_run_end()


def rejects_with_a_reason(who: Newcomer) -> None:
    who.open("Reimburse Tomás Herrera 339.00 EUR?")
    who.press("Reject")
    who.page.get_by_role("link", name="Say why you reject this.").click()
    who.page.keyboard.type("Please add the bill of the hotel.")
    who.press("Reject")
    who.sees("Rejected.")
    who.sees_the_run_end()


def chooses(who: Newcomer) -> None:
    who.open("Which chair for the platform team?")
    who.press("Order the Classic")
    who.sees("Your answer is recorded")
    who.sees_the_run_end()


def fills_in_a_list(who: Newcomer) -> None:
    who.open("Plan the first week of Ingrid Solheim")
    who.page.get_by_role("button", name="Add").click()
    sessions = who.page.get_by_role("listitem").filter(has_text="With whom")
    expect(sessions).to_have_count(2)
    for number, (day, host) in enumerate((("Monday", "Lena"), ("Tuesday", "Omar"))):
        session = sessions.nth(number)
        session.get_by_label(day).check()
        session.get_by_label("Topic").fill("A walk through the warehouse")
        session.get_by_label("With whom").fill(host)
    who.press("Submit")
    who.sees("Your answer is recorded.")
    who.sees_the_run_end()


def gives_a_file(who: Newcomer) -> None:
    who.open("Sign the lease of the Porto office")
    who.field("The signed lease").set_input_files(
        {"name": "lease.pdf", "mimeType": "application/pdf", "buffer": PAPER}
    )
    who.press("Submit")
    who.sees("Your answer is recorded.")
    who.sees_the_run_end()


def edits_and_approves(who: Newcomer) -> None:
    who.open("Publish “The canteen is closed on Fryday”?")
    who.field("Headline").fill("The canteen is closed on Friday")
    who.press("Approve")
    who.sees("Approved.")
    who.page.get_by_role("link", name="Receipt", exact=True).click()
    who.sees("The canteen is closed on Friday")
    who.page.get_by_role("link", name="Publish “").click()
    who.sees_the_run_end()


def claims_first(who: Newcomer) -> None:
    who.open("Call Mrs Brandt")
    who.press("Claim")
    who.sees("You have claimed this.")
    who.field("What you agreed on").fill("She keeps it for half the price.")
    who.press("Submit")
    who.sees("Your answer is recorded.")
    who.sees_the_run_end()


def has_it_changed(who: Newcomer, requester: Newcomer) -> None:
    words = "Give Carol Jimenez these days off?"
    who.open(words)
    who.page.get_by_text("Request changes").click()
    who.field("What should change?").fill("Lena is away on the fourth: take Tomás.")
    who.press("Send it back")
    who.sees("Changes are asked for.")

    requester.view("Sent back to you")
    requester.open(words)
    requester.sees("take Tomás")
    requester.field("Who stands in").fill("Tomás Herrera")
    requester.press("Ask again")
    requester.sees("It is asked again.")

    who.main("Inbox")
    who.open(words)
    who.sees("Tomás Herrera")
    who.press("Approve")
    who.sees("Approved.")
    who.sees_the_run_end()


def decides_several(who: Newcomer) -> None:
    page = who.page
    for box in page.get_by_role("checkbox", name="A parking permit for").all():
        box.check()
    who.sees("you may decide 3")
    who.press("Decide the selected")
    who.field("Approve").check()
    who.press("Decide 3 requests")
    expect(page.get_by_role("heading", name="3 requests decided")).to_be_visible()
    page.get_by_role("link", name=re.compile("permit for Piotr")).click()
    who.sees_the_run_end()
