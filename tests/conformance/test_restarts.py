"""core-restart, restart: an executor dies, another one goes on."""

from typing import Any

import pytest

from tests.conformance.marking import case
from tests.engine.journals import (
    begins,
    die_in,
    die_taking_up,
    ends,
    first,
    numbered,
    recorded,
)
from tests.engine.making import (
    Calls,
    Context,
    Gate,
    again,
    background,
    crash_in,
    eventually,
    journal,
    settled,
    started,
    stored,
)
from workflows import StateConflict, Workflow
from workflows.events import EventType
from workflows.testing import run_until_idle


def recall(ctx: Context) -> Any:
    return ctx.input_data


@case("core-restart/never-started")
def test_a_run_that_was_never_started_is_not_restarted(calls: Calls) -> None:
    run = Workflow("flow").then(calls.step("step1")).commit().create_run()
    with pytest.raises(StateConflict, match="not active"):
        run.restart()
    assert stored(run).status == "pending"


@case("core-restart/finished-run-success")
def test_a_finished_run_gives_its_stored_result(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("step1", {"done": True})).commit()
    run, _ = started(flow)
    result = again(run).restart()
    assert (result.status, result.result) == ("success", {"done": True})
    assert calls == {"step1": 1}


@case("core-restart/finished-parallel-block")
def test_a_finished_block_is_not_executed_again(calls: Calls) -> None:
    members = [calls.step("a", {"a": 1}), calls.step("b", {"b": 2})]
    flow = Workflow("flow").parallel(members).then(calls.step("c")).commit()
    run, died = die_in(flow, begins("c"))
    assert died
    result = run.restart()
    assert calls == {"a": 1, "b": 1, "c": 1}
    assert result.steps["c"].payload == {"a": {"a": 1}, "b": {"b": 2}}


def forking(calls: Calls) -> Workflow:
    def condition(name: str, holds: bool) -> Any:
        def asked(_: Context) -> bool:
            calls[name] += 1
            return holds

        return asked

    arms = [
        (condition("if-a", True), calls.step("a")),
        (condition("if-b", False), calls.step("b")),
    ]
    return Workflow("flow").branch(arms).then(calls.step("c")).commit()


@case("core-restart/finished-branch")
def test_a_branchs_choice_is_kept(calls: Calls) -> None:
    run, died = die_in(forking(calls), begins("c"))
    assert died
    assert run.restart().status == "success"
    assert calls == {"if-a": 1, "if-b": 1, "a": 1, "c": 1}


@case("core-restart/before-first-entry-branch")
def test_a_branch_that_had_not_begun_begins(calls: Calls) -> None:
    run, died = die_in(forking(calls), recorded(EventType.START))
    assert died
    assert run.restart().status == "success"
    assert calls == {"if-a": 1, "if-b": 1, "a": 1, "c": 1}


@case("core-restart/before-first-entry-parallel")
def test_a_block_that_had_not_begun_begins(calls: Calls) -> None:
    members = [calls.step("a", recall), calls.step("b", recall)]
    flow = Workflow("flow").parallel(members).commit()
    run, died = die_in(flow, first, {"value": 5})
    assert died
    assert run.restart().result == {"a": {"value": 5}, "b": {"value": 5}}
    assert calls == {"a": 1, "b": 1}


def doubling(calls: Calls, concurrency: int) -> Workflow:
    return (
        Workflow("flow")
        .foreach(
            calls.step("double", lambda ctx: ctx.input_data * 2),
            concurrency=concurrency,
        )
        .then(calls.step("c", lambda ctx: {"items": ctx.input_data}))
        .commit()
    )


@case("core-restart/finished-foreach")
def test_a_finished_foreach_is_not_executed_again(calls: Calls) -> None:
    run, died = die_in(doubling(calls, 1), begins("c"), [1, 2, 3])
    assert died
    assert run.restart().result == {"items": [2, 4, 6]}
    assert calls == {"double": 3, "c": 1}


@case("core-restart/died-inside-foreach")
def test_a_foreach_goes_on_with_the_item_it_had_begun(calls: Calls) -> None:
    run, died = die_in(doubling(calls, 2), begins("double[2]"), [1, 2, 3])
    assert died
    result = run.restart()
    assert result.steps["c"].payload == [2, 4, 6]
    assert calls == {"double": 3, "c": 1}


@case("core-restart/kill-mid-foreach")
def test_only_the_unfinished_items_are_executed(calls: Calls) -> None:
    gate = Gate()
    seen: list[int] = []

    async def body(ctx: Context) -> Any:
        seen.append(ctx.input_data)
        if seen == [0, 1, 2]:
            await gate.hold(ctx)
        return ctx.input_data

    flow = Workflow("flow").foreach(calls.step("x", body), concurrency=1).commit()
    run = crash_in(gate, flow, [0, 1, 2, 3])
    seen.clear()
    assert run.restart().result == [0, 1, 2, 3]
    assert seen == [2, 3]


