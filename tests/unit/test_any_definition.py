"""What holds for every definition, however its constructs are put together."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows import json_gate
from workflows.definition import Step, Workflow
from workflows.graph import MapEntry, NestedEntry, SleepEntry, find, map_variable, walk

Ids: TypeAlias = Callable[[], str]
# A shape is a nested list of (construct, inner shapes); names are given out later.
Shape: TypeAlias = list[tuple[str, list[Any]]]

CONSTRUCTS = [
    "then",
    "parallel",
    "branch",
    "dowhile",
    "dountil",
    "map",
    "variables",
    "sleep",
]


def shapes(depth: int) -> st.SearchStrategy[Shape]:
    inner = st.just([]) if depth == 0 else st.lists(shapes(depth - 1), max_size=2)
    entries = st.tuples(st.sampled_from(CONSTRUCTS), inner)
    return st.lists(entries, min_size=1, max_size=3)


def build(shape: Shape, id: str, ids: Ids) -> Workflow:
    workflow = Workflow(id)
    for construct, inside in shape:
        nested = [build(one, ids(), ids) for one in inside]
        add(workflow, construct, [Step(ids(), lambda data: data), *nested], ids)
    return workflow.commit(register=False)


def add(
    workflow: Workflow, construct: str, members: list[Step | Workflow], ids: Ids
) -> None:
    match construct:
        case "then":
            for member in members:
                workflow.then(member)
        case "parallel":
            workflow.parallel(members)
        case "branch":
            workflow.branch([(bool, member) for member in members])
        case "dowhile" | "dountil":
            getattr(workflow, construct)(members[-1], bool)
        case "map":
            workflow.map(lambda ctx: [1]).foreach(members[-1], concurrency=2)
        case "variables":
            workflow.then(members[0])
            workflow.map({"k": map_variable(step=members[0])}, id=ids())
        case _:
            workflow.sleep(1).then(members[-1])


def built(shape: Shape, id: str = "root") -> Workflow:
    numbers = count()
    return build(shape, id, lambda: f"s{next(numbers)}")


@settings(deadline=None, max_examples=50)
@given(shapes(depth=2))
def test_every_path_is_unique_and_leads_to_its_member(shape: Shape) -> None:
    workflow = built(shape)
    paths = [path for path, _ in walk(workflow)]
    assert len(paths) == len(set(paths))
    for path, member in walk(workflow):
        assert find(workflow, path) is member


@settings(deadline=None, max_examples=50)
@given(shapes(depth=2))
def test_every_graph_is_json_and_names_every_member(shape: Shape) -> None:
    workflow = built(shape)
    graph = workflow.graph()
    wide = json_gate.Limits(max_bytes=10**7, max_depth=64, max_values=10**6)
    json_gate.check(graph, wide)
    text = json_gate.dumps(graph)
    assert all(f'"id":"{path[-1]}"' in text for path, _ in walk(workflow))


@settings(deadline=None, max_examples=50)
@given(shapes(depth=2))
def test_the_same_definition_has_the_same_ids_and_fingerprint(shape: Shape) -> None:
    first, second = built(shape), built(shape)
    assert [path for path, _ in walk(first)] == [path for path, _ in walk(second)]
    assert first.fingerprint == second.fingerprint


@settings(deadline=None, max_examples=50)
@given(shapes(depth=2))
def test_a_clone_differs_only_in_what_is_named_after_the_workflow(
    shape: Shape,
) -> None:
    original = built(shape)
    twin = original.clone(id="twin")
    members = zip(walk(original), walk(twin), strict=True)
    for (path, member), (twin_path, twin_member) in members:
        if isinstance(member, MapEntry | SleepEntry):
            assert twin_path in {path, (path[0].replace("root", "twin"), *path[1:])}
        else:
            assert twin_path == path
            assert twin_member == member


@settings(deadline=None, max_examples=50)
@given(shapes(depth=2), shapes(depth=2))
def test_a_nested_workflow_is_a_scope_of_its_own(one: Shape, other: Shape) -> None:
    # Both give out the same ids inside.
    left, right = built(one, "left"), built(other, "right")
    outer = Workflow("outer").parallel([left, right]).commit(register=False)
    inside = sum(1 for _ in walk(left)) + sum(1 for _ in walk(right))
    assert sum(1 for _ in walk(outer)) == inside + 2
    assert isinstance(find(outer, ["left"]), NestedEntry)
