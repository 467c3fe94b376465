"""What a person or a client may send: strict JSON, and nothing unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    create_model,
    field_validator,
)
from typing_extensions import TypedDict

from workflows.errors import FieldError, SchemaMismatch
from workflows.json_gate import SAFE_INTEGER, JSONObject, JSONValue
from workflows.schema import Schema, UnusableType


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Item(BaseModel):
    name: str
    price: Decimal = Decimal("1.50")


class Order(BaseModel):
    items: list[Item]
    on: date
    colour: Colour = Colour.RED
    note: str | None = None


class Yes(BaseModel):
    approved: bool
    comment: str = ""


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    a: int = 0
    inner: Yes | None = None


class Ignoring(BaseModel):
    model_config = ConfigDict(extra="ignore")

    a: int = 0
    inner: Yes | None = None


class Tree(BaseModel):
    kids: list[Tree] = []


class Wide(BaseModel):
    id: int = Field(ge=0, le=2**64 - 1)


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(BaseModel):
    kind: Literal["square"]
    side: float


class Shape(BaseModel):
    shape: Circle | Square = Field(discriminator="kind")


@dataclass
class Point:
    x: int
    y: int = 0


class Pair(TypedDict, total=False):
    a: int
    b: str


ORDER: JSONObject = {
    "items": [{"name": "pen", "price": "1.50"}],
    "on": "2026-01-31",
    "colour": "red",
    "note": None,
}


def faults(caught: pytest.ExceptionInfo[SchemaMismatch]) -> list[FieldError]:
    return caught.value.errors


def refused(type_: Any, value: JSONValue) -> list[tuple[list[str | int], str]]:
    """Place and kind of what a person's answer has wrong."""
    with pytest.raises(SchemaMismatch) as caught:
        Schema.of(type_).accept_strict(value)
    return [(fault["loc"], fault["type"]) for fault in faults(caught)]


def test_people_are_not_coerced() -> None:
    for wrong in ("yes", "on", "t", 1, 1.0, "false", None, 0):
        assert refused(Yes, {"approved": wrong}) == [(["approved"], "bool_type")]
    for wrong in (True, "1_000", " 7 ", 1.5, "7"):
        assert refused(int, wrong)[0][1] in {"int_type", "int_from_float"}
    assert refused(datetime, 0)[0][1] == "datetime_type"
    assert refused(str, 5) == [([], "string_type")]


def test_people_may_send_dates_decimals_and_enums_as_text() -> None:
    assert Schema.of(Order).accept_strict(ORDER) == ORDER
    assert Schema.of(Colour).accept_strict("blue") == "blue"
    assert Schema.of(UUID).accept_strict("12345678-1234-5678-1234-567812345678")
    assert Schema.of(datetime).accept_strict("2026-01-31T12:00:00Z") == (
        "2026-01-31T12:00:00Z"
    )


def test_a_decimal_keeps_every_digit_it_was_sent_with() -> None:
    assert Schema.of(Decimal).accept_strict("12.50") == "12.50"
    assert Schema.of(Decimal).accept_strict(12.5) == "12.5"
    assert Schema.of(Decimal).load("12.50") == Decimal("12.50")


@pytest.mark.parametrize(
    "odd", ["Infinity", "NaN", "1E+1000000", "1E-51", "-0.0", -0.0, "1." + "1" * 51]
)
def test_odd_decimals_of_people_are_refused(odd: JSONValue) -> None:
    assert refused(Item, {"name": "pen", "price": odd})[0][0] == ["price"]


def test_unknown_fields_of_people_are_refused_at_every_depth() -> None:
    assert refused(Yes, {"approved": True, "x": 1}) == [(["x"], "extra_forbidden")]
    assert refused(list[Yes], [{"approved": True, "x": 1}]) == [
        ([0, "x"], "extra_forbidden")
    ]
    assert refused(Point, {"x": 1, "z": 1})[0][0] == ["z"]
    assert refused(Pair, {"a": 1, "z": 1}) == [(["z"], "extra_forbidden")]
    assert refused(Tree, {"kids": [{"kids": [], "x": 1}]}) == [
        (["kids", 0, "x"], "extra_forbidden")
    ]
    assert refused(dict[str, Yes], {"k": {"approved": True, "x": 1}}) == [
        (["k", "x"], "extra_forbidden")
    ]


def test_unknown_fields_pass_where_the_model_itself_says_so() -> None:
    assert Schema.of(Open).accept_strict({"a": 1, "b": 2}) == {
        "a": 1,
        "b": 2,
        "inner": None,
    }
    assert Schema.of(Ignoring).accept_strict({"b": 2}) == {"a": 0, "inner": None}
    inner: JSONValue = {"inner": {"approved": True, "x": 1}}
    assert refused(Open, inner) == [(["inner", "x"], "extra_forbidden")]
    assert refused(Ignoring, inner) == [(["inner", "x"], "extra_forbidden")]


def test_wide_integers_pass_where_the_schema_declares_them() -> None:
    wide = Schema.of(Wide)
    assert wide.accept_strict({"id": 2**64 - 1}) == {"id": 2**64 - 1}
    assert wide.accept(Wide(id=2**63)) == {"id": 2**63}
    assert refused(Wide, {"id": 2**64}) == [(["id"], "integer_range")]
    assert refused(int, SAFE_INTEGER + 1) == [([], "integer_range")]


def test_the_place_is_relative_to_the_data_given() -> None:
    assert refused(Shape, {"shape": {"kind": "circle", "radius": "x"}}) == [
        (["shape", "radius"], "float_type")
    ]
    assert refused(int | Yes, {"approved": 1})[-1] == (["approved"], "bool_type")
    assert refused(Order, {"items": [{}], "on": "2026-01-31"}) == [
        (["items", 0, "name"], "missing")
    ]
    assert refused(dict[str, int], {"a": "x"}) == [(["a"], "int_type")]


def test_a_models_own_validators_have_their_say() -> None:
    class Even(BaseModel):
        n: int

        @field_validator("n")
        @classmethod
        def is_even(cls, n: int) -> int:
            if n % 2:
                raise ValueError("must be even")
            return n

    assert refused(Even, {"n": 3}) == [(["n"], "value_error")]
    assert Schema.of(Even).accept_strict({"n": 4}) == {"n": 4}


NAMED_AS_ANOTHER = Field("", alias="title")
FIRST_OF_LINES = Field(0, validation_alias=AliasChoices("one", AliasPath("lines", 0)))
Swapped = create_model(
    "Swapped", name=(str, NAMED_AS_ANOTHER), title=(str, Field("", alias="label"))
)
Taken = create_model("Taken", lines=(list[int], []), first=(int, FIRST_OF_LINES))


@dataclass
class Nested:
    swapped: list[Swapped]


@pytest.mark.parametrize("type_", [Swapped, Taken, Nested])
def test_an_alias_that_is_another_fields_name_is_refused(type_: Any) -> None:
    """What is stored by name would be read as what was sent by alias."""
    with pytest.raises(UnusableType, match="is a field and an alias of the field"):
        Schema.of(type_).json_schema()
