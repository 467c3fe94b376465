from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    computed_field,
)
from typing_extensions import TypedDict

from workflows.errors import FieldError, PayloadRejected, SchemaMismatch
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


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    on: date
    amount: Decimal
    count: int


class Renamed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first: str = Field(alias="firstName")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def loud(self) -> str:
        return self.first.upper()


class Tree(BaseModel):
    kids: list[Tree] = []


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


def test_a_type_has_one_schema() -> None:
    assert Schema.of(Order) is Schema.of(Order)
    assert Schema.of(Order) is not Schema.of(Order, optional=True)


def test_no_type_means_anything_json() -> None:
    anything: list[JSONValue] = [None, False, 0, "x", [], {"a": [1.5]}]
    for nothing in (None, Any, object):
        schema = Schema.of(nothing)
        assert schema.is_any
        assert schema.json_schema() == {}
        for value in anything:
            assert schema.accept(value) == value
            assert schema.accept_strict(value) == value
            assert schema.load(value) == value


def test_a_model_goes_to_json_and_comes_back_as_a_model() -> None:
    order = Order(items=[Item(name="pen")], on=date(2026, 1, 31))
    schema = Schema.of(Order)
    assert schema.accept(order) == ORDER
    assert schema.dump(order) == ORDER
    assert schema.load(ORDER) == order


def test_python_data_is_read_by_the_models_own_configuration() -> None:
    plain = {"items": [{"name": "pen", "price": 1.5}], "on": "2026-01-31"}
    assert Schema.of(Order).accept(plain) == {
        **ORDER,
        "items": [{"name": "pen", "price": "1.5"}],
    }
    assert Schema.of(int).accept("7") == 7


def test_a_strict_model_takes_python_objects_and_its_own_json() -> None:
    schema = Schema.of(Strict)
    given_ = Strict(on=date(2026, 1, 31), amount=Decimal("1.50"), count=1)
    stored = schema.accept(given_)
    assert stored == {"on": "2026-01-31", "amount": "1.50", "count": 1}
    assert schema.accept(stored) == stored
    assert schema.accept({"on": date(2026, 1, 31), "amount": Decimal(1), "count": 1})
    with pytest.raises(SchemaMismatch):
        schema.accept({**stored, "count": "1"})


def test_python_code_may_pass_unknown_fields_as_pydantic_does() -> None:
    assert Schema.of(Yes).accept({"approved": True, "x": 1}) == {
        "approved": True,
        "comment": "",
    }


def test_defaults_are_filled_in() -> None:
    assert Schema.of(Pair).accept_strict({}) == {}
    assert Schema.of(Point).accept_strict({"x": 1}) == {"x": 1, "y": 0}
    assert Schema.of(Tree).accept({}) == {"kids": []}


def test_scalars_and_lists_have_schemas_too() -> None:
    assert Schema.of(list[int]).accept((1, 2)) == [1, 2]
    assert Schema.of(bool).accept_strict(False) is False
    assert Schema.of(RootModel[list[int]]).accept_strict([1]) == [1]
    assert Schema.of(set[int]).accept({3}) == [3]
    assert Schema.of(set[int]).load([3]) == {3}
    assert Schema.of(dict[int, str]).accept({1: "a"}) == {"1": "a"}
    assert Schema.of(dict[int, str]).load({"1": "a"}) == {1: "a"}
    assert Schema.of(bytes).accept(b"abc") == "abc"


def test_a_model_of_another_class_fits_by_its_fields() -> None:
    class Wider(BaseModel):
        approved: bool = True
        comment: str = "fine"
        more: int = 1

    fitting = {"approved": True, "comment": "fine"}
    assert Schema.of(Yes).dump(Wider()) == fitting
    assert Schema.of(list[Yes]).dump([Wider()]) == [fitting]
    assert Schema.of(Point).dump({"x": 1}) == {"x": 1, "y": 0}
    with pytest.raises(SchemaMismatch):
        Schema.of(Order).dump(Wider())


