"""core-time-travel: what must be known before the target, also after a change."""

from typing import Any

import pytest

from tests.conformance.marking import case
from tests.engine.making import Calls, Context, raises, started, stored
from workflows import Run, SchemaMismatch, StepNotFound, Workflow


def chain(calls: Calls, *ids: str, **bodies: Any) -> Workflow:
    """Steps one after the other; the same workflow each time, whatever is in it."""
    flow = Workflow("flow")
    for id in ids:
        flow.then(calls.step(id, bodies.get(id, lambda ctx: ctx.input_data)))
    return flow.commit(register=False)


def in_new_code(run: Run, flow: Workflow) -> Run:
    """The same run, as a process sees it that has the other definition."""
    return flow.get_run(run.id)


def everything_stored(run: Run) -> Any:
    row = stored(run)
    events = row.events.values_list("seq", "type", "path", "data")
    return row.status, row.head, row.result, row.attention, list(events)


@case("core-time-travel/unrecorded-earlier-step")
def test_an_earlier_step_without_a_record_is_named(calls: Calls) -> None:
    def mapped(id: str) -> Workflow:
        return (
            Workflow("flow")
            .then(calls.step("s1", 1))
            .map(lambda ctx: ctx.input_data, id=id)
            .then(calls.step("s3"))
            .commit(register=False)
        )

    run, _ = started(mapped("mapping_old"))
    with pytest.raises(SchemaMismatch, match=r"mapping_new.*recorded:.*mapping_old"):
        in_new_code(run, mapped("mapping_new")).time_travel("s3")


@case("core-time-travel/renamed-earlier-step")
def test_a_refused_travel_leaves_every_byte_alone(calls: Calls) -> None:
    run, _ = started(
        chain(
            calls,
            "s1",
            "s2",
            "s3",
            s1=lambda ctx: {"v": ctx.input_data["v"] + 1},
            s2=lambda ctx: {"v": ctx.input_data["v"] * 10},
            s3=lambda ctx: {"v": ctx.input_data["v"] - 1},
        ),
        {"v": 1},
    )
    before = everything_stored(run)
    renamed = chain(calls, "s1", "s2-renamed", "s3")
    with pytest.raises(SchemaMismatch, match="s2-renamed"):
        in_new_code(run, renamed).time_travel("s3")
    assert everything_stored(run) == before
    assert run.refresh().steps["s2"].output == {"v": 20}


@case("core-time-travel/run-stopped-before-the-target")
def test_no_output_is_made_up(calls: Calls) -> None:
    run, result = started(chain(calls, "s1", "s2", "s3", s2=raises("no")))
    assert result.status == "failed"
    with pytest.raises(SchemaMismatch, match="never reached s2"):
        run.time_travel("s3")
    assert run.refresh().status == "failed"


@case("core-time-travel/empty-entry-counts-as-missing")
def test_an_empty_entry_counts_as_none(calls: Calls) -> None:
    run, _ = started(chain(calls, "s1", "s2", "s3", s2=raises("no")))
    with pytest.raises(SchemaMismatch, match="s2"):
        run.time_travel("s3", context={"s2": {}})


@case("core-time-travel/unknown-target")
def test_a_target_that_is_gone_is_named(calls: Calls) -> None:
    run, _ = started(chain(calls, "s1", "s2"))
    with pytest.raises(StepNotFound, match=r'has no step "s2"; it has: s1, s2-renamed'):
        in_new_code(run, chain(calls, "s1", "s2-renamed")).time_travel("s2")


@case("core-time-travel/matching-run")
def test_earlier_steps_keep_their_outputs(calls: Calls) -> None:
    flow = chain(calls, "s1", "s2", "s3", s1=1, s2=2)
    run, before = started(flow)
    calls.clear()
    after = run.time_travel("s3")
    assert calls == {"s3": 1}
    for name in ("s1", "s2"):
        assert after.steps[name] == before.steps[name]


def yes(_: Context) -> bool:
    return True


def no(_: Context) -> bool:
    return False


def branched(calls: Calls, *arms: str, last: bool = False) -> Workflow:
    """Only the first arm's condition holds."""
    flow = Workflow("flow").then(calls.step("s1", 1))
    first, *others = arms
    never = [(no, calls.step(arm, arm)) for arm in others]
    flow.branch([(yes, calls.step(first, first)), *never])
    if last:
        flow.then(calls.step("s3", lambda ctx: ctx.input_data))
    return flow.commit(register=False)


