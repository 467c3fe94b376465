"""T7 before the eyes of a reviewer: whatever becomes of Redis, the inbox catches up."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import WebSocket, expect

from tests.browser.conftest import PASSWORD, PEOPLE, Site, browsing
from tests.browser.test_two_reviewers import row
from tests.servers import ServerFactory
from tests.workers import PrivateRedis

CAUGHT_UP = 70_000  # ms: a page asks once a minute, whatever becomes of its socket
QUIET = 7_000  # ms: longer than the layer waits for a message in one go
CAPACITY = 100  # messages that a channel holds unread
FLOOD = """
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from approvals.models import Approval
message = {"type": "approval", "approval_id": Approval.objects.latest("pk").pk}
async def flood():
    layer = get_channel_layer()
    for _ in range(COUNT):
        await layer.group_send("inbox.group.1", {"type": "changed", "message": message})
async_to_sync(flood)()
"""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    redis = PrivateRedis(directory=tmp_path)
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def site(
    chromium_path: str, _all_servers: ServerFactory, redis: PrivateRedis
) -> Iterator[Site]:
    server = _all_servers.create(
        REDIS_URL=redis.url, EMBEDDED_WORKER="true", CELERY="false"
    )
    server.shell(PEOPLE.replace("PASSWORD", repr(PASSWORD)))
    server.start()
    with browsing(server, chromium_path) as site:
        yield site
        site.complaints.clear()  # of sockets that were lost
    server.stop()


def test_an_inbox_catches_up_whatever_becomes_of_redis(
    site: Site, redis: PrivateRedis
) -> None:
    flood = FLOOD.replace("COUNT", str(3 * CAPACITY))
    breakdowns: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (redis.stop, redis.start),
        (lambda: redis.command("FLUSHALL"), lambda: None),
        (redis.freeze, redis.thaw),
        (lambda: site.shell(flood), lambda: None),
    ]
    addresses = site.ask(*["Noor Haddad"] * (len(breakdowns) + 1))
    bob, alice = site.open("bob"), site.open("alice")
    for address, (leave, come_back) in zip(addresses, breakdowns, strict=False):
        bob.goto("/")
        bob.wait_for_load_state("networkidle")
        expect(bob.locator(row(bob, address))).to_be_visible()
        leave()
        alice.goto(address)
        alice.get_by_role("button", name="Approve").click()
        expect(alice.get_by_text("You approved this.").first).to_be_visible()
        come_back()
        expect(bob.locator(row(bob, address))).to_have_count(0, timeout=CAUGHT_UP)


def test_a_page_on_which_nothing_happens_keeps_its_socket(site: Site) -> None:
    opened_anew: list[WebSocket] = []
    bob = site.open("bob")
    bob.wait_for_load_state("networkidle")
    bob.on("websocket", lambda socket: opened_anew.append(socket))
    bob.wait_for_timeout(QUIET)
    assert not opened_anew
    assert "Exception inside application" not in site.server.log()
