"""Unions: radios that choose, variants that remember, errors of the chosen one only."""

from decimal import Decimal
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Discriminator, Field, Tag

from tests.schema_forms.samples import model, page_of, posted, round_trip, shown
from workflows.json_gate import JSONValue


class Card(BaseModel):
    kind: Literal["card"]
    number: str = Field(min_length=4)


class Bank(BaseModel):
    kind: Literal["bank", "giro"] = "bank"
    iban: str


class Deposit(BaseModel):
    it: Annotated[int, Field(ge=1)] | Literal["not_needed"]


class Level(BaseModel):
    level: Literal[1]
    name: str


class Floor(BaseModel):
    level: Literal[2]
    height: int


class Sum(BaseModel):
    op: Literal["sum"]
    left: "Expression"
    right: "Expression"


class Number(BaseModel):
    op: Literal["number"]
    value: int


Expression = Annotated[Sum | Number, Field(discriminator="op")]
Pay = Annotated[Card | Bank, Field(discriminator="kind")]


class Payment(BaseModel):
    pay: Pay


class Maybe(BaseModel):
    pay: Pay | None = None


class Plain(BaseModel):
    it: int | str | Card


class Formula(BaseModel):
    it: Expression


@pytest.mark.parametrize("number", [0.875, 10000.0, -1, 0.1])
def test_a_number_is_shown_as_the_number_of_a_union_not_as_its_decimal(
    number: float,
) -> None:
    price = Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)]
    for sample in (model(price | float), model(Decimal | float)):
        form = posted(sample, shown(sample, {"it": number}).press())
        assert form.validate() == {"it": number}
        assert page_of(form).named("answer.it.__variant")[1].checked
    only = model(Decimal | bool)
    assert posted(only, shown(only, {"it": 2}).press()).validate() == {"it": "2"}


@pytest.mark.parametrize(
    ("union", "value"),
    [
        (list[Decimal] | list[float], [0.1, 2]),
        (list[Decimal] | list[float], ["0.1"]),
        (dict[str, Decimal] | dict[str, float], {"a": 0.1}),
        (list[Decimal | float] | list[float], [0.1]),
        (tuple[Decimal, bool] | tuple[float, bool], [0.1, False]),
    ],
)
def test_numbers_inside_a_union_come_back_as_they_were(
    union: object, value: JSONValue
) -> None:
    sample = model(union)
    answer = posted(sample, shown(sample, {"it": value}).press()).validate()
    assert answer == {"it": value}


def test_no_variant_is_chosen_for_the_person() -> None:
    page = shown(Payment)
    assert not any(c.checked for c in page.named("answer.pay.__variant"))
    form = posted(Payment, page.press())
    assert form.validate() is None
    assert form.errors_by_field == {"answer.pay": ["Choose one of the options."]}


def test_the_chosen_variant_says_its_tag() -> None:
    page = shown(Payment).fill("answer.pay.__variant", "giro")
    data = page.fill("answer.pay.giro.iban", "DE1").press()
    assert posted(Payment, data).validate() == {"pay": {"kind": "giro", "iban": "DE1"}}


def test_a_tag_that_is_no_text_stays_what_it_is() -> None:
    type_ = Annotated[Level | Floor, Field(discriminator="level")]
    value: JSONValue = {"level": 2, "height": 3}
    assert round_trip(type_, value) == value


def test_each_variant_remembers_what_was_typed_into_it() -> None:
    page = shown(Payment, {"pay": {"kind": "card", "number": "4444"}})
    page.fill("answer.pay.__variant", "bank").fill("answer.pay.bank.iban", "DE1")
    form = posted(Payment, page.press())
    assert form.value() == {"pay": {"kind": "bank", "iban": "DE1"}}
    back = page_of(form).fill("answer.pay.__variant", "card").press()
    assert posted(Payment, back).value() == {"pay": {"kind": "card", "number": "4444"}}


def test_errors_of_the_chosen_variant_land_inside_it() -> None:
    page = shown(Payment).fill("answer.pay.__variant", "card")
    form = posted(Payment, page.fill("answer.pay.card.number", "1").press())
    assert form.validate() is None
    assert form.errors_by_field == {
        "answer.pay.card.number": ["Enter at least 4 characters."]
    }


