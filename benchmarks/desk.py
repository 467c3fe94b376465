"""From a decision in one browser to the next approval in another one's.

A server in a process of its own; a manager who decides by REST, twenty times a second;
and somebody of finance, whom each of these decisions leads to, with a socket open. An
approval is visible once the server has given it to that second browser.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from approvals.models import Approval
from examples.expenses.workflows import expense_approval
from tests.servers import ServerProcess

A_SECOND = 20  # decisions
PATIENCE = 30.0  # seconds for the last of them to be seen
CSRF = "c" * 32
TEXT = 0x81  # a frame with a whole text
CLAIM = {
    "employee": "Carol Jimenez",
    "cost_centre": "MKT-120",
    "purpose": "A stand at the book fair in Leipzig.",
    "period_start": "2026-11-03",
    "period_end": "2026-11-03",
    "currency": "EUR",
    "lines": [
        {
            "spent_on": "2026-11-03",
            "merchant": "Leipziger Messe",
            "category": "travel",
            "amount": "2400.00",
        }
    ],
}


@dataclass(slots=True)
class Browser:
    """A signed-in person; each thread keeps a connection, as a browser does."""

    port: int
    cookie: str
    _own: threading.local = field(default_factory=threading.local)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and parsed body of one request to the API."""
        if not hasattr(self._own, "connection"):
            address = ("127.0.0.1", self.port)
            self._own.connection = http.client.HTTPConnection(*address, timeout=30)
        headers = {
            "Cookie": self.cookie,
            "Content-Type": "application/json",
            "X-CSRFToken": CSRF,
        }
        text = None if body is None else json.dumps(body)
        self._own.connection.request(method, f"/api/v1{path}", text, headers)
        response = self._own.connection.getresponse()
        return response.status, json.loads(response.read() or "null")


def times(count: int) -> list[float]:
    """Milliseconds from each of ``count`` decisions to what it brings up elsewhere."""
    manager, finance = _sign_in("desk-manager", "managers"), _sign_in("desk", "finance")
    questions = [_question() for _ in range(count)]
    with _server() as server, ThreadPoolExecutor(A_SECOND) as pool:
        decider = Browser(server.port, manager)
        other = Browser(server.port, finance)
        return asyncio.run(_decide_all(questions, decider, other, server, pool))


async def _decide_all(
    questions: list[Approval],
    decider: Browser,
    other: Browser,
    server: ServerProcess,
    pool: Executor,
) -> list[float]:
    loop = asyncio.get_running_loop()
    first = {question.pk for question in questions}
    began: dict[str, float] = {}
    seen: dict[str, float] = {}

    def decide(question: Approval) -> None:
        began[question.run_id] = time.perf_counter()
        answer = {
            "data": {"approved": True, "comment": "fine"},
            "digest": question.suspension.digest,
            "version": question.version,
        }
        path = f"/approvals/{question.pk}/decide/"
        status, said = decider.ask("POST", path, answer)
        assert status == HTTPStatus.OK, said

    def look(approval_id: str) -> None:
        status, shown = other.ask("GET", f"/approvals/{approval_id}/")
        if status == HTTPStatus.OK and approval_id not in first:
            seen.setdefault(shown["run_id"], time.perf_counter())

    def told(message: dict[str, Any]) -> None:
        if message["type"] == "approval":
            loop.run_in_executor(pool, look, message["approval_id"])

    said, kept_open = await _open_socket(server, other.cookie)
    listening = loop.create_task(_listen(said, told))
    decisions = []
    for question in questions:
        decisions.append(loop.run_in_executor(pool, decide, question))
        await asyncio.sleep(1 / A_SECOND)
    await asyncio.gather(*decisions)
    until = loop.time() + PATIENCE
    while len(seen) < len(began) and loop.time() < until:
        await asyncio.sleep(0.05)
    listening.cancel()
    kept_open.close()
    assert len(seen) == len(began), f"{len(began) - len(seen)} were never seen"
    return [(seen[run_id] - at) * 1000 for run_id, at in began.items()]


async def _open_socket(
    server: ServerProcess, cookie: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The socket that the page of an inbox keeps; forgetting either end closes it."""
    said, send = await asyncio.open_connection("127.0.0.1", server.port)
    send.write(
        f"GET /ws/inbox/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Origin: {server.url}\r\nCookie: {cookie}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    answer = await said.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101"), answer
    return said, send


async def _listen(
    said: asyncio.StreamReader, told: Callable[[dict[str, Any]], None]
) -> None:
    """Read the server's frames: all short, in one part, not masked."""
    while True:
        kind, length = await said.readexactly(2)
        if length == 126:
            length = int.from_bytes(await said.readexactly(2))
        payload = await said.readexactly(length)
        if kind == TEXT:
            told(json.loads(payload))


@contextmanager
def _server() -> Iterator[ServerProcess]:
    """The product on this benchmark's own database."""
    with tempfile.TemporaryDirectory(dir=".") as directory:
        data_dir = Path(directory).resolve()
        server = ServerProcess(
            database_url=os.environ["DATABASE_URL"],
            data_dir=data_dir,
            extra={"SECRET_KEY": settings.SECRET_KEY},
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _sign_in(name: str, group: str) -> str:
    """The cookies of a member of the group."""
    user, _ = get_user_model().objects.get_or_create(username=name)
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"


def _question() -> Approval:
    """What a manager is asked first, and finance next."""
    run = expense_approval.create_run()
    run.start(CLAIM)
    return Approval.objects.select_related("suspension").get(run_id=run.id)
