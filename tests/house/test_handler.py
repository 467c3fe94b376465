"""The server's handler: one thread for each request, kept for the next one."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from channels.testing import HttpCommunicator
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import handler
from config.asgi import application
from config.handler import Handler
from tests.settings import ON_POSTGRESQL
from workflows import bell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]

PATIENCE = 10


class Site:
    """Pages under a handler of their own; where each request was, and on what."""

    def __init__(self) -> None:
        self.threads: list[int] = []
        self.connections: list[int] = []
        self.released = threading.Event()
        self.entered = threading.Semaphore(0)
        self.handler = Handler()

    def page(self, _: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        self.threads.append(threading.get_ident())
        self.connections.append(id(connection.connection))
        return HttpResponse("here")

    def slow(self, request: HttpRequest) -> HttpResponse:
        self.entered.release()
        assert self.released.wait(PATIENCE)
        return self.page(request)

    def given_up(self, request: HttpRequest) -> HttpResponse:
        """As a stream does that needs no thread for now."""
        context = SyncToAsync.thread_sensitive_context.get()
        thread = SyncToAsync.context_to_thread_executor.pop(context)
        thread.shutdown(wait=False)
        return self.page(request)

    def asking(self, name: str) -> HttpCommunicator:
        headers = [(b"host", b"127.0.0.1")]
        return HttpCommunicator(self.handler, "GET", f"/{name}/", headers=headers)

    async def get(self, name: str) -> int:
        asked = self.asking(name)
        answer = await asked.get_response(timeout=PATIENCE)
        await asked.wait()
        return int(answer["status"])

    async def get_many(self, count: int) -> None:
        """At the same time."""
        asked = [asyncio.create_task(self.get("slow")) for _ in range(count)]
        for _ in range(count):
            entered = await asyncio.to_thread(self.entered.acquire, timeout=PATIENCE)
            assert entered
        self.released.set()
        assert await asyncio.gather(*asked) == [200] * count


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    site = Site()
    names = ("page", "slow", "given_up")
    settings.ROOT_URLCONF = type(
        "Urls", (), {"urlpatterns": [path(f"{n}/", getattr(site, n)) for n in names]}
    )
    settings.MIDDLEWARE = []
    site.handler = Handler()
    yield site
    for thread in site.handler._idle:
        thread.submit(connections.close_all)
        thread.shutdown()


async def test_a_page_goes_to_one_thread_and_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def back(*_: object, **__: object) -> None:
        raise AssertionError("the request went back to the event loop")

    monkeypatch.setattr("asgiref.sync.AsyncToSync.__call__", back)
    headers = [(b"host", b"127.0.0.1")]
    asked = HttpCommunicator(application, "GET", "/accounts/login/", headers=headers)
    answer = await asked.get_response(timeout=PATIENCE)
    await asked.wait()
    assert answer["status"] == 200


async def test_one_request_after_the_other_has_the_same_thread(site: Site) -> None:
    """And the same connection, but where one of a pool is borrowed each time."""
    assert [await site.get("page") for _ in range(3)] == [200] * 3
    assert len(set(site.threads)) == 1
    if not ON_POSTGRESQL:
        assert len(set(site.connections)) == 1


async def test_requests_at_the_same_time_have_threads_of_their_own(site: Site) -> None:
    await site.get_many(3)
    assert len(set(site.threads)) == 3


async def test_after_a_rush_only_some_threads_are_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "KEPT", 2)
    await site.get_many(5)
    assert len(site.handler._idle) == 2
    assert [await site.get("page") for _ in range(2)] == [200] * 2


async def test_a_thread_that_a_stream_gave_up_is_not_used_again(site: Site) -> None:
    assert await site.get("given_up") == 200
    assert await site.get("page") == 200
    assert await site.get("page") == 200
    assert site.threads[1] == site.threads[2]


async def test_who_leaves_keeps_no_thread_busy_for_the_next(site: Site) -> None:
    """A browser that closes the window leaves a page at work behind."""
    asked = site.asking("slow")
    await asked.send_input({"type": "http.request"})
    assert await asyncio.to_thread(site.entered.acquire, timeout=PATIENCE)
    await asked.send_input({"type": "http.disconnect"})
    assert await asyncio.wait_for(site.get("page"), PATIENCE) == 200
    site.released.set()
    await asked.wait(PATIENCE)
    assert len(set(site.threads)) == 2


async def test_what_is_told_later_is_not_told_on_a_requests_thread() -> None:
    """By then the thread may be another request's, or gone."""
    bell.set_server_loop(asyncio.get_running_loop())
    told: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def tell() -> None:
        told.set_result(SyncToAsync.thread_sensitive_context.get(None))

    async with ThreadSensitiveContext():
        bell.to_server_loop(tell)
    assert await asyncio.wait_for(told, PATIENCE) is None
