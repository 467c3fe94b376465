"""Real browsers on a real server: Alice and Bob are managers, Carol starts, Oskar runs,
Stella looks after the site.

One server serves all tests of a process; each test asks its own questions and has its
own browser. Whatever a page's console complains about fails the test.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    StorageState,
    WebError,
    expect,
    sync_playwright,
)

from tests.servers import ServerFactory, ServerProcess, Shell

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = {"width": 1280, "height": 860}
PATIENCE = 20_000  # ms: the machine may be busy with the rest of the suite
PASSWORD = "not a secret in tests"
LONG_NAME = "Maximiliane-Alexandra von Donnersmarck-Hohenzollern"
PEOPLE = """
from django.contrib.auth.models import Group, Permission, User
managers = Group.objects.create(name="managers")
for name in ("alice", "bob", "carol", "oskar", "stella"):
    User.objects.create_user(name, password=PASSWORD, first_name=name.title())
User.objects.filter(username="stella").update(is_staff=True)
User.objects.filter(username="bob").update(email="bob@desk.example")
managers.user_set.set(User.objects.filter(username__in=["alice", "bob"]))
allowed = ["start_run", "view_run", "operate_run"]
oskar = User.objects.get(username="oskar")
oskar.user_permissions.set(Permission.objects.filter(codename__in=allowed))
bob = User.objects.get(username="bob")
bob.user_permissions.set(Permission.objects.filter(codename="reveal_secret"))
"""
CLAIM = """
from django.contrib.auth.models import User
import workflows
from approvals.models import Approval
from examples.expenses.workflows import expense_approval
# What earlier tests left would fill the first page of the list.
left = Approval.objects.open().filter(created_at__lt=BEGAN).exclude(pk__in=STOCK)
for approval in left:
    workflows.get_run(approval.run_id).cancel()
carol = User.objects.get(username="carol")
for employee, amount in CLAIMS:
    line = {"spent_on": "2026-11-12", "merchant": "Hotel Astoria", "amount": amount,
            "category": "lodging", "units": 3}
    run = expense_approval.create_run(initiator=carol)
    run.start({"employee": employee, "cost_centre": "ENG-210", "lines": [line],
               "purpose": "Three nights in Porto for the spring planning week.",
               "period_start": "2026-11-12", "period_end": "2026-11-12"})
    print(Approval.objects.get(run=run.id).pk)
"""
# The browser itself notes every answer of 4xx, and htmx those of who is turned away;
# they are what many tests ask for.
EXPECTED = re.compile(
    "Failed to load resource: the server responded with .* of 4"
    "|Response Status Error Code 40[13] from"
)


class Site:
    """The server of a module, and how its people come in."""

    def __init__(
        self,
        server: ServerProcess,
        browser: Browser,
        kept: "Kept",
    ) -> None:
        self.server = server
        self.browser = browser
        self.kept = kept
        self.began = datetime.now(UTC)
        self.taken: list[str] = []
        self.complaints: list[str] = []

    def open(self, name: str, path: str = "/", **options: Any) -> Page:
        """A page of a browser of its own in which this person is signed in."""
        cookies = self.kept.cookies
        if name not in cookies:
            cookies[name] = self._sign_in(name)
        page = self.stranger(storage_state=cookies[name], **options)
        page.goto(path)
        return page

    def stranger(self, **options: Any) -> Page:
        """A page of a browser in which nobody is signed in."""
        given = {"viewport": WIDE, "base_url": self.server.url, **options}
        context = self.browser.new_context(**given)
        context.set_default_timeout(PATIENCE)
        context.on("console", self._hear)
        context.on("weberror", lambda event: self.complaints.append(_stack(event)))
        return context.new_page()

    def ask(self, *employees: str, amount: str = "412.50") -> list[str]:
        """Start a claim for each employee; the addresses of the questions."""
        given = {
            "CLAIMS": [(employee, amount) for employee in employees],
            "BEGAN": self.began.isoformat(),
            "STOCK": [
                address.split("/")[2] for address in self.kept.questions + self.taken
            ],
        }
        script = CLAIM
        for name, value in given.items():
            script = script.replace(name, repr(value))
        pks = self.shell(script).split()
        return [f"/approvals/{pk}/" for pk in pks]

    def shell(self, code: str) -> str:
        """Run Python code on the server's database; what it printed."""
        if self.kept.shell is None:
            self.kept.shell = Shell(self.server)
        return self.kept.shell.run(code)

    def question(self) -> str:
        """The address of a question of this test's own, out of a stock."""
        if not self.kept.questions:
            self.kept.questions = self.ask(*[LONG_NAME] * 12)
        self.taken.append(self.kept.questions.pop())
        return self.taken[-1]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.match(message.text):
            self.complaints.append(message.text)

    def _sign_in(self, name: str) -> StorageState:
        page = self.stranger()
        page.goto("/accounts/login/")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        return page.context.storage_state()


@pytest.fixture(scope="session")
def _server(_all_servers: ServerFactory) -> Iterator[ServerProcess]:
    server = _all_servers.create()
    # It outlives the tests of others, who end the servers they know of.
    _all_servers.servers.remove(server)
    server.shell(PEOPLE.replace("PASSWORD", repr(PASSWORD)))
    server.start()
    yield server
    server.stop()


@dataclass
class Kept:
    """What the tests of a process share, because it is slow to make."""

    cookies: dict[str, StorageState] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    shell: Shell | None = None

    def end(self) -> None:
        if self.shell is not None:
            self.shell.end()


@pytest.fixture(scope="session")
def _kept() -> Iterator[Kept]:
    kept = Kept()
    yield kept
    kept.end()


def _stack(event: WebError) -> str:
    return str(event.error.stack or event.error)


@contextmanager
def browsing(
    server: ServerProcess, chromium_path: str, kept: Kept | None = None
) -> Iterator[Site]:
    """The server in a browser of its own, which is to complain about nothing."""
    expect.set_options(timeout=PATIENCE)
    own = kept or Kept()
    # Ended with each test: while it runs, Django takes this thread for an async one.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=list(FLAGS)
        )
        site = Site(server, browser, own)
        yield site
        browser.close()
    if kept is None:
        own.end()
    assert not site.complaints


@pytest.fixture
def site(chromium_path: str, _server: ServerProcess, _kept: Kept) -> Iterator[Site]:
    with browsing(_server, chromium_path, _kept) as site:
        yield site
