"""SEMANTICS 13, 19, 29: timers beside a step that runs; nobody waits for that step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.engine.making import Calls, Context, Gate, background, eventually, settled
from workflows import Step, Workflow

pytestmark = pytest.mark.django_db(transaction=True)


def beside_a_long_step(calls: Calls, gate: Gate, *other: Step | Workflow) -> Workflow:
    slow = calls.step("slow", gate.body("slow"))
    return Workflow("flow").parallel([*other, slow]).commit()


def test_a_sleep_beside_a_running_step_ends_in_time(calls: Calls) -> None:
    gate = Gate()
    nap = Workflow("nap").sleep(0.1).then(calls.step("awake", 1)).commit()
    run = beside_a_long_step(calls, gate, nap).create_run()
    executing = background(run.astart({}))
    gate.reached()
    assert eventually(lambda: calls["awake"]) == 1
    gate.open()
    assert settled(executing).result == {"nap": 1, "slow": "slow"}


def test_a_durable_delay_beside_a_running_step_ends_in_time(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.recorder.DURABLE_DELAY", timedelta(0))

    def body(ctx: Context) -> int:
        if not ctx.retry_count:
            raise RuntimeError("not yet")
        return 2

    gate = Gate()
    again = calls.step("again", body, retries=1, retry_delay=0.1)
    run = beside_a_long_step(calls, gate, again).create_run()
    executing = background(run.astart({}))
    gate.reached()
    assert eventually(lambda: calls["again"] == 2)
    gate.open()
    assert settled(executing).result == {"again": 2, "slow": "slow"}
