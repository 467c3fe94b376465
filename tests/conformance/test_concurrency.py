"""core-concurrency, core-redelivery, core-checkpoint (who writes when)."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError
from pydantic import BaseModel

from tests.conformance.marking import case
from tests.engine.journals import (
    Failing,
    Overtaken,
    begins,
    die_in,
    die_taking_up,
    ends,
    execute,
    over,
)
from tests.engine.making import (
    Calls,
    Context,
    Gate,
    again,
    asks,
    background,
    crash_in,
    eventually,
    expire_lease,
    on_engine,
    settled,
    started,
    stored,
)
from tests.threads import in_threads
from workflows import (
    AlreadyResumed,
    Run,
    RunAlreadyStarted,
    RunIsRunning,
    SchemaMismatch,
    Workflow,
    executing,
)
from workflows.process import process
from workflows.testing import run_until_idle


class Answer(BaseModel):
    approved: bool


def approval(calls: Calls, gate: Gate | None = None) -> Workflow:
    def approved(ctx: Context) -> Any:
        return {"item": ctx.input_data["item"], "approved": ctx.resume_data.approved}

    def shown(ctx: Context) -> Any:
        return {"reason": f"Needs approval: {ctx.input_data['item']}"}

    async def downstream(ctx: Context) -> Any:
        if gate:
            await gate.hold(ctx)
        return ctx.input_data

    return (
        Workflow("flow")
        .then(calls.step("approval", asks(shown, approved), resume_schema=Answer))
        .then(calls.step("downstream", downstream))
        .commit()
    )


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each of several callers got who all began at the same moment."""
    barrier = threading.Barrier(len(actions))

    def act(action: Callable[[], Any]) -> Any:
        barrier.wait(10)
        try:
            return action()
        except Exception as error:
            return error

    return in_threads(act, actions, at_once=len(actions))


def outcome_of(future: Future[Any]) -> Any:
    return future.exception(10) or future.result()


def lost(outcomes: list[Any]) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


@case("core-concurrency/two-resumes-race")
def test_of_two_resumes_one_wins(calls: Calls) -> None:
    gate = Gate()
    run, _ = started(approval(calls, gate), {"item": "widget"})
    callers = [background(again(run).aresume({"approved": True})) for _ in range(2)]
    gate.reached()
    gate.open()
    outcomes = [outcome_of(future) for future in callers]
    assert [type(error) for error in lost(outcomes)] == [AlreadyResumed]
    assert "already resumed by another caller" in str(lost(outcomes)[0])
    assert [o.status for o in outcomes if o not in lost(outcomes)] == ["success"]
    assert calls == {"approval": 2, "downstream": 1}


@case("core-concurrency/no-contention")
def test_one_resume_alone_meets_no_conflict(calls: Calls) -> None:
    run, _ = started(approval(calls), {"item": "widget"})
    assert run.resume({"approved": True}).status == "success"
    assert calls["downstream"] == 1


@case("core-concurrency/bad-resume-data-does-not-claim")
def test_a_bad_answer_does_not_claim_the_suspension(calls: Calls) -> None:
    run, _ = started(approval(calls), {"item": "widget"})
    with pytest.raises(SchemaMismatch):
        run.resume({"approved": "perhaps"}, step="approval")
    assert stored(run).lease_owner == ""
    assert run.resume({"approved": True}, step="approval").status == "success"


@case("core-concurrency/evented-two-callers-loaded-same-snapshot")
def test_who_saw_it_open_and_lost_is_told(calls: Calls) -> None:
    gate = Gate()  # or the loser may look only when the run has finished
    run, _ = started(approval(calls, gate), {"item": "widget"})
    answer = {"approved": True}
    callers = [
        background(again(run).aresume(answer, step="approval")) for _ in range(2)
    ]
    gate.reached()
    eventually(lambda: any(caller.done() for caller in callers))
    gate.open()
    outcomes = [outcome_of(future) for future in callers]
    assert [type(error) for error in lost(outcomes)] == [AlreadyResumed]
    assert calls == {"approval": 2, "downstream": 1}