def test_an_output_without_schema_may_be_a_model_or_a_date() -> None:
    assert Schema.of(None).dump({"on": date(2026, 1, 31), "p": Point(1)}) == {
        "on": "2026-01-31",
        "p": {"x": 1, "y": 0},
    }
    assert Schema.of(None).dump((1, Colour.RED)) == [1, "red"]
    assert Schema.of(None).dump(datetime(2026, 1, 31, tzinfo=UTC)) == (
        "2026-01-31T00:00:00Z"
    )


@pytest.mark.parametrize("value", [object(), lambda: 1, b"\xff", Exception()])
def test_what_has_no_json_form_is_a_mismatch(value: object) -> None:
    with pytest.raises(SchemaMismatch):
        Schema.of(None).dump({"a": value})


def test_a_cycle_is_a_mismatch() -> None:
    cycle: dict[str, Any] = {}
    cycle["kids"] = [cycle]
    for schema in (Schema.of(None), Schema.of(dict[str, Any]), Schema.of(Tree)):
        with pytest.raises(SchemaMismatch):
            schema.accept(cycle)


class Loose(BaseModel):
    anything: Any = None
    numbers: dict[str, Any] = {}
    json_: JsonValue = None
    real: float = 0


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_infinity_never_turns_into_null(bad: float) -> None:
    values: list[tuple[Any, object]] = [
        (None, {"a": [bad]}),
        (Loose, Loose(anything=[bad])),
        (Loose, Loose(numbers={"x": bad})),
        (Loose, Loose(real=bad)),
        (list[Loose], [Loose(json_=bad)]),
        (Loose, {"anything": bad}),
        (dict[str, Any], {"a": bad}),
        (float, bad),
    ]
    for type_, value in values:
        with pytest.raises(SchemaMismatch):
            Schema.of(type_).accept(value)


def test_every_payload_passes_the_gate() -> None:
    for wrong in ("\0", "\ud800", SAFE_INTEGER + 1, "x" * 300_000):
        with pytest.raises(PayloadRejected):
            Schema.of(None).accept({"a": wrong})
        with pytest.raises(PayloadRejected):
            Schema.of(Loose).accept_strict({"anything": wrong})
        with pytest.raises(SchemaMismatch):
            Schema.of(Loose).accept(Loose(anything=wrong))


def test_a_changed_instance_is_checked_again_before_it_is_stored() -> None:
    broken = Yes(approved=True)
    broken.__dict__["approved"] = "maybe"
    with pytest.raises(SchemaMismatch):
        Schema.of(Yes).dump(broken)


def test_a_secret_reaches_the_step_and_no_error_message() -> None:
    class Login(BaseModel):
        password: SecretStr = Field(min_length=10)
        key: SecretBytes
        number: Secret[int]

    schema = Schema.of(Login)
    sent: JSONObject = {"password": "correct horse", "key": "k", "number": 7}
    stored = schema.accept_strict(sent)
    assert stored == sent
    assert schema.load(stored).password.get_secret_value() == "correct horse"
    assert schema.accept(schema.load(stored)) == stored
    with pytest.raises(SchemaMismatch) as caught:
        schema.accept_strict({**sent, "password": "hunter2"})
    assert "hunter2" not in str(caught.value) + repr(faults(caught))


def test_aliases_and_names_are_both_read_and_names_are_stored() -> None:
    schema = Schema.of(Renamed)
    stored = schema.accept_strict({"firstName": "Ann"})
    assert stored == {"first": "Ann"}
    assert schema.accept(stored) == stored
    assert schema.load(stored).loud == "ANN"
    assert schema.accept({"firstName": "Ann"}) == stored
    assert [*schema.json_schema()["properties"]] == ["first"]  # type: ignore[misc]
    for sent in ("first", "firstName"):  # the place is that of what was sent
        with pytest.raises(SchemaMismatch) as caught:
            schema.accept_strict({sent: 5})
        assert caught.value.errors[0]["loc"] == [sent]


