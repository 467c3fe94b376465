"""One POST to a checked address: no redirects, five seconds, 64 kB of answer unread."""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from approvals.notifications.webhooks.guard import Target, target_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SECONDS = 5.0
MOST = 65_536  # bytes of an answer that are taken from the line


class _Deadline:
    """The moment at which a delivery ends, wherever it is.

    The time-out of a socket holds for one use of it; who sends a byte now and then
    outlives many. So each use gets what is left.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds


class _Line:
    """What ``HTTPConnection`` needs of a socket, by the deadline."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        while data:
            self._sock.settimeout(self._deadline.left())
            data = data[self._sock.send(data) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._sock, self._deadline))

    def close(self) -> None:
        """The connection's end only: the answer that is read keeps the socket open."""
        self._sock.close()


class _Incoming(io.RawIOBase):
    """The bytes that come in."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Pinned(HTTPConnection):
    """Connects to the address that was checked, whatever the name says by now."""

    def __init__(self, target: Target, deadline: _Deadline) -> None:
        super().__init__(target.host, target.port)
        self._target, self._deadline = target, deadline

    def connect(self) -> None:
        address, left = (self._target.address, self.port), self._deadline.left
        sock = socket.create_connection(address, left())
        try:
            if self._target.tls:
                sock.settimeout(left())
                context = ssl.create_default_context()
                sock = context.wrap_socket(sock, server_hostname=self._target.host)
        except BaseException:
            sock.close()
            raise
        self.sock: Any = _Line(sock, self._deadline)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer; raises ``Refused``, ``OSError`` or ``HTTPException``.

    The answer itself is dropped, so that it can tell nobody about a network.
    """
    deadline = _Deadline(SECONDS)
    target = target_of(url)
    connection = _Pinned(target, deadline)
    try:
        connection.request("POST", target.path, body, dict(headers))
        response = connection.getresponse()
        with suppress(OSError, HTTPException):
            response.read(MOST)  # the status came; what follows changes nothing
        return response.status
    finally:
        connection.close()
