"""A Redis that is gone is told of, and keeps nobody from working."""

import json
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

from tests.servers import ROOT, ServerFactory, ServerProcess
from tests.workers import PrivateRedis, eventually

pytestmark = pytest.mark.one_database
GONE = "Redis does not answer"


def test_a_redis_that_is_gone_is_told_of_and_stops_no_start(
    server_factory: ServerFactory, private_redis: PrivateRedis
) -> None:
    private_redis.stop()
    server = server_factory.create(REDIS_URL=private_redis.url)
    server.start()  # it waits for a 200 of /readyz
    assert readiness(server)["redis"].startswith(GONE)
    assert GONE in doctor(server)
    private_redis.start()
    assert readiness(server) == {"status": "ok"}
    private_redis.freeze()
    assert readiness(server)["redis"].startswith(GONE)
    private_redis.thaw()
    eventually(lambda: readiness(server) == {"status": "ok"})
    assert GONE not in doctor(server)


def readiness(server: ServerProcess) -> Any:
    """What /readyz says; any status but 200 raises."""
    with urllib.request.urlopen(f"{server.url}/readyz", timeout=3) as reply:
        return json.load(reply)


def doctor(server: ServerProcess) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT,
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,  # whatever is bad in an installation for tests
    )
    return done.stdout
