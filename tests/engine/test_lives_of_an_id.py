"""A run that was deleted, and another one created under its id."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.engine.journals import Overtaken, ends, execute, over
from tests.engine.making import Calls, Context, Gate, background, settled
from workflows import Run, Workflow

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_late_result_of_the_old_run_is_not_the_new_runs(calls: Calls) -> None:
    """Both stand at the same event number when the old result arrives."""
    old, new = Gate(), Gate()

    def body(ctx: Context) -> Any:
        return (old if ctx.input_data == "old" else new).body(ctx.input_data)(ctx)

    flow = Workflow("flow").then(calls.step("a", body)).commit()
    run = flow.create_run(run_id="same")
    second: list[Any] = []

    async def replace() -> None:
        await run.acancel()
        await flow.adelete_run(run.id)
        fresh: Run = await flow.acreate_run(run_id=run.id)
        second.append(background(fresh.astart("new")))
        while calls["a"] < 2:
            await asyncio.sleep(0.005)

    late = over(lambda inner: Overtaken(inner, ends("a"), replace))
    first = background(execute(run, flow, late, "old"))
    old.reached()
    old.open()
    settled(first)
    new.open()
    assert settled(second[0]).result == "new"
    assert flow.get_run(run.id).refresh().result == "new"
