"""Values become readable by their schema, and no schema can hide or break a value."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, Field, HttpUrl, TypeAdapter

from approvals import rendering
from approvals.readable import LONG, Shown
from workflows.json_gate import JSONObject, JSONValue


class Line(BaseModel):
    what: str
    amount: Decimal
    currency: str = "EUR"


class Card(BaseModel):
    kind: Literal["card"]
    number: str = Field(title="Card number")


class Bank(BaseModel):
    kind: Literal["bank"]
    iban: str = Field(title="IBAN")


class Claim(BaseModel):
    amount: Decimal
    currency: str = "EUR"
    spent_on: date
    sent_at: AwareDatetime
    receipt: HttpUrl
    within_policy: bool = Field(title="Within policy?")
    note: str | None = None
    lines: list[Line] = []
    pay_to: Card | Bank = Field(discriminator="kind")


CLAIM: dict[str, JSONValue] = {
    "amount": "4180.50",
    "currency": "EUR",
    "spent_on": "2026-11-12",
    "sent_at": "2026-11-18T09:14:00Z",
    "receipt": "https://files.example/1.pdf",
    "within_policy": False,
    "note": None,
    "lines": [
        {"what": "Flight", "amount": "620.00", "currency": "EUR"},
        {"what": "Hotel", "amount": "1240.00", "currency": "EUR"},
    ],
    "pay_to": {"kind": "bank", "iban": "FI21"},
}


def cells(value: JSONValue, type_: Any) -> dict[str, Shown]:
    schema = TypeAdapter(type_).json_schema()
    return {cell.label: cell.value for cell in rendering.shown(value, schema).cells}


def test_a_place_is_called_by_the_labels_on_the_way() -> None:
    row: JSONObject = {"properties": {"unit_price": {"title": "Price of one"}}}
    rows: JSONObject = {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Row"}}]}
    schema: JSONObject = {"$defs": {"Row": row}, "properties": {"sold_things": rows}}
    value: JSONObject = {"sold_things": [{}, {"unit_price": "x"}]}
    loc: list[str | int] = ["sold_things", 1, "unit_price"]
    assert rendering.place_at(value, loc, schema) == "Sold things → 2 → Price of one"
    assert rendering.place_at(None, ["a", 9, "b_c"], None) == "A → 10 → B c"
    assert rendering.place_at(value, [], schema) == ""


def test_each_field_is_shown_by_its_type() -> None:
    shown = cells(CLAIM, Claim)
    assert shown["Amount"].text == "4,180.50 EUR"
    assert shown["Spent on"].kind == "date"
    assert "2026" in shown["Spent on"].text
    assert shown["Sent at"].moment is not None
    assert shown["Receipt"].kind == "link"
    assert shown["Within policy?"].kind == "no"
    assert shown["Note"].kind == "nothing"


def test_a_list_of_models_is_a_table() -> None:
    table = cells(CLAIM, Claim)["Lines"]
    assert table.headings == ("What", "Amount", "Currency")
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Flight", "620.00 EUR", "EUR"],
        ["Hotel", "1,240.00 EUR", "EUR"],
    ]


def test_a_union_is_read_by_its_tag() -> None:
    assert [c.label for c in cells(CLAIM, Claim)["Pay to"].cells] == ["Kind", "IBAN"]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https://a.example/\u202egnp.exe",
        "https:// a.example",
        "//a.example",
    ],
)
def test_only_a_plain_web_address_is_a_link(address: str) -> None:
    shown = rendering.shown(address, {"type": "string", "format": "uri"})
    assert shown.kind == "text"
    assert shown.text == address


def test_a_long_text_is_folded_and_kept_whole() -> None:
    text = "word " * 1000
    shown = rendering.shown(text)
    assert len(shown.text) == LONG
    assert shown.text + shown.rest == text


def test_a_date_that_is_none_is_shown_as_text() -> None:
    schema: JSONValue = {"type": "string", "format": "date"}
    assert rendering.shown("2026-02-31", schema).text == "2026-02-31"


@pytest.mark.parametrize(
    "number", ["1E+1000000", "NaN", "Infinity", "-Infinity", "0E-400", "007"]
)
def test_an_absurd_number_is_shown_as_it_is_written(number: str) -> None:
    schema: JSONValue = TypeAdapter(Decimal).json_schema()
    assert rendering.shown(number, schema).text == number


def test_a_schema_that_refers_to_itself_ends() -> None:
    loop: JSONValue = {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert rendering.shown("here", loop).text == "here"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
schemas = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "object", "array", "null", "number"]),
            "format": st.sampled_from(["date", "date-time", "uri", "decimal"]),
            "title": st.none() | st.text(max_size=5),
            "pattern": st.just(r"^[+-]?\d+$"),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.text(max_size=3), inner, max_size=3),
            "items": inner,
            "anyOf": st.lists(inner, max_size=3),
            "additionalProperties": st.booleans() | inner,
        },
    ),
    max_leaves=6,
)


@given(json_values, schemas)
def test_every_text_of_a_value_is_shown_whatever_the_schema_says(
    value: JSONValue, schema: JSONValue
) -> None:
    everything = "\n".join(_texts(rendering.shown(value, schema)))
    for text in _leaves(value):
        assert text in everything


def _texts(node: Shown) -> list[str]:
    parts = [node.text + node.rest, *node.headings]
    inner = [*node.items, *(cell for row in node.rows for cell in row)]
    for cell in node.cells:
        parts.append(cell.label)
        inner.append(cell.value)
    return [*parts, *(text for child in inner for text in _texts(child))]


def _leaves(value: JSONValue) -> list[str]:
    """Letters only: a number or a date may be written in another way."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in _leaves(item)]
    if isinstance(value, list):
        return [text for item in value for text in _leaves(item)]
    return [value] if isinstance(value, str) and value.isalpha() else []
