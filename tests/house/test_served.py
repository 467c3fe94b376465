"""The site as a real server process gives it out."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from tests.servers import ServerFactory, ServerProcess

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Cookie: {cookie}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SIGN_IN = """
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.create_user("deaf"))
print(client.cookies.output(header="").split(";")[0].strip())
"""

pytestmark = pytest.mark.one_database


def handshake(server: ServerProcess, path: str, *, origin: str = "") -> int:
    """The status that answers a WebSocket handshake."""
    host = f"127.0.0.1:{server.port}"
    origin = origin or f"http://{host}"
    text = HANDSHAKE.format(path=path, host=host, origin=origin, cookie="")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(text.encode())
        answer = raw.recv(100).decode()
    return int(answer.split()[1])


def read_to_the_end(raw: socket.socket) -> bool:
    """Whether the other side has closed, and does not merely say nothing more."""
    try:
        while raw.recv(4_096):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


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


def test_a_socket_that_answers_no_ping_is_closed(server_factory: ServerFactory) -> None:
    server = server_factory.create()
    cookie = server.shell(SIGN_IN).split()[-1]
    server.start("--ping-interval", "1", "--ping-timeout", "1")  # 20 and 30 by default
    host = f"127.0.0.1:{server.port}"
    text = HANDSHAKE.format(
        path="/ws/inbox/", host=host, origin=f"http://{host}", cookie=cookie
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as deaf:
        deaf.sendall(text.encode())
        assert b" 101 " in deaf.recv(20)
        assert read_to_the_end(deaf)
