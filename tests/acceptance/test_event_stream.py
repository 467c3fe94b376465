"""Server-sent events from the real server: as they happen, and leaving nothing."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.servers import ServerProcess

SECONDS = 20
READERS = 12
SCENE = """
from django.contrib.auth.models import Permission, User
from workflows.rest import tokens
rita = User.objects.create_user("rita")
rita.user_permissions.add(Permission.objects.get(codename="start_run"))
print(tokens.issue(user=rita).token)
"""
# As if a worker elsewhere had the run: its streams stay open.
GOES_ON = """
from workflows.models import Run
Run.objects.update(status="running")
"""
CLAIM = {
    "employee": "Rita Moreno",
    "cost_centre": "ENG-210",
    "purpose": "Train to the customer and back.",
    "period_start": "2026-11-02",
    "period_end": "2026-11-02",
    "lines": [
        {
            "spent_on": "2026-11-02",
            "merchant": "National Railways",
            "category": "travel",
            "amount": "280.00",
        }
    ],
}


@dataclass
class Person:
    """Who asks with a token; closes what was opened."""

    port: int
    token: str
    opened: ExitStack

    def __call__(
        self, method: str, path: str, body: object = None
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        self.opened.callback(connection.close)
        headers = {"Authorization": f"Token {self.token}"}
        if path.endswith("/events/"):
            headers["Accept"] = "text/event-stream"
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        self.opened.callback(answer.close)
        return answer


def lines(stream: http.client.HTTPResponse) -> Iterator[str]:
    while line := stream.readline():
        yield line.decode().strip()


def threads(server: ServerProcess) -> int:
    assert server.process is not None
    return len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))


def settles(server: ServerProcess, most: int) -> None:
    """Wait until the server has no more threads than that."""
    deadline = time.monotonic() + SECONDS
    while threads(server) > most:
        assert time.monotonic() < deadline, threads(server)
        time.sleep(0.05)


def test_streams_follow_a_run_and_hold_no_thread(
    live_server_process: ServerProcess,
) -> None:
    server = live_server_process
    token = server.shell(SCENE).strip()
    path = "/api/v1/workflows/expense-approval/runs/"
    with ExitStack() as opened:
        rita = Person(server.port, token, opened)
        started = rita("POST", path, {"input_data": CLAIM})
        run = json.load(started)
        assert started.status == 201, run
        events = run["links"]["events"]
        stream = rita("GET", events)
        assert stream.headers["Content-Type"] == "text/event-stream"
        said = list(lines(stream))
        assert said[-2] == ": the run is suspended"
        assert "event: workflow-suspended" in said

        server.shell(GOES_ON)
        with ExitStack() as readers:
            settled = threads(server)
            reader = Person(server.port, token, readers)
            streams = [reader("GET", events) for _ in range(READERS)]
            for stream in streams:
                assert stream.readline().startswith(b": the run ")
            settles(server, settled + 2)
        stream = rita("GET", events)
        assert stream.readline().startswith(b": the run ")
        cancel = rita("POST", run["links"]["cancel"])
        assert cancel.status == 202
        assert ": the run is canceled" in list(lines(stream))
    assert "Traceback" not in server.log(), server.log()
