from __future__ import annotations

from typing import Any

import pytest

from workflows.definition import Step
from workflows.mapping import MapVariable, Placeholder, Text, map_variable


def template(text: str) -> list[Text | Placeholder]:
    return list(map_variable(template=text).parts())


def test_a_step_may_be_given_in_every_way() -> None:
    step = Step("a", lambda: 1)
    for given in (step, "a", [step], ["a"], ("a",)):
        assert map_variable(step=given).steps == ("a",)
    assert map_variable(step=["a.b", step]).steps == ("a.b", "a")


@pytest.mark.parametrize("whole", [None, ".", ""])
def test_no_path_or_a_dot_is_the_whole_value(whole: str | None) -> None:
    assert map_variable(step="a", path=whole).path == ()


def test_a_path_is_cut_at_its_dots() -> None:
    assert map_variable(init_data=True, path="a.b.0").path == ("a", "b", "0")


@pytest.mark.parametrize("constant", [None, 0, False, "", [], {}])
def test_falsy_constants_are_kept(constant: Any) -> None:
    variable = map_variable(value=constant)
    assert variable.source == "value"
    assert variable.value == constant
    assert variable.problems == ()


def test_each_source_is_told_apart() -> None:
    def double(ctx: Any) -> int:
        return 2

    variables: list[MapVariable] = [
        map_variable(step="a"),
        map_variable(init_data=True),
        map_variable(request_context="user"),
        map_variable(value=1),
        map_variable(fn=double),
        map_variable(template="x"),
    ]
    assert [variable.source for variable in variables] == [
        "step",
        "init_data",
        "request_context",
        "value",
        "fn",
        "template",
    ]
    assert variables[2].key == "user"
    assert variables[4].fn is double
    assert all(variable.problems == () for variable in variables)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("literal-only", [Text(text="literal-only")]),
        (
            "$5 then ${inputData.a}",
            [Text(text="$5 then "), Placeholder(root="inputData", keys=("a",))],
        ),
        ("${inputData}", [Placeholder(root="inputData", keys=())]),
        (
            "${inputData.list.0.name}",
            [Placeholder(root="inputData", keys=("list", "0", "name"))],
        ),
        (
            "l1=${state.a}\nl2=${requestContext.b}",
            [
                Text(text="l1="),
                Placeholder(root="state", keys=("a",)),
                Text(text="\nl2="),
                Placeholder(root="requestContext", keys=("b",)),
            ],
        ),
        (
            "pulled=${stepResults.early-step.value.nested}",
            [
                Text(text="pulled="),
                Placeholder(root="stepResults", keys=("early-step", "value", "nested")),
            ],
        ),
        (
            "$${initData.a}$",
            [
                Text(text="$"),
                Placeholder(root="initData", keys=("a",)),
                Text(text="$"),
            ],
        ),
        ("${unclosed", [Text(text="${unclosed")]),
        ("x" * 1200, [Text(text="x" * 1200)]),
    ],
)
def test_a_template_is_cut_into_text_and_placeholders(
    text: str, parts: list[Text | Placeholder]
) -> None:
    assert map_variable(template=text).problems == ()
    assert template(text) == parts


def test_a_variable_knows_the_steps_it_reads() -> None:
    assert map_variable(step=["a", "b"]).reads() == ("a", "b")
    assert map_variable(template="${stepResults.a.x} ${state.b}").reads() == ("a",)
    assert map_variable(value=1).reads() == ()


def test_the_description_has_neither_code_nor_constants() -> None:
    assert map_variable(step="a", path="b.c").describe() == {
        "source": "step",
        "steps": ["a"],
        "path": "b.c",
    }
    assert map_variable(value="secret").describe() == {"source": "value"}
    assert map_variable(request_context="user").describe() == {
        "source": "request_context",
        "key": "user",
    }
    assert map_variable(template="a ${state.b}").describe() == {
        "source": "template",
        "template": "a ${state.b}",
    }
