"""SEMANTICS 37: a run goes on only under a definition it can go on under."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.journals import begins, die_in
from tests.engine.making import Calls, asks, started, stored
from workflows import DefinitionChanged, Run, Workflow, get_run, registry
from workflows.errors import WorkflowNotFound
from workflows.testing import isolated_registry, run_until_idle

pytestmark = pytest.mark.django_db(transaction=True)
Build = Callable[[Calls], Workflow]


def flow(calls: Calls, *ids: str) -> Workflow:
    """Steps one after the other; the one called ``ask`` asks."""
    built = Workflow("flow")
    for id in ids:
        built.then(calls.step(id, asks() if id == "ask" else id))
    return built.commit(register=False)


def waiting(calls: Calls) -> Run:
    return started(flow(calls, "a", "ask", "b"))[0]


def under(run: Run, installed: Workflow) -> Run:
    """The run as a process sees it that has this definition."""
    return installed.get_run(run.id)


def test_additions_behind_the_point_reached_are_fine(calls: Calls) -> None:
    run = waiting(calls)
    result = under(run, flow(calls, "a", "ask", "c", "b")).resume("yes")
    assert (result.status, result.result) == ("success", "b")
    assert calls == {"a": 1, "ask": 2, "c": 1, "b": 1}


def test_functions_may_change(calls: Calls) -> None:
    run = waiting(calls)
    changed = Workflow("flow").then(calls.step("a", "other"))
    changed.then(calls.step("ask", lambda _: "changed")).then(calls.step("b", 2))
    result = under(run, changed.commit(register=False)).resume("yes")
    assert result.steps["a"].output == "a"
    assert result.steps["ask"].output == "changed"
    assert result.result == 2


BROKEN: dict[str, Build] = {
    "the step that asked is gone": lambda calls: flow(calls, "a", "b"),
    "an earlier step is gone": lambda calls: flow(calls, "ask", "b"),
    "an earlier step is renamed": lambda calls: flow(calls, "a2", "ask", "b"),
    "one was put before it": lambda calls: flow(calls, "new", "a", "ask", "b"),
    "the order changed": lambda calls: flow(calls, "ask", "a", "b"),
    "a step became a workflow": lambda calls: (
        Workflow("flow")
        .then(calls.step("a"))
        .then(Workflow("ask").then(calls.step("x")).commit(register=False))
        .commit(register=False)
    ),
}


@pytest.mark.parametrize("build", BROKEN.values(), ids=BROKEN)
def test_a_run_that_cannot_go_on_is_parked_and_loses_nothing(
    calls: Calls, build: Build
) -> None:
    run = waiting(calls)
    before = run.refresh()
    with pytest.raises(DefinitionChanged) as raised:
        under(run, build(calls)).resume("yes")
    assert raised.value.difference
    after = run.refresh()
    assert after.status == "suspended"
    assert after.suspended == [["ask"]]
    assert after.steps == before.steps
    assert raised.value.difference in stored(run).attention
    result = under(run, flow(calls, "a", "ask", "b")).resume("yes")
    assert (result.status, result.attention) == ("success", None)
    assert calls == {"a": 1, "ask": 2, "b": 1}


def test_a_worker_parks_what_it_cannot_go_on_with(calls: Calls) -> None:
    run, died = die_in(flow(calls, "a", "b"), begins("b"))
    assert died
    with isolated_registry():
        registry.register(flow(calls, "b"))
        run_until_idle()
        assert stored(run).status == "running"
        assert "'a'" in stored(run).attention
        assert calls == {"a": 1}
    with isolated_registry():
        registry.register(flow(calls, "a", "b"))
        assert run.restart().status == "success"
    assert calls == {"a": 1, "b": 1}
    assert run.refresh().attention is None


def test_a_restart_under_another_definition_is_refused(calls: Calls) -> None:
    run, _ = die_in(flow(calls, "a", "b"), begins("b"))
    with pytest.raises(DefinitionChanged):
        under(run, flow(calls, "b")).restart()
    assert calls == {"a": 1}
    assert run.restart().status == "success"


def test_a_run_whose_workflow_is_gone_is_parked(calls: Calls) -> None:
    run = waiting(calls)
    stranger = get_run(run.id)
    with pytest.raises(WorkflowNotFound):
        stranger.resume("yes")
    assert "flow" in stored(run).attention
    assert stranger.refresh().status == "suspended"
    assert run.resume("yes").status == "success"


def test_each_run_goes_on_under_its_own_version(calls: Calls) -> None:
    versions = {}
    for version in ("1", "2"):
        built = Workflow("flow", version=version).then(calls.step("ask", asks()))
        built.then(calls.step(f"after-{version}", version)).commit()
        versions[version] = started(built)[0].id
    for version, run_id in versions.items():
        assert get_run(run_id).resume("yes").result == version
