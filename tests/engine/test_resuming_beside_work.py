"""SEMANTICS 8: a suspended member is resumed while its siblings still run."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from functools import partial
from typing import Any

import pytest

from tests.engine.journals import Overtaken, ends, execute, over, recorded
from tests.engine.making import (
    Calls,
    Context,
    Gate,
    again,
    asks,
    background,
    crash,
    eventually,
    expire_lease,
    on_engine,
    settled,
    started,
    stored,
)
from workflows import AlreadyResumed, Run, RunIsRunning, Workflow, models, runner
from workflows.events import EventType
from workflows.testing import run_until_idle

pytestmark = pytest.mark.django_db(transaction=True)


def beside(calls: Calls, gate: Gate) -> Workflow:
    """One member asks, one is held, one is done at once."""
    members = [
        calls.step("asks", asks({"q": 1})),
        calls.step("held", gate.body("held")),
        calls.step("done", "done"),
    ]
    after = calls.step("after", lambda ctx: ctx.input_data)
    return Workflow("flow").parallel(members).then(after).commit()


def is_asking(run: Run) -> bool:
    return bool(stored(run).suspensions.filter(status="open").exists())


def held_run(calls: Calls, gate: Gate) -> tuple[Run, Any]:
    """A run that is executed in the background: one member asks, one is held."""
    run = beside(calls, gate).create_run()
    executing = background(run.astart({}))
    gate.reached()
    eventually(lambda: is_asking(run))
    return run, executing


WHOLE = {"asks": {"ok": True}, "held": "held", "done": "done"}


def test_the_answer_is_recorded_at_once_and_taken_up(calls: Calls) -> None:
    gate = Gate()
    run, executing = held_run(calls, gate)
    result = again(run).resume({"ok": True}, step="asks", wait=False)
    assert result.status == "running"
    assert not is_asking(run)
    eventually(lambda: again(run).refresh().steps["asks"].status == "success")
    gate.open()
    assert settled(executing).result == WHOLE
    assert calls == {"asks": 2, "held": 1, "done": 1, "after": 1}


def test_a_run_with_an_open_question_is_running_while_a_sibling_runs(
    calls: Calls,
) -> None:
    gate = Gate()
    run, executing = held_run(calls, gate)
    seen = again(run).refresh()
    assert seen.status == stored(run).status == "running"
    assert seen.suspended == [["asks"]]
    assert seen.suspend_payload == {"asks": {"q": 1}}
    gate.open()
    assert settled(executing).status == "suspended"
    assert run.resume({"ok": True}).result == WHOLE


def test_who_waits_for_the_answer_follows_the_run_to_its_end(calls: Calls) -> None:
    gate = Gate()
    run, executing = held_run(calls, gate)
    answering = background(again(run).aresume({"ok": True}, step="asks"))
    eventually(lambda: not is_asking(run))
    gate.open()
    assert settled(answering).result == WHOLE
    assert settled(executing).result == WHOLE


def test_of_many_answers_one_is_taken_while_siblings_run(calls: Calls) -> None:
    gate = Gate()
    run, executing = held_run(calls, gate)
    futures = [
        background(again(run).aresume({"ok": n}, step="asks", wait=False))
        for n in range(8)
    ]
    errors = [type(e) for e in (future.exception(10) for future in futures) if e]
    assert errors == [AlreadyResumed] * 7
    gate.open()
    result: Any = settled(executing).result
    assert result["asks"]["ok"] in range(8)
    assert calls["asks"] == 2


def test_an_answer_from_another_process_is_heard_within_a_second(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the signal of this process only the watcher's look can tell."""
    gate = Gate()
    monkeypatch.setattr(runner, "poke", lambda run_id: None)
    run, executing = held_run(calls, gate)
    monkeypatch.undo()
    again(run).resume({"ok": True}, step="asks", wait=False)
    begun = time.monotonic()
    eventually(lambda: again(run).refresh().steps["asks"].status == "success")
    assert time.monotonic() - begun < 1.5
    gate.open()
    assert settled(executing).result == WHOLE


@pytest.mark.parametrize("moment", ["held", "done"])
def test_an_answer_right_before_a_siblings_result_loses_nothing(
    calls: Calls, moment: str
) -> None:
    """The sibling's append loses; its outcome is recorded behind the answer."""
    members = [
        calls.step("asks", asks({"q": 1})),
        calls.step("held", after_a_question("held")),
        calls.step("done", after_a_question("done")),
    ]
    after = calls.step("after", lambda ctx: ctx.input_data)
    flow = Workflow("flow").parallel(members).then(after).commit()
    run = flow.create_run()

    async def answer() -> None:
        await again_run.aresume({"ok": True}, step="asks", wait=False)

    again_run = again(run)
    engine = over(lambda inner: Overtaken(inner, ends(moment), answer))
    on_engine(execute(run, flow, engine))
    assert run.refresh().result == WHOLE
    assert calls == {"asks": 2, "held": 1, "done": 1, "after": 1}


def after_a_question(output: str) -> Any:
    async def body(ctx: Context) -> str:
        await asked(ctx)
        return output

    return body


async def asked(ctx: Context) -> None:
    """Wait until a sibling's question is recorded."""
    while not await models.Suspension.objects.filter(run_id=ctx.run_id).aexists():
        await asyncio.sleep(0.005)


