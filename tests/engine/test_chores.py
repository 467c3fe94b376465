"""What other apps have the worker do at set times: in time, once, beside the runs."""

import asyncio
import threading
import time
from typing import Any

import pytest

from tests.engine.making import Calls, started
from workflows import Workflow, hooks, process
from workflows.hooks import Chore
from workflows.testing import run_until_idle
from workflows.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


class Kettle:
    """Boils at set moments."""

    def __init__(self, *moments: float) -> None:
        self.moments = sorted(moments)
        self.boiled: list[float] = []

    def next_in(self) -> float | None:
        return self.moments[0] - time.monotonic() if self.moments else None

    def do_due(self) -> int:
        due = [moment for moment in self.moments if moment <= time.monotonic()]
        self.moments = [moment for moment in self.moments if moment not in due]
        self.boiled += [time.monotonic() for _ in due]
        return len(due)


class Broken:
    def __init__(self) -> None:
        self.tries = 0

    def next_in(self) -> float | None:
        return 0 if self.tries < 3 else None

    def do_due(self) -> int:
        self.tries += 1
        raise RuntimeError("no water")


class Stuck(Kettle):
    """Does not get done before somebody lets it go."""

    def __init__(self, *moments: float) -> None:
        super().__init__(*moments)
        self.begun, self.free = threading.Event(), threading.Event()

    def do_due(self) -> int:
        self.begun.set()
        self.free.wait(5)
        return super().do_due()


@pytest.fixture(autouse=True)
def _no_chores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_chores", [])
    monkeypatch.setattr(hooks, "_slow_chores", [])


def add(*chores: Chore) -> None:
    for chore in chores:
        hooks.add_chore(chore)


async def test_a_worker_does_a_chore_when_its_moment_comes(settings: Any) -> None:
    """Not before it, and without waiting for the next poll, which is far away."""
    settings.WORKFLOWS = {**settings.WORKFLOWS, "IDLE_POLL": 60}
    moment = time.monotonic() + 0.1
    kettle = Kettle(moment)
    add(kettle)
    worker = Worker(await process.engine())
    working = asyncio.create_task(worker.run())
    async with asyncio.timeout(5):
        while not kettle.boiled:
            await asyncio.sleep(0.01)
        worker.stop()
        await working
    assert len(kettle.boiled) == 1
    assert kettle.boiled[0] >= moment


def test_run_until_idle_does_what_is_due_and_leaves_what_is_not(calls: Calls) -> None:
    late = time.monotonic() + 3600
    kettle = Kettle(0.0, 1.0, late)
    add(kettle)
    run_until_idle()
    assert (len(kettle.boiled), kettle.moments) == (2, [late])


def test_a_broken_chore_stops_neither_the_others_nor_the_runs(calls: Calls) -> None:
    broken, kettle = Broken(), Kettle(0.0)
    add(broken, kettle)
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    run, _ = started(flow, wait=False)
    run_until_idle()
    assert run.refresh().status == "success"
    assert broken.tries >= 1
    assert len(kettle.boiled) == 1


async def test_neither_runs_nor_chores_wait_for_a_slow_one(calls: Calls) -> None:
    stuck, kettle = Stuck(0.0), Kettle(time.monotonic() + 0.05)
    hooks.add_slow_chore(stuck)
    add(kettle)
    worker = Worker(await process.engine())
    working = asyncio.create_task(worker.run())
    async with asyncio.timeout(5):
        while not (stuck.begun.is_set() and kettle.boiled):
            await asyncio.sleep(0.01)
        assert not stuck.boiled
        stuck.free.set()
        worker.stop()
        await working
    assert len(stuck.boiled) == 1


async def test_slow_chores_are_left_out_of_until_idle_unless_asked_for() -> None:
    kettle = Kettle(0.0)
    hooks.add_slow_chore(kettle)
    worker = Worker(await process.engine())
    await worker.run_until_idle()
    assert not kettle.boiled
    await worker.run_until_idle(slow_chores=True)
    assert len(kettle.boiled) == 1
