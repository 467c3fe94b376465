"""Real servers in processes of their own, for tests that crash, race or browse."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
START_SECONDS = 40
COLLECTED = "collected"  # static files
ASKED_OFTEN = """
import contextlib, io, json, sys, traceback
import django
from django.db import connections
django.setup()
for line in sys.stdin:
    said, fault = io.StringIO(), ""
    with contextlib.redirect_stdout(said):
        try:
            exec(json.loads(line), {})
        except Exception:
            fault = traceback.format_exc()
    connections.close_all()
    print(json.dumps([said.getvalue(), fault]), flush=True)
"""


@dataclass(kw_only=True)
class ServerProcess:
    """The product under Daphne, with its real settings, on a port of 127.0.0.1.

    `start` returns when the server is ready to serve. After `kill9` or `stop`, `start`
    brings it up again on the same port and database.
    """

    database_url: str
    data_dir: Path
    static_root: Path | None = None
    extra: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of the server and of its commands."""
        return {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "DATABASE_URL": self.database_url,
            "DATA_DIR": str(self.data_dir),
            "STATIC_ROOT": str(self.static_root or self.data_dir.parent / "static"),
            "SECRET_KEY": "only-for-tests-" + "0123456789" * 4,
            **self.extra,
        }

    def start(self, *options: str, timeout: float = START_SECONDS) -> None:
        assert self.process is None, "the server is running"
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p"]
        with (self.data_dir / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, str(self.port), *options, "config.asgi:application"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready(time.monotonic() + timeout)

    def kill9(self) -> None:
        """End the process as a power cut would: at once, wherever it is."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the process as an operator would; kill it if it takes over 10 s."""
        self._end(signal.SIGTERM)

    def manage(self, *arguments: str, timeout: float = 60) -> str:
        """Run a management command on the server's database; its standard output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def shell(self, code: str, *, timeout: float = 60) -> str:
        """Run Python code on the server's database; what it printed."""
        return self.manage("shell", "-v", "0", "-c", code, timeout=timeout)

    def log(self) -> str:
        """All that the server has written so far."""
        return (self.data_dir / "server.log").read_text(errors="replace")

    def _wait_until_ready(self, deadline: float) -> None:
        assert self.process is not None
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the server ended:\n{self.log()}"
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.kill9()
        raise AssertionError(f"the server did not get ready:\n{self.log()}")

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)
        self.process = None


class Shell:
    """What ``ServerProcess.shell`` does, by one process for many calls.

    Starting it takes longer than most of what is asked of it.
    """

    def __init__(self, server: ServerProcess) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ASKED_OFTEN],
            cwd=ROOT,
            env={**server.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str) -> str:
        """Run it in a namespace of its own; what it printed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        said, fault = json.loads(self.process.stdout.readline())
        assert not fault, fault
        return str(said)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


class ServerFactory:
    """Makes servers whose databases are copies of one that was migrated once.

    All test workers share that one, and the collected files, through a directory.
    """

    def __init__(
        self, directory: Path, *, shared: Path, postgres_url: str | None
    ) -> None:
        self.directory, self.shared = directory, shared
        self.postgres_url = postgres_url
        self.servers: list[ServerProcess] = []
        self.databases: list[str] = []

    def create(self, **extra: str) -> ServerProcess:
        """A server that isn't started yet; `extra` goes into its environment."""
        name = uuid.uuid4().hex[:12]
        with self._locked():
            if not self._ready.exists():
                self._make_template()
            url = self._copied_database(name)
        server = self._prepare(url, extra)
        self.servers.append(server)
        return server

    def create_for_demo(self, **extra: str) -> ServerProcess:
        """The same with a folder of its own for static files: ``demo`` collects them
        anew, which two workers can't do in one folder.
        """
        server = self.create(**extra)
        server.static_root = server.data_dir / "static"
        return server

    def end_servers(self) -> None:
        for server in self.servers:
            server.kill9()
        self.servers.clear()

    def drop_databases(self) -> None:
        for name in self.databases:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self.databases.clear()

    def drop_template(self) -> None:
        """For the end of the whole suite, when no worker copies it any more."""
        if self.postgres_url and self._ready.exists():
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)

    @property
    def _template(self) -> str:
        return f"cs_template_{self.shared.name}"

    @property
    def _ready(self) -> Path:
        """Is there once there is something to copy; of SQLite, it is that."""
        port = urlsplit(self.postgres_url).port if self.postgres_url else "sqlite3"
        return self.shared / f"template.{port}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Until the end no other worker makes the template."""
        with (self.shared / "template.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _make_template(self) -> None:
        draft = self.shared / "draft.sqlite3"
        url = f"sqlite:///{draft}"
        if self.postgres_url is not None:
            self._execute("DROP DATABASE IF EXISTS {}", self._template)
            url = self._create(self._template, template="template0")
        template = self._prepare(url, {})
        template.manage("migrate", "--verbosity", "0", timeout=120)
        # The folder itself is there as soon as the settings were read.
        if not (self.shared / COLLECTED / "staticfiles.json").exists():
            template.manage("collectstatic", "--no-input", "--verbosity", "0")
        if self.postgres_url is not None:
            draft.touch()
        draft.rename(self._ready)

    def _prepare(self, database_url: str, extra: dict[str, str]) -> ServerProcess:
        data_dir = self.directory / uuid.uuid4().hex[:12]
        data_dir.mkdir(parents=True)
        return ServerProcess(
            database_url=database_url,
            data_dir=data_dir,
            static_root=self.shared / COLLECTED,
            extra=extra,
        )

    def _copied_database(self, name: str) -> str:
        if self.postgres_url is None:
            # Every connection to it is closed, so the file alone is the database.
            target = self.directory / f"{name}.sqlite3"
            shutil.copyfile(self._ready, target)
            return f"sqlite:///{target}"
        self.databases.append(f"cs_{name}")
        return self._create(f"cs_{name}", template=self._template)

    def _create(self, name: str, *, template: str) -> str:
        assert self.postgres_url is not None
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return urlsplit(self.postgres_url)._replace(path=f"/{name}").geturl()

    def _execute(self, statement: str, *names: str) -> None:
        assert self.postgres_url is not None
        with psycopg.connect(self.postgres_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
