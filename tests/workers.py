"""Worker processes beside a server process, and a Redis of a test's own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers import ROOT, ServerProcess, free_port

PATIENCE = 60.0  # seconds; machines may be busy
CELERY = ("-m", "celery", "-A", "config", "worker", "--without-gossip")
RUN_WORKER = ("manage.py", "run_worker")


def eventually(question: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until the answer is yes."""
    end = time.monotonic() + patience
    while not question():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


@dataclass(kw_only=True)
class WorkerProcess:
    """Executes the runs of a server's database, and may be killed or frozen."""

    server: ServerProcess
    command: tuple[str, ...]
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        with (self.server.data_dir / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env={**self.server.environment, **self.extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self) -> str:
        return (self.server.data_dir / "worker.log").read_text(errors="replace")

    def kill9(self) -> None:
        self._send(signal.SIGKILL)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> int:
        """End it as an operator would; its exit code."""
        return self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            os.kill(self.pid, number)
        return self.process.wait(timeout=PATIENCE)


@contextmanager
def working(
    server: ServerProcess, *command: str, **extra: str
) -> Iterator[WorkerProcess]:
    """A worker while the test needs it."""
    worker = WorkerProcess(server=server, command=command, extra=extra)
    worker.start()
    try:
        yield worker
    finally:
        worker.kill9()


@dataclass(kw_only=True)
class PrivateRedis:
    """A Redis that a test may stop, freeze and empty."""

    directory: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("no redis-server")
        options = ["--bind", "127.0.0.1", "--save", "", "--dir", str(self.directory)]
        self.process = subprocess.Popen(
            [program, "--port", str(self.port), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(lambda: self.command("PING") == "PONG")

    def command(self, *words: str) -> str:
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout.strip()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE)
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
