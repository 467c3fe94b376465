from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from workflows import registry
from workflows.definition import (
    Step,
    Workflow,
    step,
)
from workflows.errors import DefinitionError, StepNotFound
from workflows.graph import (
    BranchEntry,
    ForeachEntry,
    LoopEntry,
    MapEntry,
    NestedEntry,
    ParallelEntry,
    SleepEntry,
    SleepUntilEntry,
    StepEntry,
    describe,
    find,
    map_variable,
    members,
    walk,
)
from workflows.registry import isolated_registry

MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


class Answer(BaseModel):
    approved: bool


def made(id: str, **options: Any) -> Step:
    return Step(id, lambda data: data, **options)


def always(ctx: Any) -> bool:
    return True


def inner() -> Workflow:
    return Workflow("inner").then(made("i1")).then(made("i2")).commit(register=False)


def everything(id: str = "everything") -> Workflow:
    return (
        Workflow(id)
        .then(made("first"))
        .parallel([made("p1"), inner()], allow_failure=True)
        .branch([(always, made("b1")), (lambda ctx: False, made("b2"))])
        .dowhile(made("w"), always)
        .dountil(made("u"), always)
        .map(lambda ctx: [1])
        .foreach(made("each"), concurrency=3)
        .map({"a": map_variable(step="first")}, id="named-map")
        .sleep(timedelta(minutes=1))
        .sleep(lambda ctx: 1, id="nap")
        .sleep_until(MOMENT)
        .commit(register=False)
    )


def test_the_builder_writes_down_every_construct() -> None:
    kinds = [type(entry) for entry in everything().entries]
    assert kinds == [
        StepEntry,
        ParallelEntry,
        BranchEntry,
        LoopEntry,
        LoopEntry,
        MapEntry,
        ForeachEntry,
        MapEntry,
        SleepEntry,
        SleepEntry,
        SleepUntilEntry,
    ]
    assert [entry.kind for entry in everything().entries] == [
        "step",
        "parallel",
        "branch",
        "loop",
        "loop",
        "map",
        "foreach",
        "map",
        "sleep",
        "sleep",
        "sleep_until",
    ]


def test_entries_keep_their_options() -> None:
    entries = everything().entries
    parallel, loop, until, each, sleep = (entries[at] for at in (1, 3, 4, 6, 8))
    assert isinstance(parallel, ParallelEntry)
    assert parallel.allow_failure
    assert isinstance(loop, LoopEntry)
    assert isinstance(until, LoopEntry)
    assert (loop.until, until.until) == (False, True)
    assert isinstance(each, ForeachEntry)
    assert each.concurrency == 3
    assert isinstance(sleep, SleepEntry)
    assert sleep.duration == 60.0


def test_anonymous_entries_get_an_id_from_their_position() -> None:
    ids = [member.id for entry in everything().entries for member in members(entry)]
    assert ids == [
        "first",
        "p1",
        "inner",
        "b1",
        "b2",
        "w",
        "u",
        "mapping_everything_6",
        "each",
        "named-map",
        "sleep_everything_9",
        "nap",
        "sleep_everything_11",
    ]


def test_walking_goes_into_nested_workflows() -> None:
    paths = [".".join(path) for path, _ in walk(everything())]
    assert paths[:5] == ["first", "p1", "inner", "inner.i1", "inner.i2"]


def test_members_are_found_by_their_path() -> None:
    workflow = everything()
    assert isinstance(find(workflow, ["inner"]), NestedEntry)
    assert find(workflow, ["inner", "i2"]).id == "i2"
    assert isinstance(find(workflow, ["nap"]), SleepEntry)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (["nowhere"], 'no step "nowhere"; it has: first, p1, inner'),
        (["inner", "x"], 'workflow "inner" has no step "x"; it has: i1, i2'),
        (["first", "x"], '"first" in workflow "everything" is no workflow'),
        ([], "empty path"),
    ],
)
def test_an_unknown_path_names_what_there_is(path: list[str], told: str) -> None:
    with pytest.raises(StepNotFound, match=told):
        find(everything(), path)


def test_the_graph_is_json_that_shows_every_construct() -> None:
    graph = everything().graph()
    assert graph["id"] == "everything"
    assert graph["version"] == "1"
    entries: Any = graph["entries"]
    assert entries[1] == {
        "kind": "parallel",
        "allow_failure": True,
        "members": [
            {
                "kind": "step",
                "id": "p1",
                "description": "",
                "suspends": False,
                "retries": None,
                "timeout": None,
                "transaction": False,
                "metadata": {},
            },
            {**inner().graph(), "kind": "workflow"},
        ],
    }
    assert entries[2]["conditions"] == ["always", ""]
    assert entries[5] == {
        "kind": "map",
        "id": "mapping_everything_6",
        "variables": None,
    }
    assert entries[7] == {
        "kind": "map",
        "id": "named-map",
        "variables": {"a": {"source": "step", "steps": ["first"]}},
    }
    assert entries[8:] == [
        {"kind": "sleep", "id": "sleep_everything_9", "seconds": 60.0},
        {"kind": "sleep", "id": "nap", "seconds": None},
        {"kind": "sleep_until", "id": "sleep_everything_11", "at": MOMENT.isoformat()},
    ]


