"""foreach, and what core-misc and core-checkpoint say of values."""

import asyncio
import time
from typing import Any

import pytest
from pydantic import BaseModel

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, background, settled, started
from workflows import Run, Workflow


def plus_eleven(delay: float = 0.0) -> Any:
    async def body(ctx: Context) -> Any:
        await asyncio.sleep(delay)
        if ctx.input_data["value"] == 22:
            raise RuntimeError("no 22")
        return {"value": ctx.input_data["value"] + 11}

    return body


def summed(ctx: Context) -> Any:
    return {"finalValue": sum(item["value"] for item in ctx.input_data)}


def over(calls: Calls, concurrency: int, delay: float = 0.0) -> Workflow:
    return (
        Workflow("flow", validate_inputs=False)
        .foreach(calls.step("map", plus_eleven(delay)), concurrency=concurrency)
        .then(calls.step("final", summed))
        .commit()
    )


def values(*numbers: int) -> list[dict[str, int]]:
    return [{"value": number} for number in numbers]


@case("foreach/partial-concurrency")
def test_four_items_two_at_a_time_take_two_turns(calls: Calls) -> None:
    begun = time.monotonic()
    _, result = started(over(calls, 2, delay=0.2), values(1, 2, 3, 4))
    assert 0.38 <= time.monotonic() - begun < 0.8
    assert result.steps["map"].output == values(12, 13, 14, 15)
    assert result.steps["final"].output == {"finalValue": 54}


@case("foreach/after-a-step")
def test_a_foreach_takes_the_list_a_step_made(calls: Calls) -> None:
    def generate(ctx: Context) -> Any:
        return values(*range(1, ctx.input_data["count"] + 1))

    flow = (
        Workflow("flow")
        .then(calls.step("generate", generate))
        .foreach(
            calls.step(
                "transform", lambda ctx: {"doubled": ctx.input_data["value"] * 2}
            )
        )
        .then(
            calls.step(
                "sum",
                lambda ctx: {"total": sum(i["doubled"] for i in ctx.input_data)},
            )
        )
        .commit()
    )
    _, result = started(flow, {"count": 3})
    assert result.steps["generate"].output == values(1, 2, 3)
    doubled = [{"doubled": 2}, {"doubled": 4}, {"doubled": 6}]
    assert result.steps["transform"].output == doubled
    assert result.steps["sum"].output == {"total": 12}


@case("foreach/state-visible-to-next-batch")
def test_state_set_for_one_item_is_seen_by_the_next(calls: Calls) -> None:
    def check(ctx: Context) -> Any:
        assert ctx.state["output"] == 2
        return ctx.input_data

    def keep(ctx: Context) -> Any:
        ctx.set_state({"output": 2})
        return ctx.input_data

    def total(ctx: Context) -> Any:
        found = [ctx.get_step_result(name) for name in ("s1", "s2")]
        return sum(value for value in found if value is not None)

    body = (
        Workflow("r")
        .branch(
            [
                (lambda ctx: ctx.input_data == 1, calls.step("s1", check)),
                (lambda ctx: ctx.input_data == 2, calls.step("s2", keep)),
            ]
        )
        .map(total)
        .commit()
    )
    flow = Workflow("flow").foreach(body, concurrency=1).commit()
    _, result = started(flow, [2, 1], initial_state={"output": 0}, include_state=True)
    assert (result.status, result.result) == ("success", [2, 1])
    assert result.state == {"output": 2}


def progress(run: Run) -> list[dict[str, Any]]:
    found = [e for e in run.events() if e.type == "workflow-step-progress"]
    return [event.payload for event in found]


@pytest.mark.parametrize("concurrency", [1, 2])
@case("foreach/progress-events-concurrent")
def test_each_item_reports_its_progress(calls: Calls, concurrency: int) -> None:
    run, _ = started(over(calls, concurrency, delay=0.01), values(1, 2, 3))
    told = progress(run)
    assert [event["total_count"] for event in told] == [3, 3, 3]
    assert [event["iteration_status"] for event in told] == ["success"] * 3
    assert told[-1]["completed_count"] == 3


@case("foreach/progress-event-on-failure")
def test_a_failed_item_reports_and_ends_the_loop(calls: Calls) -> None:
    run, result = started(over(calls, 1), values(1, 22, 333))
    first, *others = progress(run)
    assert first["current_index"] == 0
    assert (first["completed_count"], first["total_count"]) == (1, 3)
    assert first["iteration_status"] == "success"
    assert [(e["current_index"], e["iteration_status"]) for e in others] == [
        (1, "failed")
    ]
    assert result.status == "failed"
    assert calls == {"map": 2}


