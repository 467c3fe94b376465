"""What the bell could not tell in time is told from the journal a moment later."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError

from approvals import audience, polling
from tests.pages.conftest import Desk
from tests.pages.test_live import layer, listening
from workflows import bell

__all__ = ["layer"]  # a fixture that is needed here, too

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20  # seconds


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "TIMEOUT", 0.05)
    monkeypatch.setattr(polling, "PAUSE", 0.05)


async def _until_given_up() -> None:
    while not bell._telling:
        await asyncio.sleep(0)
    while bell._telling:
        await asyncio.sleep(0.01)


async def test_a_hint_that_came_too_late_is_given_by_who_reads_the_journal(
    desk: Desk, patience: None
) -> None:
    given_up = threading.Event()

    def ask_and_keep_the_database_busy() -> str:
        approval = desk.ask()
        given_up.wait(PATIENCE)
        return str(approval.pk)

    async with listening("/ws/inbox/", desk.alice) as alice:
        await alice.send_json_to({"type": "ping"})
        assert await alice.receive_json_from() == {"type": "pong"}
        bell.set_server_loop(asyncio.get_running_loop())
        asked = asyncio.create_task(sync_to_async(ask_and_keep_the_database_busy)())
        await _until_given_up()
        bell.set_server_loop(None)
        given_up.set()
        heard = await alice.receive_json_from(PATIENCE)
        assert heard["approval_id"] == await asked


async def test_who_reads_the_journal_outlives_a_database_that_fails_while_it_tells(
    desk: Desk, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = audience.groups_to_tell, iter([DatabaseError("gone for a moment")])

    def fails_once(approval_id: str) -> list[str]:
        for failure in failures:
            raise failure
        return real(approval_id)

    monkeypatch.setattr(audience, "groups_to_tell", fails_once)
    async with listening("/ws/inbox/", desk.alice) as alice:
        await alice.send_json_to({"type": "ping"})
        assert await alice.receive_json_from() == {"type": "pong"}
        approval = await sync_to_async(desk.ask)()
        heard = await alice.receive_json_from(PATIENCE)
        assert heard["approval_id"] == approval.pk
