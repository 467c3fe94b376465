"""The drawing of a graph: every step once, nothing over anything else."""

from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.graph_layout import BOX_WIDTH, Graph, Node, layout
from workflows.json_gate import JSONObject, JSONValue

STEP: JSONObject = {"kind": "step", "id": "check"}


def drawn(*entries: JSONValue, **statuses: str) -> Graph:
    return layout({"entries": list(entries)}, statuses)


def test_an_empty_workflow_is_an_empty_drawing() -> None:
    assert drawn().nodes == ()


def test_steps_stand_below_each_other_and_are_joined() -> None:
    graph = drawn(STEP, {"kind": "step", "id": "pay"}, check="success")
    assert [node.name for node in graph.nodes] == ["Check", "Pay"]
    assert graph.nodes[0].x == graph.nodes[1].x
    assert graph.nodes[0].y < graph.nodes[1].y
    assert [node.badge.tone for node in graph.nodes] == ["good", "idle"]
    assert len(graph.edges) == 1


def test_parallel_steps_stand_beside_each_other() -> None:
    other: JSONObject = {"kind": "step", "id": "other"}
    graph = drawn({"kind": "parallel", "members": [STEP, other]}, STEP)
    assert graph.nodes[0].y == graph.nodes[1].y
    assert graph.nodes[1].x - graph.nodes[0].x >= BOX_WIDTH
    assert len(graph.edges) == 2


def test_a_condition_stands_over_its_arm() -> None:
    branch: JSONObject = {
        "kind": "branch",
        "members": [STEP, {"kind": "step", "id": "pay"}],
        "conditions": ["is small", ""],
    }
    assert [frame.label for frame in drawn(branch).frames] == ["is small"]


def test_a_step_of_a_nested_workflow_has_its_own_status() -> None:
    nested: JSONObject = {"kind": "workflow", "id": "child", "entries": [STEP]}
    graph = layout({"entries": [nested]}, {"child.check": "failed"})
    assert graph.nodes[0].badge.tone == "bad"


def _nested(inner: st.SearchStrategy[JSONObject]) -> st.SearchStrategy[JSONObject]:
    several = st.lists(inner, min_size=1, max_size=3)
    one = st.lists(inner, min_size=1, max_size=1)
    return st.one_of(
        several.map(lambda m: {"kind": "parallel", "members": list(m)}),
        several.map(
            lambda m: {"kind": "branch", "members": list(m), "conditions": ["if"]}
        ),
        one.map(lambda m: {"kind": "foreach", "members": list(m)}),
        several.map(lambda m: {"kind": "workflow", "id": "w", "entries": list(m)}),
    )


graphs = st.lists(st.recursive(st.just(STEP), _nested, max_leaves=12), max_size=4)


# On a machine that is busy elsewhere the drawing of one graph takes a second.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(graphs)
def test_no_box_covers_another_and_all_lie_inside(entries: list[JSONValue]) -> None:
    graph = drawn(*entries)
    for one, other in combinations(graph.nodes, 2):
        assert not _overlap(one, other)
    for node in graph.nodes:
        assert 0 <= node.x <= graph.width - node.width
        assert 0 <= node.y <= graph.height - node.height


def _overlap(one: Node, other: Node) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    below = one.y + one.height <= other.y or other.y + other.height <= one.y
    return not (beside or below)
