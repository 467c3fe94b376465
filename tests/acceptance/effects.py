"""What steps leave behind outside of the database, seen from every process.

Each effect is a line that was appended to one file in one write, so nothing that was
executed twice stays unseen. A gate is a file: a step waits until it is there.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 20.0  # seconds after which a test, or a step at a gate, gives up
PAUSE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A step said that it got so far: which attempt, in which process."""

    what: str
    key: str  # the idempotency key it was given
    pid: int


class Effects:
    """The effects of the runs of one test, in a directory of their own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lines = directory / "effects"

    def note(self, what: str, key: str) -> None:
        """Leave an effect; durable even if the process dies right after."""
        effect = Effect(what=what, key=key, pid=os.getpid())
        file = os.open(self._lines, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(file, json.dumps(asdict(effect)).encode() + b"\n")
        finally:
            os.close(file)

    def all(self) -> list[Effect]:
        if not self._lines.exists():
            return []
        # What another process is just writing may be seen in part.
        lines = self._lines.read_text().rpartition("\n")[0].splitlines()
        return [Effect(**json.loads(line)) for line in lines]

    def times(self) -> Counter[str]:
        """How often each effect happened."""
        return Counter(effect.what for effect in self.all())

    def keys(self, what: str) -> set[str]:
        """The idempotency keys an effect happened under."""
        return {effect.key for effect in self.all() if effect.what == what}

    def pids(self, what: str) -> list[int]:
        """The processes an effect happened in, in order."""
        return [effect.pid for effect in self.all() if effect.what == what]

    def has(self, what: str, times: int = 1) -> None:
        """Wait until an effect has happened so often."""
        eventually(lambda: self.times()[what] >= times, PATIENCE + times)

    def open(self, gate: str) -> None:
        """Let everybody through who waits at the gate, or comes later."""
        (self._directory / f"open-{gate}").touch()

    def is_open(self, gate: str) -> bool:
        return (self._directory / f"open-{gate}").exists()

    def wait_at(self, gate: str) -> None:
        """Hold the calling thread until the gate is open."""
        eventually(lambda: self.is_open(gate))


def eventually(question: Callable[[], T], patience: float = PATIENCE) -> T:
    """The first true answer to a question asked again and again."""
    deadline = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(PAUSE)
    return answer