@case("core-misc/init-data-without-running-snapshots")
def test_init_data_is_right_at_every_level(calls: Calls) -> None:
    seen: list[Any] = []

    def inner(ctx: Context) -> Any:
        seen.append((ctx.get_init_data(), ctx.run_id))
        return ctx.input_data

    def outer(ctx: Context) -> Any:
        seen.append((ctx.get_init_data(), ctx.run_id))
        return [1, 2]

    nested = Workflow("nested").then(calls.step("inner", inner)).commit()
    flow = (
        Workflow("flow")
        .then(calls.step("outer", outer))
        .foreach(nested, concurrency=1)
        .then(calls.step("last", outer))
        .commit()
    )
    flow.create_run(run_id="r1").start("r1-input")
    assert seen == [
        ("r1-input", "r1"),
        (1, "r1"),
        (2, "r1"),
        ("r1-input", "r1"),
    ]


class Filled(BaseModel):
    name: str
    colour: str = "red"


@case("core-checkpoint/start-write-needed-when-payload-differs")
def test_the_payload_stored_is_what_the_step_saw(calls: Calls) -> None:
    seen: list[Any] = []
    second = calls.step(
        "second", lambda ctx: seen.append(ctx.input_data), input_schema=Filled
    )
    flow = (
        Workflow("flow").then(calls.step("first", {"name": "A"})).then(second).commit()
    )
    run, _ = started(flow)
    assert seen == [Filled(name="A", colour="red")]
    assert run.refresh().steps["first"].output == {"name": "A"}
    assert run.refresh().steps["second"].payload == {"name": "A", "colour": "red"}
    assert run.state().step_payload("second") == {"name": "A", "colour": "red"}


@case("core-checkpoint/overlapping-runs-do-not-mix")
def test_overlapping_runs_do_not_mix(calls: Calls) -> None:
    async def first(ctx: Context) -> Any:
        await asyncio.sleep(0.005 * (6 - ctx.input_data))
        return ctx.input_data * 10

    flow = (
        Workflow("flow")
        .then(calls.step("first", first))
        .then(calls.step("second", lambda ctx: [ctx.input_data, ctx.get_init_data()]))
        .commit()
    )
    runs = [flow.create_run() for _ in range(6)]
    results = [background(run.astart(n)) for n, run in enumerate(runs)]
    for n, future in enumerate(results):
        assert settled(future).result == [n * 10, n]


@case("core-checkpoint/mutation-during-write")
def test_what_was_recorded_does_not_change_afterwards(calls: Calls) -> None:
    kept: dict[str, Any] = {"items": [1]}

    def first(ctx: Context) -> Any:
        ctx.set_state({"seen": kept})
        ctx.request_context["seen"] = kept
        return kept

    def second(ctx: Context) -> Any:
        kept["items"].append(2)
        ctx.input_data["items"].append(3)
        ctx.state["seen"]["items"].append(4)
        return None

    flow = (
        Workflow("flow")
        .then(calls.step("first", first))
        .then(calls.step("second", second))
        .commit()
    )
    run, result = started(flow, include_state=True)
    for seen in (result, run.refresh(include_state=True)):
        assert seen.steps["first"].output == {"items": [1]}
        assert seen.steps["second"].payload == {"items": [1]}
        assert seen.state == {"seen": {"items": [1]}}


@case("core-checkpoint/operation-ids-unique-over-resume")
def test_keys_differ_between_visits_and_over_a_resume(calls: Calls) -> None:
    keys: list[str] = []

    def body(ctx: Context) -> Any:
        keys.append(ctx.idempotency_key)
        return ctx.suspend() if ctx.step_id == "b" and not ctx.resumed else None

    flow = Workflow("flow")
    for name in "abc":
        flow.then(calls.step(name, body))
    run, _ = started(flow.commit())
    assert run.resume({}).status == "success"
    assert len(keys) == len(set(keys)) == 4


@case("core-checkpoint/operation-ids-unique-in-loops")
def test_each_iteration_has_a_key_of_its_own(calls: Calls) -> None:
    keys: list[str] = []

    def body(ctx: Context) -> Any:
        keys.append(ctx.idempotency_key)
        return ctx.iteration_count

    flow = (
        Workflow("flow")
        .dountil(calls.step("a", body), lambda ctx: ctx.input_data == 3)
        .commit()
    )
    started(flow)
    assert len(keys) == len(set(keys)) == 3
