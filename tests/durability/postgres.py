"""A PostgreSQL cluster of a test's own, which it may stop, freeze and cut off."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.servers import free_port

PLACES = "/usr/lib/postgresql"
UNPRIVILEGED = "postgres"  # PostgreSQL refuses to run as root


@dataclass(kw_only=True)
class PrivatePostgres:
    """Durable as in production; only its log and sockets lie elsewhere."""

    directory: Path
    programs: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-N")

    def start(self) -> None:
        where = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.directory}"
        log = str(self.directory / "log")
        self._control("-w", "-l", log, "-o", where, "start")

    def stop(self) -> None:
        """At once, as when the machine is lost; the next start recovers."""
        self._control("-m", "immediate", "stop")

    def cut_off(self) -> None:
        """End every connection, wherever its transaction is."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int(Path(self._data, "postmaster.pid").read_text().split()[0])
        listed = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        for pid in (postmaster, *map(int, listed.split())):
            os.kill(pid, number)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", self._data, *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", UNPRIVILEGED, "--", *command]
        with (self.directory / "output").open("ab") as output:
            subprocess.run(
                command, cwd="/", stdout=output, stderr=output, timeout=60, check=True
            )


@contextmanager
def private_postgres() -> Iterator[PrivatePostgres]:
    """A running cluster; skips the test where PostgreSQL isn't installed."""
    found = sorted(Path(PLACES).glob("*/bin"))
    if not found:
        pytest.skip("no PostgreSQL programs (/usr/lib/postgresql)")
    directory = Path(tempfile.mkdtemp(prefix="countersign-postgres-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam(UNPRIVILEGED)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    cluster = PrivatePostgres(directory=directory, programs=found[-1])
    try:
        cluster.create()
        cluster.start()
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
