"""A delivery ends after its seconds, wherever the other side is slow."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from approvals.notifications.webhooks import posting

SECONDS = 0.4
SLOWER = 20.0  # what a busy machine may take
ENOUGH = 60.0  # so long it would take if nothing cut it off
HEAD = b"HTTP/1.0 200 OK\r\nConnection: close\r\n"


class Slow:
    """Accepts one connection and answers it bit by bit."""

    def __init__(self, answer: bytes, then: bytes) -> None:
        self.answer, self.then = answer, then
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.origin = f"127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with self.listening.accept()[0] as line:
            line.sendall(self.answer)
            ends = time.monotonic() + ENOUGH
            try:
                while time.monotonic() < ends:
                    line.sendall(self.then)
                    time.sleep(0.05)
            except OSError:
                return  # it was hung up on


@pytest.fixture
def slow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(posting, "SECONDS", SECONDS)
    made: list[Slow] = []

    def make(scheme: str, answer: bytes = b"", then: bytes = b"") -> str:
        made.append(Slow(answer, then))
        url = f"{scheme}://{made[-1].origin}"
        allowed = {"WEBHOOK_LOCAL_RECEIVERS": (url,)}
        settings.APPROVALS = {**settings.APPROVALS, **allowed}
        return url

    yield make
    for each in made:
        each.listening.close()


def took(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def fails(url: str) -> Callable[[], object]:
    def act() -> None:
        with pytest.raises(TimeoutError):
            posting.post(url, b"{}", {})

    return act


def test_a_head_that_drips_is_cut_off_and_counts_as_no_answer(slow: Any) -> None:
    url = slow("http", HEAD + b"X-Slow: ", b"a")
    assert took(fails(url)) < SLOWER


def test_an_answer_that_drips_is_cut_off_and_its_status_counts(slow: Any) -> None:
    """Also where the connection is done with, once the head has come."""
    url = slow("http", HEAD + b"\r\n", b"a")
    statuses: list[int] = []
    assert took(lambda: statuses.append(posting.post(url, b"{}", {}))) < SLOWER
    assert statuses == [200]


def test_what_connecting_takes_is_taken_off_the_handshake(
    slow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = slow("https")
    connect, wrap = socket.create_connection, ssl.SSLContext.wrap_socket
    left: list[float | None] = []

    def connects_late(*given: Any) -> socket.socket:
        time.sleep(SECONDS / 2)
        return connect(*given)

    def wraps(context: ssl.SSLContext, sock: socket.socket, **options: Any) -> Any:
        left.append(sock.gettimeout())
        return wrap(context, sock, **options)

    monkeypatch.setattr(socket, "create_connection", connects_late)
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wraps)
    fails(url)()
    assert [seconds is not None and seconds <= SECONDS / 2 for seconds in left] in (
        [True],
        [],  # the machine was so busy that nothing was left
    )
