"""People at work on a server that may die at any time, and what it promised them."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, TypeAlias

from tests.acceptance.clients import Client, Refused

LOST = (OSError, HTTPException)  # the connection went, so nobody knows what happened
PATIENCE = 10.0
Answer: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One kind of request: who submits what, and who answers how."""

    workflow: str
    submitter: Client
    reviewer: Client
    input_data: dict[str, Any]
    answer: Answer


@dataclass(kw_only=True)
class Traffic:
    """Runs errands until told to stop; keeps what the server acknowledged."""

    errands: list[Errand]
    started: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    faults: list[Refused] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [
            threading.Thread(target=self._work, args=(errand,), daemon=True)
            for errand in self.errands
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def decides_within(self, seconds: float) -> bool:
        """Wait for the next acknowledged decision; whether it came in time."""
        before = len(self.decided)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if len(self.decided) > before:
                return True
            time.sleep(0.02)
        return False

    def _work(self, errand: Errand) -> None:
        for number in itertools.count(1):
            if self._stopped.is_set():
                return
            try:
                self._run(errand, f"crash-{errand.workflow}-{number:04}")
            except LOST:
                self._stopped.wait(0.05)
            except Refused as refused:
                self.faults.append(refused)

    def _run(self, errand: Errand, run_id: str) -> None:
        errand.submitter.post(
            f"workflows/{errand.workflow}/runs/",
            input_data=errand.input_data,
            run_id=run_id,
        )
        self.started.append(run_id)
        approval = self._asked(errand.reviewer, run_id)
        if approval is None:
            return
        errand.reviewer.post(
            f"approvals/{approval['id']}/decide/",
            data=errand.answer(approval),
            digest=approval["digest"],
            version=approval["version"],
        )
        self.decided.append(run_id)

    def _asked(self, reviewer: Client, run_id: str) -> dict[str, Any] | None:
        """The approval of the run, once its step has asked; None when time is over."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not self._stopped.is_set():
            found = reviewer.get(f"approvals/?status=open&run={run_id}")["results"]
            if found:
                approval: dict[str, Any] = reviewer.get(f"approvals/{found[0]['id']}/")
                return approval
            time.sleep(0.02)
        return None