def test_names_are_stored_of_a_model_that_is_written_by_alias() -> None:
    class Written(BaseModel):
        model_config = ConfigDict(serialize_by_alias=True)
        first: str = Field(alias="firstName")

    stored = Schema.of(Written).accept({"firstName": "Ann"})
    assert stored == {"first": "Ann"}


def test_none_passes_an_optional_output_but_is_not_in_its_json_schema() -> None:
    schema = Schema.of(int, optional=True)
    assert schema.dump(None) is None
    assert schema.load(None) is None
    assert schema.json_schema() == {"type": "integer"}
    with pytest.raises(SchemaMismatch):
        Schema.of(int).dump(None)


def test_loading_gives_a_value_that_is_safe_to_change() -> None:
    stored: JSONObject = {"a": [1]}
    loaded = Schema.of(None).load(stored)
    loaded["a"].append(2)
    accepted = Schema.of(None).accept(stored)
    assert isinstance(accepted, dict)
    accepted["b"] = 1
    assert stored == {"a": [1]}


def test_a_json_schema_can_be_changed_without_harm() -> None:
    Schema.of(Yes).json_schema()["title"] = "Changed"
    assert Schema.of(Yes).json_schema()["title"] == "Yes"


def test_input_and_output_have_json_schemas_of_their_own() -> None:
    going_in = Schema.of(Item).json_schema()
    coming_out = Schema.of(Item).json_schema("serialization")
    assert going_in["required"] == ["name"]
    assert "anyOf" in json.dumps(going_in)
    assert "anyOf" not in json.dumps(coming_out)


def test_errors_keep_place_message_and_kind_and_drop_the_value() -> None:
    class Login(BaseModel):
        password: SecretStr = Field(min_length=10)
        pin: int

    with pytest.raises(SchemaMismatch) as caught:
        Schema.of(Login).accept({"password": "hunter2", "pin": "hunter2"})
    assert [sorted(fault) for fault in faults(caught)] == [["loc", "msg", "type"]] * 2
    assert faults(caught)[1] == {
        "loc": ["pin"],
        "msg": "Input should be a valid integer, unable to parse string as an integer",
        "type": "int_parsing",
    }
    assert "- pin: Input should be a valid integer" in str(caught.value)
    assert "hunter2" not in str(caught.value) + repr(faults(caught))
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


class Opaque:
    pass


class WithOpaqueDefault(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    a: Any = Opaque()


class WithEndlessDefault(BaseModel):
    a: float = math.inf


@pytest.mark.parametrize(
    "type_",
    [Opaque, WithOpaqueDefault, WithEndlessDefault, {"type": "object"}, "Nowhere", 5],
)
def test_types_that_are_no_schema_of_json_say_so(type_: Any) -> None:
    with pytest.raises(UnusableType) as caught:
        Schema.of(type_).json_schema()
    assert str(caught.value)
    assert "\n" not in str(caught.value)


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=2)


@given(
    st.builds(
        Order,
        items=st.lists(st.builds(Item, name=st.text("abc é"), price=NUMBERS)),
        on=st.dates(),
        colour=st.sampled_from(Colour),
        note=st.none() | st.text("xyz"),
    )
)
def test_storing_and_loading_is_the_identity(order: Order) -> None:
    schema = Schema.of(Order)
    stored = schema.accept(order)
    assert schema.load(stored) == order
    assert schema.accept(schema.load(stored)) == stored
    assert schema.accept(stored) == stored


def test_text_that_needs_no_reading_is_passed_on_and_other_text_is_checked() -> None:
    long = "x" * 1000
    assert Schema.of(str).load(long) is long
    assert Schema.of(None).load(long) is long
    assert Schema.of(str).accept(long) is long
    for wrong in ("a\0b", "\ud800"):
        with pytest.raises(SchemaMismatch):
            Schema.of(str).accept(wrong)
    with pytest.raises(SchemaMismatch):
        Schema.of(Annotated[str, Field(max_length=3)]).load(long)