def test_an_answer_right_before_the_run_is_let_go_wakes_it_again(calls: Calls) -> None:
    """No wake-up is lost between the last look and letting go."""

    async def asks_late(ctx: Context) -> Any:
        await asked(ctx)
        return asks()(ctx)

    members = [calls.step("a", asks()), calls.step("b", asks_late)]
    flow = Workflow("flow").parallel(members).commit()
    run = flow.create_run()

    async def answer() -> None:
        await rival.aresume("A", step="a", wait=False)

    rival = again(run)
    lets_go = recorded(EventType.SUSPENDED)
    seen_both = over(lambda inner: Overtaken(inner, lets_go, answer))
    on_engine(execute(run, flow, seen_both))
    assert run.refresh().suspended == [["b"]]
    assert run.refresh().steps["a"].output == "A"
    assert run.resume("B").result == {"a": "A", "b": "B"}


def test_every_order_of_answers_and_ends_comes_to_the_same(calls: Calls) -> None:
    for order in itertools.permutations(("a", "b", "held")):
        gate = Gate()
        members = [
            calls.step("a", asks()),
            calls.step("b", asks()),
            calls.step("held", gate.body("held")),
        ]
        flow = Workflow("flow").parallel(members).commit(register=False)
        run = flow.create_run()
        executing = background(run.astart({}))
        gate.reached()
        eventually(partial(ask_both, run))
        for event in order:
            if event == "held":
                gate.open()
            else:
                again(run).resume(event.upper(), step=event, wait=False)
        settled(executing)
        eventually(partial(take_up, run))
        assert run.refresh().result == {"a": "A", "b": "B", "held": "held"}
    assert calls == {"a": 12, "b": 12, "held": 6}


def ask_both(run: Run) -> bool:
    return stored(run).suspensions.count() == 2


def take_up(run: Run) -> bool:
    if stored(run).status == "running" and not stored(run).lease_owner:
        run.restart()
    return stored(run).status == "success"


def test_the_executors_death_loses_no_answer(calls: Calls) -> None:
    gate = Gate()
    run, executing = held_run(calls, gate)
    again(run).resume({"ok": True}, step="asks", wait=False)
    crash(executing, run)
    gate.open()
    run_until_idle()
    assert run.refresh().result == WHOLE
    assert calls["done"] == calls["after"] == 1
    assert calls["held"] == 2


def test_an_item_of_a_batch_is_resumed_while_its_siblings_run(calls: Calls) -> None:
    gate = Gate()

    async def body(ctx: Context) -> Any:
        if ctx.input_data == "held":
            await gate.hold(ctx)
        elif not ctx.resumed:
            return ctx.suspend()
        return ctx.resume_data or ctx.input_data

    flow = Workflow("flow").foreach(calls.step("x", body), concurrency=3).commit()
    run = flow.create_run()
    executing = background(run.astart(["ask", "held", "ask", "last"]))
    gate.reached()
    eventually(lambda: stored(run).suspensions.count() == 2)
    again(run).resume("two", foreach_index=2, wait=False)
    eventually(
        lambda: (
            stored(run).suspensions.filter(status="open").count() == 1
            and calls["x"] == 4
        )
    )
    gate.open()
    assert settled(executing).status == "suspended"
    assert run.resume("zero").status == "suspended"
    assert run.resume("three").result == ["zero", "held", "two", "three"]


def test_a_running_run_is_not_restarted(calls: Calls) -> None:
    gate = Gate()
    run, executing = held_run(calls, gate)
    with pytest.raises(RunIsRunning):
        again(run).restart()
    gate.open()
    settled(executing)


def test_a_cancel_beside_work_withdraws_the_question(calls: Calls) -> None:
    gate = Gate()
    run, executing = held_run(calls, gate)
    assert again(run).cancel() == "canceled"
    result = settled(executing)
    assert result.status == "canceled"
    assert result.steps["done"].status == "success"
    assert result.steps["asks"].status == "canceled"
    assert result.steps["held"].status == "canceled"
    assert [s.status for s in stored(run).suspensions.all()] == ["withdrawn"]
    assert calls["after"] == 0


def test_a_failed_sibling_withdraws_the_question_when_all_settled(calls: Calls) -> None:
    async def no(_: Context) -> None:
        while not await models.Suspension.objects.aexists():
            await asyncio.sleep(0.01)
        raise RuntimeError("no")

    members = [calls.step("asks", asks()), calls.step("fails", no)]
    run, result = started(Workflow("flow").parallel(members).commit())
    assert result.status == "failed"
    assert result.steps["asks"].status == "canceled"
    assert [s.status for s in stored(run).suspensions.all()] == ["withdrawn"]


def test_two_executors_never_both_advance_a_run(calls: Calls) -> None:
    """A zombie whose lease ran out loses at its next append and stops."""
    gate = Gate()
    flow = Workflow("flow").then(calls.step("a", gate.body("A")))
    flow.then(calls.step("b", "B")).commit()
    run = flow.create_run()
    zombie = background(run.astart({}))
    gate.reached()
    expire_lease(run)
    successor = background(again(run).arestart())
    gate.reached()
    gate.open()
    assert settled(successor).result == settled(zombie).result == "B"
    assert calls["b"] == 1
    types = [event.type for event in run.events()]
    assert types.count("workflow-step-result") == 2


def test_resumes_in_threads_of_their_own_lose_nothing(calls: Calls) -> None:
    names = [f"s{n}" for n in range(10)]
    members = [calls.step(name, asks()) for name in names]
    run, _ = started(Workflow("flow").parallel(members).commit())
    threads = [
        threading.Thread(target=again(run).resume, args=(name,), kwargs={"step": name})
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    run_until_idle()
    assert run.refresh().result == {name: name for name in names}
    assert set(calls.values()) == {2}
