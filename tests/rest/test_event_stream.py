"""A run's events as server-sent events: through the ASGI application, as a server."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.db import connections
from django.test import Client
from knox.models import AuthToken

from tests.rest.scenes import BACKEND, RestCase, double, grant
from workflows import Run, Workflow
from workflows.rest import event_stream, tokens
from workflows.testing import isolated_registry, run_until_idle, stop_engine

STREAM = {"Accept": "text/event-stream"}
SOON = 5  # s


class Place:
    """One workflow, its run that nobody executes yet, and who may read it."""

    def __init__(self) -> None:
        self.olga = User.objects.create_user("olga")
        grant(self.olga, "view_run")
        workflow = Workflow("double", input_schema=int).then(double).commit()
        self.run: Run = workflow.create_run()
        self.run.start(21, wait=False)
        self.path = f"/api/v1/runs/{self.run.id}/events/"
        client = Client()
        client.force_login(self.olga, BACKEND)
        self.client = client
        self.session = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}


@pytest.fixture
def place(transactional_db: None) -> Iterator[Place]:
    with isolated_registry():
        yield Place()
    stop_engine()


class Reader:
    """The client's end of one stream."""

    def __init__(self, server: Any) -> None:
        self.server = server

    async def begin(self) -> dict[str, str]:
        """The headers of an answer that has begun."""
        start = await self.server.receive_output(SOON)
        assert start["status"] == 200, start
        return {k.decode().lower(): v.decode() for k, v in start["headers"]}

    async def block(self) -> str:
        """The next event or comment; empty at the end."""
        message = await self.server.receive_output(SOON)
        text: str = message.get("body", b"").decode()
        assert text.endswith("\n\n") or not message.get("more_body")
        return text

    async def rest(self) -> list[str]:
        blocks = []
        while block := await self.block():
            blocks.append(block)
        return blocks


@asynccontextmanager
async def reading(
    place: Place, query: str = "", **headers: str
) -> AsyncIterator[Reader]:
    """Ask for the stream; in the end the client goes away."""
    sent = {"Host": "localhost", **STREAM, **place.session, **headers}
    scope = {
        "type": "http",
        "method": "GET",
        "path": place.path,
        "query_string": query.encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
    }
    communicator: Any = ApplicationCommunicator  # carries no types
    server = communicator(get_asgi_application(), scope)
    await server.send_input({"type": "http.request", "body": b""})
    try:
        yield Reader(server)
    finally:
        await server.send_input({"type": "http.disconnect"})
        await server.wait(SOON)