def test_a_step_that_can_be_answered_says_so_in_the_graph() -> None:
    asks = Workflow("asks").then(made("s", resume_schema=Answer)).commit(register=False)
    entries: Any = describe(asks)["entries"]
    assert [entry["suspends"] for entry in entries] == [True]


def single(**options: Any) -> Workflow:
    return Workflow("w").then(made("a", **options)).commit(register=False)


def test_the_fingerprint_is_the_same_for_the_same_shape() -> None:
    assert everything().fingerprint == everything().fingerprint
    assert single().fingerprint == single(description="Other", retries=3).fingerprint


def test_the_fingerprint_changes_with_ids_kinds_order_and_answers() -> None:
    variants = [
        single(),
        single(resume_schema=Answer),
        single(resume_schema=bool),
        Workflow("w").then(made("b")).commit(register=False),
        Workflow("w").parallel([made("a")]).commit(register=False),
        Workflow("w").dowhile(made("a"), always).commit(register=False),
        Workflow("w").dountil(made("a"), always).commit(register=False),
        Workflow("w").then(made("a")).then(made("b")).commit(register=False),
        Workflow("w").then(made("b")).then(made("a")).commit(register=False),
        Workflow("w").then(inner()).commit(register=False),
    ]
    assert len({workflow.fingerprint for workflow in variants}) == len(variants)


def test_options_are_readable() -> None:
    workflow = Workflow(
        "w",
        input_schema=int,
        output_schema=str,
        state_schema=Answer,
        request_context_schema=Answer,
        description="What",
        version="2",
        retries=1,
        retry_delay=timedelta(seconds=2),
        validate_inputs=False,
        auto_restart=False,
        metadata={"team": "a"},
        on_start=always,
    )
    assert workflow.schemas.input.type_ is int
    assert workflow.schemas.output.type_ is str
    assert workflow.schemas.state.type_ is Answer
    assert workflow.schemas.request_context.type_ is Answer
    assert (workflow.version, workflow.retries, workflow.retry_delay) == ("2", 1, 2.0)
    assert not workflow.validate_inputs
    assert not workflow.auto_restart
    assert workflow.on_start is always
    assert not workflow.committed


def test_an_uncommitted_workflow_says_how_to_commit_it() -> None:
    workflow = Workflow("w").then(made("a"))
    with pytest.raises(DefinitionError, match=r'"w".*call commit\(\)'):
        workflow.require_committed()
    workflow.commit(register=False).require_committed()


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.then(made("x")),
        lambda w: w.parallel([made("x")]),
        lambda w: w.branch([(always, made("x"))]),
        lambda w: w.dowhile(made("x"), always),
        lambda w: w.dountil(made("x"), always),
        lambda w: w.foreach(made("x")),
        lambda w: w.map(always),
        lambda w: w.sleep(1),
        lambda w: w.sleep_until(MOMENT),
        lambda w: w.commit(),
        lambda w: w.parallel([]),
        lambda w: w.then(5),
    ],
)
def test_a_committed_workflow_cannot_be_changed(change: Any) -> None:
    workflow = everything()
    entries = workflow.entries
    with pytest.raises(DefinitionError, match='"everything": is committed'):
        change(workflow)
    assert workflow.entries == entries
    assert workflow.misuses == ()


def test_a_clone_has_the_same_graph_under_another_id() -> None:
    original = everything()
    twin = original.clone(id="twin")
    assert twin.committed
    assert [path for path, _ in walk(twin)][:5] == [p for p, _ in walk(original)][:5]
    ids = [member.id for _, member in walk(twin)]
    assert "mapping_twin_6" in ids
    assert "sleep_twin_9" in ids
    assert "named-map" in ids
    assert original.id == "everything"
    assert "mapping_everything_6" in [member.id for _, member in walk(original)]


def test_a_clone_of_a_registered_workflow_is_registered_without_its_schedule() -> None:
    with isolated_registry():
        hourly = {"cron": "0 * * * *"}
        original = Workflow("w", schedule=hourly).then(made("a")).commit()
        twin = original.clone(id="twin")
        assert registry.get("twin") is twin
        assert [spec.workflow_id for spec in original.schedules] == ["w"]
        assert twin.schedules == ()


def test_a_clone_of_an_open_workflow_can_be_built_further() -> None:
    original = Workflow("w").then(made("a"))
    twin = original.clone(id="twin").then(made("b")).commit(register=False)
    assert len(twin.entries) == 2
    assert len(original.entries) == 1


def test_builder_methods_keep_the_class() -> None:
    class Runnable(Workflow):
        pass

    built = Runnable("w").then(made("a")).sleep(1).commit(register=False)
    assert type(built) is Runnable
    assert type(built.clone(id="x")) is Runnable


def test_one_step_may_be_used_in_several_workflows_and_in_nested_ones() -> None:
    shared = made("shared")
    nested = Workflow("nested").then(shared).commit(register=False)
    outer = Workflow("outer").then(shared).then(nested).commit(register=False)
    assert [".".join(path) for path, _ in walk(outer)] == [
        "shared",
        "nested",
        "nested.shared",
    ]


def test_the_decorated_function_can_be_used_at_once() -> None:
    @step(resume_schema=Answer)
    async def ask_manager(data: int) -> int:
        return data

    workflow = Workflow("w", input_schema=int).then(ask_manager).commit(register=False)
    found = find(workflow, ["ask-manager"])
    assert isinstance(found, StepEntry)
    assert found.step is ask_manager
    assert found.step.is_async
