"""The threads everything stands on outlive whatever goes wrong in between."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from django.db import OperationalError

from tests.engine.journals import Around, over
from tests.engine.making import PATIENCE, Calls, Context, asks, on_engine, started
from workflows import Workflow, hooks
from workflows.committer import Journal
from workflows.hooks import EngineHooks
from workflows.runner import Engine
from workflows.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")


class Stumbling(Around):
    """The first questions to the database fail."""

    def __init__(self, inner: Journal) -> None:
        super().__init__(inner)
        self._errors = [OperationalError("no such table"), ValueError("odd")] * 2

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        if self._errors:
            raise self._errors.pop()
        return await self.inner.call(function, *args)


async def _worked_off(engine: Engine, is_done: Callable[[], bool]) -> None:
    worker = Worker(engine)
    working = asyncio.create_task(worker.run())
    async with asyncio.timeout(PATIENCE):
        while not is_done() and not working.done():
            await asyncio.sleep(0.01)
    worker.stop()
    await working


def test_a_worker_looks_again_when_it_could_not_even_begin(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("only", "done")).commit()
    run = flow.create_run()
    run.start({}, wait=False)
    on_engine(_worked_off(over(Stumbling), lambda: bool(calls["only"])))
    assert run.refresh().result == "done"


class Raising(EngineHooks):
    """Listens badly."""

    def opened(self, suspensions: Any) -> None:
        raise ValueError("a mistake in a hook")


def test_a_hook_that_raises_stops_nobody_elses_runs(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = Workflow("asking").then(calls.step("ask", asks())).commit()
    runs = [asking.create_run() for _ in range(8)]

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(
            *(run.astart({}) for run in runs), return_exceptions=True
        )

    with monkeypatch.context() as patch:
        patch.setattr(hooks, "_registered", [Raising()])
        outcomes = on_engine(asyncio.wait_for(all_at_once(), PATIENCE))
    assert {type(outcome) for outcome in outcomes} == {ValueError}
    other = Workflow("other").then(calls.step("only", "done")).commit()
    assert started(other)[1].result == "done"


def test_chunks_written_during_an_append_wait_for_no_outcome(calls: Calls) -> None:
    async def talk(ctx: Context) -> bool:
        for number in range(200):
            ctx.write(number)
            await asyncio.sleep(0.001)
        async with asyncio.timeout(PATIENCE):
            while len(await _chunks(ctx)) < 200:
                await asyncio.sleep(0.01)
        return True

    async def _chunks(ctx: Context) -> list[Any]:
        run = await flow.aget_run(ctx.run_id)
        chunks = await run.aevents()
        return [chunk for chunk in chunks if chunk.type == "workflow-step-output"]

    flow = Workflow("flow").then(calls.step("talk", talk)).commit()
    _, result = started(flow)
    assert result.result is True, result.error