@case("core-time-travel/target-is-a-branch-arm")
def test_the_arms_beside_the_target_are_skipped(calls: Calls) -> None:
    run, _ = started(branched(calls, "branch-a", "branch-b"))
    result = run.time_travel("branch-a")
    assert result.status == "success"
    assert result.steps["branch-b"].status == "skipped"
    assert calls == {"s1": 1, "branch-a": 2}


@case("core-time-travel/earlier-branch-with-one-recorded-arm")
def test_one_recorded_arm_is_enough(calls: Calls) -> None:
    run, _ = started(branched(calls, "branch-a", "branch-b", last=True))
    result = run.time_travel("s3")
    assert (result.status, result.result) == ("success", {"branch-a": "branch-a"})
    assert calls == {"s1": 1, "branch-a": 1, "s3": 2}


@case("core-time-travel/earlier-branch-with-no-recorded-arm")
def test_a_branch_without_a_recorded_arm_is_named(calls: Calls) -> None:
    run, _ = started(branched(calls, "branch-a", "branch-b", last=True))
    renamed = branched(calls, "branch-a-renamed", "branch-b-renamed", last=True)
    with pytest.raises(SchemaMismatch, match="branch-a-renamed"):
        in_new_code(run, renamed).time_travel("s3")


@case("core-time-travel/failed-arm-replaced-by-context")
def test_a_failed_arm_is_replaced_by_what_is_given(calls: Calls) -> None:
    arms = [(lambda _: True, calls.step("a", raises("no")))]
    flow = Workflow("flow").branch(arms)
    flow.then(calls.step("c", lambda ctx: ctx.input_data)).commit()
    run, result = started(flow)
    assert result.status == "failed"
    given = {"payload": {"in": 1}, "output": {"out": 2}}
    result = run.time_travel("c", context={"a": given})
    assert (result.status, result.result) == ("success", {"a": {"out": 2}})
    assert result.steps["a"].status == "success"
    assert result.steps["a"].payload == {"in": 1}


@case("core-time-travel/sleep-before-target")
def test_sleeps_before_the_target_are_passed_over(calls: Calls) -> None:
    def sleeping(id: str) -> Workflow:
        return (
            Workflow("flow")
            .then(calls.step("s1", 1))
            .sleep(0, id=id)
            .then(calls.step("s3", lambda ctx: ctx.input_data))
            .commit(register=False)
        )

    run, _ = started(sleeping("old-sleep"))
    result = in_new_code(run, sleeping("new-sleep")).time_travel("s3")
    assert (result.status, result.result) == ("success", 1)
    assert calls == {"s1": 1, "s3": 2}


@case("core-time-travel/empty-snapshot-in-nested-travel")
def test_a_nested_workflow_without_a_record_is_not_checked(calls: Calls) -> None:
    nested = (
        Workflow("nested").then(calls.step("s1")).then(calls.step("s2", 2)).commit()
    )
    run = Workflow("flow").then(nested).commit().create_run()
    result = run.time_travel(["nested", "s2"])
    assert (result.status, result.result) == ("success", 2)
    assert calls == {"s2": 1}


def with_maps(calls: Calls) -> Workflow:
    """Built anew each time, as in another process."""

    def doubled(ctx: Context) -> Any:
        return {"doubled": ctx.input_data["v"] * 2}

    return (
        Workflow("w")
        .then(calls.step("s1", {"v": 2}))
        .map(doubled)
        .map(lambda ctx: ctx.input_data)
        .then(calls.step("s2", lambda ctx: ctx.input_data["doubled"]))
        .commit(register=False)
    )


@case("core-time-travel/map-ids-are-deterministic")
def test_maps_have_the_same_ids_in_every_process(calls: Calls) -> None:
    def ids(flow: Workflow) -> list[str]:
        entries: Any = flow.graph()["entries"]
        return [entry["id"] for entry in entries if entry["kind"] == "map"]

    assert ids(with_maps(calls)) == ids(with_maps(calls))
    assert [id.startswith("mapping_w_") for id in ids(with_maps(calls))] == [True] * 2
    named = Workflow("w").map(lambda ctx: ctx.input_data, id="own").commit()
    assert ids(named) == ["own"]


@case("core-time-travel/time-travel-over-a-rebuilt-workflow-with-map")
def test_a_map_is_found_by_a_workflow_built_anew(calls: Calls) -> None:
    run, before = started(with_maps(calls))
    result = in_new_code(run, with_maps(calls)).time_travel("s2")
    assert result.result == before.result == 4
    assert result.steps["s1"] == before.steps["s1"]
    assert calls == {"s1": 1, "s2": 2}
