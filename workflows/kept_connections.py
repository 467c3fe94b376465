"""A thread that keeps its database connections sees to it that they are alive.

Django does this between two requests; the engine's own threads serve none.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connections

QUIET = 1.0  # seconds unused, after which a connection may be lost and nobody knows


class KeptConnections:
    """Those of the one thread that calls ``revive``."""

    def __init__(self) -> None:
        self._used = time.monotonic()

    def revive(self) -> None:
        """Drop what was lost, so that the next statement connects anew.

        A connection is tried after an error of its own, and when it was not used for
        a second: a database that went and came back meanwhile fails nobody.
        """
        now = time.monotonic()
        was_quiet, self._used = now - self._used > QUIET, now
        for each in connections.all(initialized_only=True):
            if each.connection is None or each.in_atomic_block:
                continue
            if was_quiet or each.errors_occurred:
                each.errors_occurred = not each.is_usable()
                if each.errors_occurred:
                    each.close()


class OneThread(ThreadPoolExecutor):
    """An executor of one thread that keeps its connections."""

    def __init__(self, name: str) -> None:
        super().__init__(1, name)
        self._kept = KeptConnections()

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(self._run, function, *args, **kwargs)

    def _run(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        self._kept.revive()
        return function(*args, **kwargs)
