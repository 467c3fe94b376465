"""Tasks of a server that run as long as somebody needs them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class OncePerLoop:
    """At most one such task on each event loop; a finished one may begin again."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start the task on this event loop, unless it is at work there."""
        loop = asyncio.get_running_loop()
        self._tasks = {task for task in self._tasks if not task.done()}
        if not any(task.get_loop() is loop for task in self._tasks):
            self._tasks.add(loop.create_task(work()))