async def in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Do it elsewhere, and leave no connection there."""

    def done() -> Any:
        try:
            return function(*args)
        finally:
            connections.close_all()

    return await asyncio.to_thread(done)


def parsed(block: str) -> tuple[int, str, Any]:
    lines = dict(line.split(": ", 1) for line in block.strip().splitlines())
    assert list(lines) == ["id", "event", "data"]
    return int(lines["id"]), lines["event"], json.loads(lines["data"])


async def test_the_stream_is_the_list_and_ends_with_the_run(place: Place) -> None:
    await in_thread(run_until_idle)
    listed = await in_thread(place.client.get, place.path)
    async with reading(place) as reader:
        headers = await reader.begin()
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store"
        assert "accept" in headers["vary"].lower()
        first, *blocks, last = await reader.rest()
    assert first.startswith(": ")
    assert last == ": the run is success\n\n"
    events = [parsed(block) for block in blocks]
    assert [data for _, _, data in events] == listed.json()
    assert [(seq, kind) for seq, kind, _ in events] == [
        (event["seq"], event["type"]) for event in listed.json()
    ]


async def test_events_come_while_they_happen(place: Place) -> None:
    async with reading(place) as reader:
        await reader.begin()
        await reader.block()
        assert parsed(await reader.block())[:2] == (1, "workflow-start")
        await in_thread(run_until_idle)
        *blocks, last = await reader.rest()
    assert parsed(blocks[-1])[1] == "workflow-finish"
    assert last == ": the run is success\n\n"


async def test_a_client_goes_on_where_it_left_off(place: Place) -> None:
    await in_thread(run_until_idle)
    async with reading(place, "after=1") as reader:
        await reader.begin()
        _, *blocks, _ = await reader.rest()
        assert parsed(blocks[0])[0] == 2
    async with reading(place, "after=1", **{"Last-Event-ID": "2"}) as reader:
        await reader.begin()
        _, *blocks, _ = await reader.rest()
        assert parsed(blocks[0])[0] == 3


async def test_a_silent_stream_shows_that_it_is_there(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.05)
    async with reading(place, "after=1") as reader:
        await reader.begin()
        await reader.block()
        assert await reader.block() == ": still here\n\n"


@pytest.mark.parametrize("reason", ["signed out", "disabled", "no permission"])
async def test_who_may_not_read_any_more_reads_no_more(
    place: Place, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr(event_stream, "RECHECK", 0.0)
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.5)
    async with reading(place, "after=1") as reader:
        await reader.begin()
        await reader.block()
        await in_thread(withdraw, place, reason)
        await in_thread(run_until_idle)
        blocks = [block for block in await reader.rest() if "still here" not in block]
    assert blocks == [": you may not read this any more\n\n"]


async def test_a_revoked_token_ends_its_stream(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "RECHECK", 0.0)
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.5)
    issued = await in_thread(partial(tokens.issue, user=place.olga))
    token = {"Authorization": f"Token {issued.token}", "Cookie": ""}
    async with reading(place, "after=1", **token) as reader:
        await reader.begin()
        await reader.block()
        assert await reader.block() == ": still here\n\n"
        await in_thread(AuthToken.objects.all().delete)
        blocks = [block for block in await reader.rest() if "still here" not in block]
    assert blocks == [": you may not read this any more\n\n"]


def withdraw(place: Place, reason: str) -> None:
    if reason == "signed out":
        place.client.logout()
    elif reason == "disabled":
        User.objects.update(is_active=False)
    else:
        place.olga.user_permissions.clear()


async def test_readers_hold_no_thread_and_leave_nothing_behind(place: Place) -> None:
    async with reading(place, "after=1") as first:
        await first.begin()
        await first.block()
        alone = threading.active_count()
        async with reading(place) as second, reading(place) as third:
            for reader in (second, third):
                await reader.begin()
                await reader.block()
            await threads_at_most(alone)
            assert event_stream.open_streams[place.olga.pk] == 3
        assert event_stream.open_streams[place.olga.pk] == 1
    assert event_stream.open_streams[place.olga.pk] == 0


async def threads_at_most(count: int) -> None:
    until = time.monotonic() + SOON
    while threading.active_count() > count:
        assert time.monotonic() < until, threading.enumerate()
        await asyncio.sleep(0.01)


class AskingTests(RestCase):
    def test_problems_of_a_stream_are_problems(self) -> None:
        path = f"/runs/{self.start('long-sleep', 1)}/events/"
        self.assert_problem(self.get(path, None, headers=STREAM), 401)
        self.assert_problem(self.get(path, self.carol, headers=STREAM), 404)
        self.assert_problem(self.get(f"{path}?x=1", self.rita, headers=STREAM), 400)
        html = {"Accept": "text/html"}
        self.assert_problem(self.get(path, self.rita, headers=html), 406)

    def test_a_last_event_that_is_no_event_is_refused(self) -> None:
        path = f"/runs/{self.start('long-sleep', 1)}/events/"
        for seen in ("", "x", "-1", "1e3", "9" * 30, "999"):
            with self.subTest(seen=seen):
                headers = {**STREAM, "Last-Event-ID": seen}
                response = self.get(path, self.rita, headers=headers)
                self.assert_problem(response, 400)

    def test_a_run_that_ended_has_no_more_for_who_read_it_all(self) -> None:
        path = f"/runs/{self.start('double', 1)}/events/"
        last = self.get(path, self.rita).json()[-1]["seq"]
        headers = {**STREAM, "Last-Event-ID": str(last)}
        response = self.get(path, self.rita, headers=headers)
        assert (response.status_code, response.content) == (204, b"")

    def test_nobody_opens_streams_without_end(self) -> None:
        path = f"/runs/{self.start('long-sleep', 1)}/events/"
        event_stream.open_streams[self.rita.pk] = event_stream.STREAMS_EACH
        self.addCleanup(event_stream.open_streams.clear)
        self.assert_problem(self.get(path, self.rita, headers=STREAM), 429)
        assert self.get(path, self.rita).status_code == 200