def work(calls: Calls, body: Any = None) -> Workflow:
    def collected(ctx: Context) -> Any:
        return {
            "item": ctx.input_data["item"],
            "total": ctx.state["total"],
            "tenant": ctx.request_context["tenant"],
        }

    return Workflow("flow").then(calls.step("work", body or collected)).commit()


@case("core-concurrency/two-starts-same-run-id")
def test_of_two_starts_one_wins(calls: Calls) -> None:
    flow = work(calls)
    handles = [flow.create_run(run_id="same") for _ in range(2)]

    def start(run: Run) -> Any:
        return run.start(
            {"item": "widget"},
            initial_state={"total": 7},
            request_context={"tenant": "one"},
        )

    outcomes = at_once(*[lambda run=run: start(run) for run in handles])
    assert [type(error) for error in lost(outcomes)] == [RunAlreadyStarted]
    (won,) = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert won.result == {"item": "widget", "total": 7, "tenant": "one"}
    assert calls == {"work": 1}


@case("core-concurrency/late-pending-write-does-not-overwrite")
def test_creating_a_run_again_does_not_reset_it(calls: Calls) -> None:
    gate = Gate()
    flow = work(calls, gate.body("done"))
    run = flow.create_run(run_id="same")
    executing_a = background(run.astart({}))
    gate.reached()
    late = flow.create_run(run_id="same")
    assert (late.status, stored(run).status) == ("running", "running")
    with pytest.raises(RunAlreadyStarted):
        late.start({})
    gate.open()
    assert settled(executing_a).result == "done"
    assert calls == {"work": 1}


@case("core-concurrency/two-restarts-race")
def test_of_two_restarts_one_wins(calls: Calls) -> None:
    dead, held = Gate(), Gate()

    def body(ctx: Context) -> Any:
        return (dead if calls["one"] == 1 else held).hold(ctx)

    run = crash_in(dead, Workflow("flow").then(calls.step("one", body)).commit())
    callers = [background(again(run).arestart()) for _ in range(2)]
    held.reached()
    eventually(lambda: any(future.done() for future in callers))
    held.open()
    outcomes = [outcome_of(future) for future in callers]
    assert [type(error) for error in lost(outcomes)] == [RunIsRunning]
    assert calls == {"one": 2}


def deliver(run: Run) -> bool:
    """Tell a worker to look at the run, as a queue's message does."""
    return on_engine(executing.claim_and_execute(run.id, process.engine))


@case("core-redelivery/step-run-for-suspended-step")
def test_a_suspended_run_is_not_executed_again(calls: Calls) -> None:
    run, before = started(approval(calls), {"item": "widget"})
    assert deliver(run) is False
    assert calls == {"approval": 1}
    assert run.refresh() == before
    assert run.resume({"approved": True}).status == "success"


@case("core-redelivery/step-run-for-finished-step")
def test_a_finished_run_is_not_executed_again(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).then(calls.step("b", 2)).commit()
    run, before = started(flow)
    assert [deliver(run) for _ in range(3)] == [False] * 3
    assert calls == {"a": 1, "b": 1}
    assert run.refresh() == before


@case("core-redelivery/step-end-twice")
def test_a_result_told_twice_counts_once(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).then(calls.step("b", 2)).commit()
    run, died = die_in(flow, ends("a"))
    assert died
    outcomes = at_once(*[lambda: deliver(run)] * 4)
    assert lost(outcomes) == []
    assert outcomes.count(True) == 1
    assert calls == {"a": 1, "b": 1}
    assert run.refresh().result == 2


@case("core-redelivery/step-run-while-running")
def test_a_run_that_is_executed_is_not_executed_beside(calls: Calls) -> None:
    gate = Gate()
    run = Workflow("flow").then(calls.step("a", gate.body())).commit().create_run()
    first_life = background(run.astart({}))
    gate.reached()
    assert deliver(run) is False
    gate.open()
    assert settled(first_life).status == "success"
    assert calls == {"a": 1}


@case("core-redelivery/claim-of-a-dead-worker")
def test_a_dead_workers_claim_is_taken_over(calls: Calls) -> None:
    run, died = die_in(Workflow("flow").then(calls.step("a", 1)).commit(), begins("a"))
    assert died
    assert calls == {}
    assert deliver(run) is True
    assert calls == {"a": 1}
    assert run.refresh().status == "success"


