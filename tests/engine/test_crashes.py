"""An executor may die between any two appends, or during one: the run goes on.

Every flow is executed once undisturbed, then once for each of its appends with an
executor that dies right before or right after that append. Whoever takes the run up
brings it to the same end; nothing recorded is executed again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.journals import die_in, die_taking_up, numbered
from tests.engine.making import Calls, Context, asks, expire_lease, started
from workflows import Run, RunResult, Workflow
from workflows.testing import run_until_idle

pytestmark = pytest.mark.django_db(transaction=True)
Build = Callable[[Calls], Workflow]
LIMIT = 60


def counted(ctx: Context) -> Any:
    """Adds to what came in, and to the state."""
    key = ctx.path[-1] if ctx.foreach_index is None else f"item{ctx.foreach_index}"
    ctx.set_state({key: ctx.iteration_count})
    return {"n": n_of(ctx) + 1}


def n_of(ctx: Context) -> int:
    given = ctx.input_data
    return int(given["n"]) if isinstance(given, dict) and "n" in given else 0


def sequence(calls: Calls) -> Workflow:
    flow = Workflow("flow")
    for name in ("a", "b", "c"):
        flow.then(calls.step(name, counted))
    return flow.commit()


def parallel(calls: Calls) -> Workflow:
    async def slow(ctx: Context) -> Any:
        await asyncio.sleep(0.005)
        return counted(ctx)

    members = [
        calls.step("a", counted),
        calls.sync_step("b", counted),
        calls.step("c", slow),
    ]
    last = calls.step("d", lambda ctx: ctx.input_data)
    return Workflow("flow").parallel(members).then(last).commit()


def branch(calls: Calls) -> Workflow:
    arms = [
        (lambda _: True, calls.step("a", counted)),
        (lambda _: False, calls.step("b", counted)),
        (lambda _: True, calls.step("c", counted)),
    ]
    return Workflow("flow").branch(arms).then(calls.step("d", counted)).commit()


def loop(calls: Calls) -> Workflow:
    flow = Workflow("flow")
    flow.dountil(calls.step("a", counted), lambda ctx: ctx.input_data["n"] >= 3)
    return flow.then(calls.step("b", counted)).commit()


def foreach(calls: Calls) -> Workflow:
    flow = Workflow("flow").then(calls.step("list", [{"n": n} for n in range(5)]))
    return flow.foreach(calls.step("a", counted), concurrency=2).commit()


def nested(calls: Calls) -> Workflow:
    inner = Workflow("inner").then(calls.step("a", counted))
    inner.then(calls.step("b", counted)).commit()
    outer = Workflow("outer").then(calls.step("c", counted)).then(inner).commit()
    return Workflow("flow").then(outer).then(calls.step("d", counted)).commit()


def nested_loop(calls: Calls) -> Workflow:
    inner = Workflow("inner").then(calls.step("a", counted))
    inner.map(lambda ctx: {"n": n_of(ctx)}).commit()
    flow = Workflow("flow")
    return flow.dowhile(inner, lambda ctx: ctx.input_data["n"] < 2).commit()


def nested_foreach(calls: Calls) -> Workflow:
    inner = Workflow("inner").then(calls.step("a", counted))
    inner.then(calls.step("b", counted)).commit()
    flow = Workflow("flow").then(calls.step("list", [{"n": 1}, {"n": 2}, {"n": 3}]))
    return flow.foreach(inner, concurrency=2).commit()


def sleeping(calls: Calls) -> Workflow:
    flow = Workflow("flow").then(calls.step("a", counted)).sleep(0.01)
    return flow.then(calls.step("b", counted)).commit()


def retried(calls: Calls) -> Workflow:
    def body(ctx: Context) -> Any:
        if ctx.retry_count < 1:
            raise RuntimeError("try again")
        return counted(ctx)

    return Workflow("flow", retries=2).then(calls.step("a", body)).commit()


def failing(calls: Calls) -> Workflow:
    def no(_: Context) -> None:
        raise RuntimeError("no")

    members = [calls.step("a", counted), calls.step("b", no)]
    return Workflow("flow").parallel(members).then(calls.step("c", counted)).commit()


def bailing(calls: Calls) -> Workflow:
    inner = Workflow("inner").then(calls.step("a", lambda ctx: ctx.bail({"n": 7})))
    inner.then(calls.step("b", counted)).commit()
    return Workflow("flow").then(inner).then(calls.step("c", counted)).commit()


def asking(calls: Calls) -> Workflow:
    members = [calls.step("a", asks({"q": "a"})), calls.step("b", counted)]
    return Workflow("flow").parallel(members).then(calls.step("c", asks())).commit()


FLOWS: list[Build] = [
    sequence,
    parallel,
    branch,
    loop,
    foreach,
    nested,
    nested_loop,
    nested_foreach,
    sleeping,
    retried,
    failing,
    bailing,
    asking,
]
every_flow = pytest.mark.parametrize("build", FLOWS, ids=lambda build: build.__name__)


def brought_to_its_end(run: Run) -> RunResult:
    """Workers take the run up; whoever is asked answers."""
    for _ in range(LIMIT):
        expire_lease(run)
        run_until_idle()
        result = run.refresh(include_state=True)
        if result.status in ("success", "failed", "canceled"):
            return result
        if result.suspended:
            run.resume({"ok": True}, step=result.suspended[0])
    raise AssertionError(f"the run does not end: {run.refresh()}")


def undisturbed(flow: Workflow, calls: Calls) -> tuple[RunResult, Counter[str]]:
    """What the flow comes to, and how often each step is executed on the way."""
    run, _ = started(flow)
    result, usual = brought_to_its_end(run), Counter(calls)
    calls.clear()
    return result, usual


def same_end(one: RunResult, other: RunResult) -> None:
    assert (one.status, one.result, one.state) == (
        other.status,
        other.result,
        other.state,
    )
    assert outline(one) == outline(other)


def outline(result: RunResult) -> dict[str, Any]:
    return {
        path: (entry.status, entry.payload, entry.output, entry.iterations)
        for path, entry in result.steps.items()
    }


def executions(run: Run) -> Counter[str]:
    """Executions of steps whose outcome is in the journal."""
    kept: Counter[str] = Counter()
    for event in run.events():
        ended = event.payload.get("status") in ("success", "failed")
        asked = event.type in ("workflow-step-suspended", "workflow-step-retry")
        if asked or (event.type == "workflow-step-result" and ended):
            kept[event.path[-1]] += 1
    return kept


@every_flow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_run_survives_its_executors_death_at_any_append(
    build: Build, after: bool, calls: Calls
) -> None:
    flow = build(calls)
    whole, usual = undisturbed(flow, calls)
    for number in range(2, LIMIT):
        calls.clear()
        run, died = die_in(flow, numbered(number), after=after)
        if not died:
            break
        recorded = executions(run)
        calls.clear()
        same_end(brought_to_its_end(run), whole)
        again = {id: n for id, n in calls.items() if n > usual[id] - recorded[id]}
        assert again == {}, f"executed again though recorded (append {number})"
        assert executions(run) & usual == usual
    assert number > 2


@every_flow
def test_a_run_survives_deaths_at_every_append_in_turn(
    build: Build, calls: Calls
) -> None:
    """Each executor dies after its first own append; each life gets a little on."""
    flow = build(calls)
    whole, usual = undisturbed(flow, calls)
    run, died = die_in(flow, numbered(2))
    assert died
    for _ in range(LIMIT):
        if not die_taking_up(run, flow, numbered(2)):
            break
    same_end(brought_to_its_end(run), whole)
    assert executions(run) & usual == usual


def test_a_start_that_was_not_stored_has_not_happened(calls: Calls) -> None:
    run, died = die_in(sequence(calls), numbered(1), after=False)
    assert died
    assert run.refresh().status == "pending"
    assert run.start({}).status == "success"
    assert calls == {"a": 1, "b": 1, "c": 1}