@case("core-restart/finished-sleep-not-repeated")
def test_a_finished_sleep_is_not_slept_again(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("before"))
        .sleep(0.2)
        .then(calls.step("after"))
        .commit()
    )
    run = flow.create_run()
    run.start({}, wait=False)
    run_until_idle()
    assert run.refresh().status == "waiting"
    assert eventually(lambda: die_taking_up(run, flow, begins("after")))
    before = [event for event in journal(run) if event[0] == "workflow-step-waiting"]
    assert run.restart().status == "success"
    after = [event for event in journal(run) if event[0] == "workflow-step-waiting"]
    assert after == before == [("workflow-step-waiting", "sleep_flow_2")]
    assert calls == {"before": 1, "after": 1}


@case("core-restart/own-recorded-payload-is-used")
def test_a_restarted_step_gets_its_recorded_input(calls: Calls) -> None:
    seen: list[Any] = []
    gate = Gate()

    async def second(ctx: Context) -> Any:
        seen.append(dict(ctx.input_data))
        ctx.input_data["value"] = "changed"
        await gate.hold(ctx)

    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"value": 2}))
        .then(calls.step("step2", second))
        .commit()
    )
    run = crash_in(gate, flow)
    assert run.restart().status == "success"
    assert seen == [{"value": 2}, {"value": 2}]
    assert calls == {"step1": 1, "step2": 2}


@case("core-restart/kill-mid-step-fresh-host")
def test_a_step_that_was_running_is_executed_again(calls: Calls) -> None:
    gate = Gate()
    flow = (
        Workflow("flow")
        .then(calls.step("step1", {"value": 2}))
        .then(calls.step("step2", gate.body(recall)))
        .commit()
    )
    run = crash_in(gate, flow)
    assert again(run).restart().result == {"value": 2}
    assert calls == {"step1": 1, "step2": 2}


@case("core-restart/restart-that-crashes-itself")
def test_a_restart_may_itself_die(calls: Calls) -> None:
    flow = (
        Workflow("flow")
        .then(calls.step("first", 1))
        .then(calls.step("second", recall))
        .commit()
    )
    run, died = die_in(flow, ends("first"))
    assert died
    calls.clear()
    assert die_taking_up(run, flow, numbered(1))
    assert calls == {}
    assert run.restart().result == 1
    assert calls == {"second": 1}


@case("core-restart/what-is-stored-while-a-step-runs")
def test_a_running_step_is_stored_as_running(calls: Calls) -> None:
    gate = Gate()
    flow = (
        Workflow("flow")
        .then(calls.step("step1", 1))
        .then(calls.step("step2", gate.body()))
        .commit()
    )
    run = flow.create_run()
    executing = background(run.astart({}))
    gate.reached()
    seen = again(run).refresh()
    assert seen.status == stored(run).status == "running"
    assert seen.steps["step1"].status == "success"
    assert seen.steps["step2"].status == "running"
    assert seen.steps["step2"].payload == 1
    assert seen.steps["step2"].started_at
    gate.open()
    assert settled(executing).status == "success"


@case("core-restart/automatic-restart-switched-off")
def test_a_workflow_may_ask_not_to_be_restarted(calls: Calls) -> None:
    flow = Workflow("flow", auto_restart=False).then(calls.step("a")).commit()
    run, died = die_in(flow, begins("a"))
    assert died
    run_until_idle()
    result = run.refresh()
    assert calls == {}
    assert result.status == "running"
    assert result.attention
    assert "auto_restart" in result.attention
    assert run.restart().status == "success"


@case("core-restart/start-in-background")
def test_a_start_that_does_not_wait_returns_at_once(calls: Calls) -> None:
    run = Workflow("flow").then(calls.step("slow", "done")).commit().create_run()
    result = run.start({}, wait=False)
    assert (result.run_id, result.status) == (run.id, "pending")
    assert calls == {}
    run_until_idle()
    assert run.refresh().result == "done"


@case("core-restart/path-of-restarted-branch-member")
def test_the_path_of_a_restarted_arm_grows_no_deeper(calls: Calls) -> None:
    paths: list[tuple[str, ...]] = []
    gate = Gate()

    async def body(ctx: Context) -> None:
        paths.append(ctx.path)
        await gate.hold(ctx)

    arms = [(lambda _: True, calls.step("a", body))]
    flow = Workflow("flow").then(calls.step("step1")).branch(arms).commit()
    run = crash_in(gate, flow)
    assert run.restart().status == "success"
    assert paths == [("a",), ("a",)]
