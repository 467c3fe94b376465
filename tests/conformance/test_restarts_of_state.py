"""core-restart, restart: state and answers outlive the executor."""

from typing import Any

from tests.conformance.marking import case
from tests.engine.journals import (
    begins,
    die_in,
)
from tests.engine.making import (
    Calls,
    Context,
    Gate,
    again,
    crash_in,
    expire_lease,
    started,
)
from workflows import Step, Workflow

# State.


def logging(name: str) -> Any:
    def body(ctx: Context) -> None:
        ctx.set_state({"log": [*ctx.state["log"], name]})

    return body


@case("core-restart/nested-only-created")
def test_a_nested_workflow_that_only_began_loses_no_state(calls: Calls) -> None:
    nested = (
        Workflow("nested")
        .then(calls.step("first", logging("first")))
        .then(calls.step("second", logging("second")))
        .commit()
    )
    read = calls.step("read-state", lambda ctx: {"log": ctx.state["log"]})
    flow = Workflow("parent").then(nested).then(read).commit()
    run, died = die_in(flow, begins("nested"), state={"log": ["parent"]})
    assert died
    assert run.restart().result == {"log": ["parent", "first", "second"]}


ZERO = {"first": 0, "second": 0}


@case("core-restart/state-in-mid-run-snapshot")
def test_a_restarted_step_sees_the_state(calls: Calls) -> None:
    gate = Gate()
    flow = (
        Workflow("flow")
        .then(calls.step("step1", lambda ctx: ctx.set_state({"first": 1})))
        .then(calls.step("step2", gate.body(lambda ctx: ctx.state)))
        .commit()
    )
    run = crash_in(gate, flow, initial_state=ZERO)
    assert run.state().state == {"first": 1, "second": 0}
    assert run.restart().result == {"first": 1, "second": 0}


@case("core-restart/parallel-partial-state-merge")
def test_members_changes_of_state_are_merged(calls: Calls) -> None:
    members = [
        calls.step("a", lambda ctx: ctx.set_state({"first": 1})),
        calls.step("b", lambda ctx: ctx.set_state({"second": 1})),
    ]
    read = calls.step("c", lambda ctx: ctx.state)
    flow = Workflow("flow").parallel(members).then(read).commit()
    run, died = die_in(flow, begins("c"), state=ZERO)
    assert died
    assert run.restart().result == {"first": 1, "second": 1}


@case("core-restart/foreach-state-accumulates")
def test_items_changes_of_state_accumulate(calls: Calls) -> None:
    def add(ctx: Context) -> None:
        ctx.set_state({"first": ctx.state["first"] + ctx.input_data})

    read = calls.step("c", lambda ctx: ctx.state)
    flow = (
        Workflow("flow").foreach(calls.step("add", add), concurrency=1).then(read)
    ).commit()
    run, died = die_in(flow, begins("c"), [1, 2, 3], state=ZERO)
    assert died
    assert run.restart().result == {"first": 6, "second": 0}


# Resumes.


def recording_gate(calls: Calls, seen: list[Any]) -> Step:
    def body(ctx: Context) -> Any:
        if not ctx.resumed:
            return ctx.suspend()
        seen.append((ctx.path[0], ctx.resume_data))
        return {"approved": ctx.resume_data}

    return calls.step("gate", body)


@case("core-restart/resume-claimed-but-nested-not-started")
def test_an_answer_survives_the_death_of_who_gave_it(calls: Calls) -> None:
    seen: list[Any] = []
    nested = Workflow("nested").then(recording_gate(calls, seen)).commit()
    run, _ = started(Workflow("parent").then(nested).commit())
    run.resume(False, step=["nested", "gate"], wait=False)
    assert run.status == "running"
    assert seen == []
    result = again(run).restart()
    assert (result.status, result.result) == ("success", {"approved": False})
    assert seen == [("nested", False)]


@case("core-restart/parallel-nested-resume-crash")
def test_an_answer_for_one_member_leaves_the_other_alone(calls: Calls) -> None:
    seen: list[Any] = []
    gate = recording_gate(calls, seen)
    members = [Workflow(name).then(gate).commit() for name in ("a", "b")]
    run, _ = started(Workflow("parent").parallel(members).commit())
    run.resume("forB", step=["b", "gate"], wait=False)
    expire_lease(run)
    result = again(run).restart()
    assert seen == [("b", "forB")]
    assert result.status == "suspended"
    assert result.suspended == [["a", "gate"]]
