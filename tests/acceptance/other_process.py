"""Other processes that take part in a test on its database, and may be killed.

They are forked by a server that has imported everything already, so that one is there
in a hundredth of a second.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from django.db import connection

from tests.acceptance import shared_runs
from tests.acceptance.effects import PATIENCE, Effects, eventually

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


def together(number: int) -> Barrier:
    """Where so many processes meet before each thing they do."""
    return _processes.Barrier(number)


class Refused(Exception):
    """What was asked for raised; the message begins with the error's name."""


class OtherProcess:
    """A process that does one thing at a time, as it is told."""

    def __init__(
        self,
        effects: Effects,
        changes: dict[str, Any] | None = None,
        *,
        host: str = "",
        together: Barrier | None = None,
    ) -> None:
        self._mine, theirs = _processes.Pipe()
        database = str(connection.settings_dict["NAME"])
        joining = (database, effects, changes or {}, host)
        self._process = _processes.Process(
            target=_take_part, args=(theirs, joining, together), daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        pid = self._process.pid
        assert pid is not None
        return pid

    def begin(self, deed: Callable[..., Any], *args: Any) -> None:
        """Tell it what to do; it goes on while the test does."""
        self._mine.send((deed, args))

    def outcome(self, patience: float = PATIENCE) -> Any:
        """What came of it. Raises ``Refused`` if it raised."""
        assert self._mine.poll(patience), "the other process is not done"
        refused, outcome = self._mine.recv()
        if refused:
            raise Refused(outcome)
        return outcome

    def does(self, deed: Callable[..., Any], *args: Any) -> Any:
        """Have it done, and wait for what comes of it."""
        self.begin(deed, *args)
        return self.outcome()

    def kill9(self) -> None:
        """End it at once, wherever it is."""
        with suppress(ProcessLookupError):  # it may just have ended by itself
            os.kill(self.pid, signal.SIGKILL)
        self._process.join(PATIENCE)

    def freeze(self) -> None:
        """Let it do nothing at all, as a paused machine does.

        Its threads stop one after the other; on a busy machine that takes a moment.
        """
        os.kill(self.pid, signal.SIGSTOP)
        eventually(lambda: set(self._states()) <= {"T"})

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _states(self) -> Iterator[str]:
        """How each of its threads is, in the letters of ``ps``; none without /proc."""
        for stat in Path(f"/proc/{self.pid}/task").glob("*/stat"):
            yield stat.read_text().rpartition(")")[2].split()[0]

    def end(self) -> None:
        """Leave nothing of it behind."""
        if self._process.is_alive():
            self.kill9()
        self._process.close()
        self._mine.close()


def _take_part(
    told: Connection, joining: tuple[Any, ...], together: Barrier | None
) -> None:
    shared_runs.step_in(*joining)
    while True:
        try:
            deed, args = told.recv()
        except EOFError:
            return
        if deed is shared_runs.one_by_one:
            assert together is not None
            args = (lambda: together.wait(PATIENCE), *args)
        try:
            told.send((False, deed(*args)))
        except Exception as error:
            told.send((True, f"{type(error).__name__}: {error}"))