def test_a_proposal_that_is_not_complete_still_chooses_its_variant() -> None:
    page = shown(Payment, {"pay": {"kind": "card"}})
    (chosen,) = [c.value for c in page.named("answer.pay.__variant") if c.checked]
    assert chosen == "card"


def test_a_nullable_union_has_a_radio_for_none() -> None:
    page = shown(Maybe)
    assert posted(Maybe, page.press()).validate() == {"pay": None}
    page = shown(Maybe, {"pay": {"kind": "card", "number": "4444"}})
    data = page.fill("answer.pay.__variant", "").press()
    assert posted(Maybe, data).validate() == {"pay": None}


@pytest.mark.parametrize("value", [5, "5", {"kind": "card", "number": "4444"}])
def test_a_plain_union_is_told_apart_by_its_value(value: JSONValue) -> None:
    assert round_trip(Plain, {"it": value}) == {"it": value}


def test_a_plain_union_shows_the_errors_of_the_chosen_type_only() -> None:
    page = shown(Plain).fill("answer.it.__variant", "2")
    form = posted(Plain, page.fill("answer.it.2.number", "1").press())
    assert form.validate() is None
    assert form.errors_by_field == {
        "answer.it.2.number": ["Enter at least 4 characters."],
        "answer.it.2.kind": ["Choose one of the options."],
    }


def test_text_that_is_no_number_does_not_slip_through_as_a_text() -> None:
    page = shown(Plain).fill("answer.it.__variant", "0")
    form = posted(Plain, page.fill("answer.it.0", "five").press())
    assert form.validate() is None
    assert form.errors_by_field == {"answer.it.0": ["Enter a whole number."]}


def test_a_union_told_apart_by_a_function_keeps_its_tags() -> None:
    type_ = Annotated[
        Annotated[Card, Tag("by card")] | Annotated[Bank, Tag("by bank")],
        Discriminator(lambda v: "by card" if "number" in v else "by bank"),
    ]
    page = shown(type_, {"kind": "card", "number": "4444"})
    data = page.fill("answer.by%20card.number", "1").press()
    form = posted(type_, data)
    assert form.validate() is None
    assert form.errors_by_field == {
        "answer.by%20card.number": ["Enter at least 4 characters."]
    }


def test_a_union_that_contains_itself_opens_one_level_at_a_time() -> None:
    page = shown(Formula)
    page.fill("answer.it.__variant", "sum")
    page.fill("answer.it.sum.left.__variant", "number")
    page.fill("answer.it.sum.right.__variant", "number")
    form = posted(Formula, page.press())
    assert form.validate() is None
    assert form.errors_by_field["answer.it.sum.left"] == ["Fill in this part."]
    page = page_of(form)
    page.fill("answer.it.sum.left.number.value", "1")
    page.fill("answer.it.sum.right.number.value", "2")
    assert posted(Formula, page.press()).validate() == {
        "it": {
            "op": "sum",
            "left": {"op": "number", "value": 1},
            "right": {"op": "number", "value": 2},
        }
    }


def test_a_variant_of_one_value_is_said_by_choosing_it() -> None:
    page = shown(Deposit)
    assert "Not needed" in page.text
    assert "One of several" not in page.text
    form = posted(Deposit, page.fill("answer.it.__variant", "1").press())
    assert form.validate() == {"it": "not_needed"}
    assert round_trip(Deposit, {"it": "not_needed"}) == {"it": "not_needed"}
    assert round_trip(Deposit, {"it": 4}) == {"it": 4}


def test_a_fault_of_a_variant_of_one_value_has_its_place() -> None:
    errors = [{"loc": ["it"], "msg": "Value error, not here", "type": "value_error"}]
    form = posted(Deposit, shown(Deposit, {"it": "not_needed"}).press(), errors=errors)
    assert form.errors_by_field == {"answer.it.1": ["not here"]}
    assert "not here" in page_of(form).text
