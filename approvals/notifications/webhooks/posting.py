"""One POST to a checked address: no redirects, five seconds, 64 kB of answer unread."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any

from approvals.notifications.webhooks.guard import Target, target_of

SECONDS = 5.0
MOST = 65_536  # bytes of an answer that are taken from the line


class _Pinned(HTTPConnection):
    """Connects to the address that was checked, whatever the name says by now."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=SECONDS)
        self._target = target

    def connect(self) -> None:
        sock = socket.create_connection((self._target.address, self.port), SECONDS)
        self.sock: Any = sock
        if self._target.tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(sock, server_hostname=self._target.host)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer; raises ``Refused``, ``OSError`` or ``HTTPException``.

    The answer itself is dropped, so that it can tell nobody about a network.
    """
    target = target_of(url)
    connection = _Pinned(target)
    clock = threading.Timer(SECONDS, _hang_up, [connection])
    clock.daemon = True
    clock.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        response = connection.getresponse()
        response.read(MOST)
        return response.status
    finally:
        clock.cancel()
        connection.close()


def _hang_up(connection: _Pinned) -> None:
    """A time-out holds for one read; who sends a byte now and then outlives many."""
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):  # it ended by itself in the same moment
            sock.shutdown(socket.SHUT_RDWR)