@case("core-redelivery/delivery-retry-budget")
def test_a_run_that_kills_its_executors_is_parked(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    run, _ = die_in(flow, begins("a"))
    for _ in range(5):
        assert die_taking_up(run, flow, ends("a"), after=False)
    executed = calls["a"]
    run_until_idle()
    result = run.refresh()
    assert result.status == "running"
    assert result.attention
    assert "died 5 times" in result.attention
    run_until_idle()
    assert calls["a"] == executed
    assert run.restart().status == "success"


@case("core-redelivery/deleted-run-id-used-again")
def test_a_late_result_of_a_deleted_run_is_dropped(calls: Calls) -> None:
    gate = Gate()

    def body(ctx: Context) -> Any:
        return gate.hold(ctx) if ctx.input_data == "old" else "new"

    flow = Workflow("flow").then(calls.step("a", body)).commit()
    run = flow.create_run(run_id="same")

    late = over(lambda inner: Overtaken(inner, ends("a"), lambda: renew(run, flow)))
    old_life = background(execute(run, flow, late, "old"))
    gate.reached()
    gate.open()
    settled(old_life)
    assert run.refresh().result == "new"


async def renew(run: Run, flow: Workflow) -> None:
    """Cancel and delete the run, and give its id to another life."""
    await run.acancel()
    await flow.adelete_run(run.id)
    fresh = await flow.acreate_run(run_id=run.id)
    assert (await fresh.astart("new")).status == "success"


@case("core-checkpoint/store-failure-stops-the-run")
def test_nothing_runs_on_what_could_not_be_stored(calls: Calls) -> None:
    flow = (
        Workflow("flow").then(calls.step("first")).then(calls.step("second")).commit()
    )
    error = OperationalError("storage unavailable")
    engine = over(lambda inner: Failing(inner, ends("first"), error))
    with pytest.raises(OperationalError, match="storage unavailable"):
        on_engine(execute(flow.create_run(), flow, engine))
    assert calls == {"first": 1}


@case("core-checkpoint/parallel-members-all-visible")
def test_members_are_all_seen_running(calls: Calls) -> None:
    gate = Gate()
    flow = (
        Workflow("flow")
        .then(calls.step("initial"))
        .parallel([calls.step(name, gate.body(name)) for name in "abc"])
        .then(calls.step("final"))
        .commit()
    )
    run = flow.create_run()
    whole = background(run.astart({}))
    for _ in range(3):
        gate.reached()
    seen = again(run).refresh()
    assert seen.status == "running"
    assert [seen.steps[name].status for name in "abc"] == ["running"] * 3
    gate.open()
    steps = settled(whole).steps
    begun = {name: entry.started_at for name, entry in steps.items()}
    ended = {name: entry.ended_at for name, entry in steps.items()}
    for name in "abc":
        assert moment(ended, "initial") <= moment(begun, name)
        assert moment(ended, name) <= moment(begun, "final")


def moment(times: dict[str, datetime | None], name: str) -> datetime:
    at = times[name]
    assert at
    return at


@case("core-checkpoint/never-step-back-from-suspended")
def test_a_late_write_does_not_take_a_suspension_back(calls: Calls) -> None:
    """The executor's own suspending append comes twice; the second changes nothing."""
    flow = Workflow("flow").then(calls.step("a", asks())).commit()
    run = flow.create_run()
    engine = over(
        lambda inner: Overtaken(inner, ends_up("suspended"), lambda: take_over(run))
    )
    on_engine(execute(run, flow, engine))
    assert stored(run).status == "suspended"
    assert run.resume({}).status == "success"
    assert [event.type for event in run.events()].count("workflow-suspended") == 1


def ends_up(status: str) -> Any:
    return lambda change: change.fold.status == status


async def take_over(run: Run) -> None:
    """Another executor takes the run over and brings it to the same place."""
    await process.engine.journal.call(expire_lease, run)
    assert await executing.claim_and_execute(run.id, process.engine)
