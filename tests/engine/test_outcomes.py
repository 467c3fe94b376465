"""Outcomes reach the journal once, whenever they arrive."""

import asyncio
from typing import Any

import pytest

from tests.engine.journals import Slow, execute, over
from tests.engine.making import Calls, Context, on_engine
from workflows import Workflow

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_outcome_that_arrives_during_an_append_is_kept(calls: Calls) -> None:
    def after(seconds: float) -> Any:
        async def body(_: Context) -> float:
            await asyncio.sleep(seconds)
            return seconds

        return body

    delays = {"a": 0.0, "b": 0.005, "c": 0.03}
    members = [calls.step(name, after(delay)) for name, delay in delays.items()]
    flow = Workflow("flow").parallel(members).commit()
    run = flow.create_run()
    on_engine(execute(run, flow, over(Slow)))
    assert run.refresh().result == delays
    assert calls == {"a": 1, "b": 1, "c": 1}
