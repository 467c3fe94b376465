"""Types made of types, types that stand alone, and what can only be JSON."""

from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Any, NotRequired

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    RootModel,
)
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict

from tests.schema_forms.samples import (
    control,
    model,
    page_of,
    posted,
    round_trip,
    shown,
)


class Color(Enum):
    DARK_RED = "dr"
    GREEN = "g"


# --- parts ------------------------------------------------------------------------


class Address(BaseModel):
    """Where it goes."""

    street: str
    country: str = "DE"


class Node(BaseModel):
    name: str
    child: "Node | None" = None


def test_a_nested_model_is_a_titled_group_with_its_defaults() -> None:
    page = shown(model(Address))
    assert "Where it goes." in page.text
    data = page.fill("answer.it.street", "Hauptstraße 1").press()
    assert posted(model(Address), data).validate() == {
        "it": {"street": "Hauptstraße 1", "country": "DE"}
    }


def test_an_optional_part_is_null_until_its_box_is_ticked() -> None:
    sample = model(Address | None, None)
    page = shown(sample).fill("answer.it.street", "typed before ticking")
    assert posted(sample, page.press()).validate() == {"it": None}
    ticked = posted(sample, page.fill("answer.it.__on", "1").press())
    assert ticked.validate() == {
        "it": {"street": "typed before ticking", "country": "DE"}
    }


def test_a_part_that_is_switched_off_remembers_what_was_typed() -> None:
    sample = model(Address | None, None)
    page = shown(sample, {"it": {"street": "Here"}}).clear("answer.it.__on")
    form = posted(sample, page.press())
    assert form.value() == {"it": None}
    back = page_of(form).fill("answer.it.__on", "1").press()
    assert posted(sample, back).value() == {"it": {"street": "Here", "country": "DE"}}


def test_a_model_that_contains_itself_opens_one_level_at_a_time() -> None:
    page = shown(Node)
    assert "answer.child.name" in page.names()
    assert "answer.child.child.name" not in page.names()
    page.fill("answer.name", "a").fill("answer.child.name", "b")
    page.fill("answer.child.__on", "1")
    form = posted(Node, page.press("answer.__action", "add:answer.child.child"))
    assert form.action == "add"
    assert "autofocus" in control(page_of(form), "answer.child.child.name").attributes
    deeper = page_of(form).fill("answer.child.child.name", "c").press()
    assert posted(Node, deeper).validate() == {
        "name": "a",
        "child": {"name": "b", "child": {"name": "c", "child": None}},
    }


def test_a_box_inside_a_part_that_was_not_on_the_page_keeps_its_default() -> None:
    class Leaf(BaseModel):
        flag: bool = True
        deeper: "Leaf | None" = None

    data = {"answer.it.__on": "1", "answer.it.__shown": "1", "answer.it.flag": "true"}
    data["answer.it.deeper.__on"] = "1"
    form = posted(model(Leaf | None, None), data)
    assert form.value() == {
        "it": {"flag": True, "deeper": {"flag": True, "deeper": None}}
    }
    assert form.validate() is None  # nobody has seen what is behind the box
    data["answer.__action"] = "add:answer.it.deeper"
    form = posted(model(Leaf | None, None), data)
    assert form.value() == {
        "it": {"flag": True, "deeper": {"flag": True, "deeper": None}}
    }


def test_a_nesting_deeper_than_can_be_drawn_is_json() -> None:
    value: dict[str, Any] = {"name": "leaf", "child": None}
    for number in range(12):
        value = {"name": f"n{number}", "child": value}
    assert round_trip(Node, value) == value


def test_a_post_can_not_nest_deeper_than_is_drawn() -> None:
    data, name = {"answer.name": "a"}, "answer"
    for _level in range(900):
        name += ".child"
        data |= {f"{name}.__on": "1", f"{name}.__shown": "1"}
    form = posted(Node, data)
    assert form.validate() is None
    assert len(str(form)) < 100_000


def test_a_tuple_has_a_control_for_each_place() -> None:
    sample = model(tuple[int, str])
    assert round_trip(sample, {"it": [1, "a"]}) == {"it": [1, "a"]}
    form = posted(
        sample, shown(sample, {"it": [1, "a"]}).fill("answer.it.0", "").press()
    )
    assert form.validate() is None
    assert form.errors_by_field == {"answer.it.0": ["This field is required."]}


# --- other ways to write a type ---------------------------------------------------


class Claim(TypedDict):
    amount: int
    note: NotRequired[str]
    where: NotRequired[Address]


@dataclass
class Point:
    x: int
    y: int = 0


def test_a_typed_dict_leaves_out_what_was_not_given() -> None:
    data = shown(Claim).fill("answer.amount", "5").press()
    assert posted(Claim, data).validate() == {"amount": 5}


def test_a_dataclass_is_drawn_like_a_model() -> None:
    data = shown(Point).fill("answer.x", "5").press()
    assert posted(Point, data).validate() == {"x": 5, "y": 0}


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        *((int, 5), (date, "2026-01-01"), (list[int], [1, 2]), (bool, False)),
        *((RootModel[list[str]], ["a"]), (dict[str, int], {"a": 1}), (Color, "g")),
        *((None, {"any": ["thing"]}), (Any, 3), (int | None, None), (str, "a")),
    ],
)
def test_any_type_can_stand_alone(type_: Any, value: Any) -> None:
    assert round_trip(type_, value) == value


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Any, {"a": [1, None]}),
        (dict, {"a": 1}),
        (list, [1, "a"]),
        (bytes, "abc"),
        (Callable[[int], int], "anything"),
        (list[Any], [1]),
        (dict[str, Any], {"a": [True]}),
    ],
)
def test_what_can_not_be_drawn_is_json_and_never_a_blank_page(
    annotation: Any, value: Any
) -> None:
    page = shown(model(annotation), {"it": value})
    assert page.named("answer.it.__json")
    assert posted(model(annotation), page.press()).value() == {"it": value}


def test_a_value_of_another_type_than_the_field_is_shown_as_json() -> None:
    page = shown(model(int), {"it": {"not": "a number"}})
    assert '"not"' in control(page, "answer.it.__json").value


@pytest.mark.parametrize("text", ["{", "[1,]", '{"a":1,"a":2}', "NaN", '"\\u0000"'])
def test_text_that_is_no_json_is_kept_and_explained(text: str) -> None:
    form = posted(model(Any), {"answer.it.__json": text})
    assert form.validate() is None
    assert form.errors_by_field["answer.it"][0].startswith("This is not valid JSON")
    assert control(page_of(form), "answer.it.__json").value == text


def test_unknown_values_of_an_open_model_are_not_lost() -> None:
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        a: int

    value = {"it": {"a": 1, "more": [2]}}
    assert round_trip(model(Open), value) == value


def test_field_names_may_be_anything() -> None:
    strange = TypedDict("strange", {"a.b": str, "__on": int, '"<ü>:': str})
    value = {"a.b": "x", "__on": 1, '"<ü>:': "y"}
    assert posted(strange, shown(strange, value).press()).validate() == value
