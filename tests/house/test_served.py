"""The site as a real server process gives it out."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from tests.servers import ServerProcess

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

pytestmark = pytest.mark.one_database


def handshake(server: ServerProcess, path: str, *, origin: str = "") -> int:
    """The status that answers a WebSocket handshake."""
    host = f"127.0.0.1:{server.port}"
    text = HANDSHAKE.format(path=path, host=host, origin=origin or f"http://{host}")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(text.encode())
        answer = raw.recv(100).decode()
    return int(answer.split()[1])


def post_chunks(server: ServerProcess, path: str, chunks: Iterator[bytes]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Content-Type": "application/json"}
    try:
        connection.request("POST", path, chunks, headers, encode_chunked=True)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_server_is_ready_refuses_what_it_must_and_comes_back_after_a_kill(
    live_server_process: ServerProcess,
) -> None:
    server = live_server_process
    assert handshake(server, "/ws/no-such-thing/") in (403, 404)
    assert handshake(server, "/ws/inbox/", origin="http://evil.example") == 403
    too_long = (b"x" * 65_536 for _ in range(17))
    assert post_chunks(server, "/api/v1/runs/", too_long) == 413
    server.kill9()
    server.start()
    assert '"status": "ok"' in server.manage("shell", "-v", "0", "-c", ASK_HEALTH)


ASK_HEALTH = """
from django.test import Client
print(Client(headers={"host": "localhost"}).get("/healthz").content.decode())
"""
