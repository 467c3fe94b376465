"""The worker's rounds: what other apps have to be done at set times.

The database alone says what is due. A look costs a query, so it is taken when the
nearest item is due, and every ``IDLE_POLL`` for what was added meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf

from workflows import conf, hooks
from workflows.runner import Engine
from workflows.steps import PoolThreads, Threads

logger = logging.getLogger(__name__)


class Rounds:
    """Does the chores until it is stopped."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End ``run`` once what is being done is done."""
        self._stopped.set()

    async def run(self) -> None:
        """Do what is due until ``stop``; each slow chore at its own pace."""
        slow = hooks.slow_chores()
        with ThreadPoolExecutor(len(slow) + 1, "workflows-chore") as pool:
            await asyncio.gather(
                self._repeat(hooks.chores(), self._engine.threads),
                *(self._repeat([chore], PoolThreads(pool)) for chore in slow),
            )

    async def look(self) -> int:
        """Do what is due and quick, once; how many items that were."""
        return (await self._look(hooks.chores(), self._engine.threads))[0]

    async def look_at_slow(self) -> None:
        """Do all that is due and slow."""
        while (await self._look(hooks.slow_chores(), self._engine.threads))[0]:
            pass

    async def _repeat(self, chores: Sequence[hooks.Chore], threads: Threads) -> None:
        while not self._stopped.is_set():
            done, pause = await self._look(chores, threads)
            try:
                async with asyncio.timeout(0 if done else pause):
                    await self._stopped.wait()
            except TimeoutError:
                pass

    async def _look(
        self, chores: Sequence[hooks.Chore], threads: Threads
    ) -> tuple[int, float]:
        """Do what is due: how many items that were, and when to look again."""
        done, pause = 0, float(conf.get("IDLE_POLL"))
        for chore in chores:
            try:
                did, wait = await self._do(chore, threads)
            except Exception:
                # Whatever went wrong in one, the others and the runs go on.
                logger.exception("a chore could not be done")
                continue
            done, pause = done + did, min(pause, wait)
        return done, pause

    async def _do(self, chore: hooks.Chore, threads: Threads) -> tuple[int, float]:
        """One chore: items done, and seconds until it has to be looked at again."""
        wait = await self._engine.journal.call(chore.next_in)
        if wait is None:
            return 0, inf
        if wait > 0:
            return 0, wait
        return await threads.call(chore.do_due), inf
