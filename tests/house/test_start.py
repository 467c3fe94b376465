"""A server or worker that could not keep the product's promises is not started."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.test import override_settings

from config import broker
from tests.servers import ROOT, ServerFactory, ServerProcess
from tests.settings import ON_POSTGRESQL

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


def loaded(server: ServerProcess, before: str = "") -> str:
    """What loading the application says to an operator, after a change of settings."""
    change = f"from django.conf import settings\n{before}\nimport config.asgi"
    done = subprocess.run(
        [sys.executable, "-c", f"import django; {change}"],
        cwd=ROOT,
        env={**server.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1] if done.returncode else ""
    return last


@pytest.mark.one_database
def test_a_database_that_does_not_answer_stops_server_and_worker(
    tmp_path: Path,
) -> None:
    server = ServerProcess(database_url=NOWHERE, data_dir=tmp_path)
    said = loaded(server)
    assert "Start it, or correct DATABASE_URL" in said
    with pytest.raises(AssertionError, match="correct DATABASE_URL"):
        server.manage("run_worker")


def test_a_second_server_needs_a_redis(server_factory: ServerFactory) -> None:
    first = server_factory.create()
    first.start()
    assert "REDIS_URL" in loaded(first)
    first.kill9()
    assert loaded(first) == ""


if not ON_POSTGRESQL:

    def test_a_sqlite_that_would_lose_decisions_stops_the_start(
        server_factory: ServerFactory,
    ) -> None:
        server = server_factory.create()
        weaker = (
            "options = settings.DATABASES['default']['OPTIONS']\n"
            "options['init_command'] = "
            "options['init_command'].replace('synchronous=FULL', 'synchronous=NORMAL')"
        )
        assert "synchronous=FULL" in loaded(server, weaker)


if ON_POSTGRESQL:  # SQLite's clock is this machine's

    def test_a_postgresql_that_would_lose_decisions_stops_the_start(
        server_factory: ServerFactory,
    ) -> None:
        server = server_factory.create()
        server.database_url += "?options=-c%20synchronous_commit%3Doff"
        assert "Set synchronous_commit=on" in loaded(server)
        with pytest.raises(AssertionError, match="Set synchronous_commit=on"):
            server.manage("doctor")

    def test_a_clock_that_disagrees_with_the_database_stops_the_start(
        server_factory: ServerFactory,
    ) -> None:
        five_minutes_ahead = (
            "import time; real = time.time; time.time = lambda: real() + 300"
        )
        assert "(NTP)" in loaded(server_factory.create(), five_minutes_ahead)


def test_a_redis_that_is_gone_is_told_of_at_once_and_is_not_fatal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes no answer back
        gone = f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"
        for url in (gone, "redis://127.0.0.1:1/0"):
            began = time.monotonic()
            with override_settings(REDIS_URL=url):
                assert broker.trouble().startswith("Redis does not answer")
            assert time.monotonic() - began < 5 * broker.TIMEOUT
    with override_settings(REDIS_URL=""):
        assert broker.trouble() == ""
