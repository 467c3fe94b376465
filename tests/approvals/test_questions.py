"""Titles and key facts, taken from the payload as text."""

from datetime import date
from decimal import Decimal

from django.utils import translation
from pydantic import BaseModel, Field

from approvals import readable
from approvals.questions import LONGEST_TITLE, fact_text, summary_of, title_of
from workflows.json_gate import JSONValue


class Address(BaseModel):
    city: str


class Question(BaseModel):
    title: str
    cost_centre: str
    amount: str = Field(title="Amount in euros")
    urgent: bool = False
    home: Address
    lines: list[str] = []


SCHEMA = Question.model_json_schema()
PAYLOAD: dict[str, JSONValue] = {
    "title": "Pay Bob?",
    "cost_centre": "4711",
    "amount": "12.50",
    "urgent": True,
    "home": {"city": "Graz"},
    "lines": ["taxi", "hotel"],
}


def titled(
    payload: JSONValue = None, *, given: str | None = None, description: str = ""
) -> str:
    return title_of(
        given=given, payload=payload, description=description, step_id="ask-a_manager"
    )


def test_the_title_is_the_policys_else_the_payloads_else_the_steps() -> None:
    assert titled(PAYLOAD, given="Really pay?", description="d") == "Really pay?"
    assert titled(PAYLOAD, description="d") == "Pay Bob?"
    assert titled({"question": "Go on?"}, description="d") == "Go on?"
    assert titled("Just a text?", description="d") == "Just a text?"
    assert titled({"title": " ", "question": 3}, description="Ask her") == "Ask her"
    assert titled(None) == "Ask a manager"


def test_a_title_is_one_line_and_never_executed() -> None:
    assert titled({"title": "a\n\tb"}) == "a b"
    assert titled({"title": "{0.__class__} %s {{ 7 }}"}) == "{0.__class__} %s {{ 7 }}"
    long = titled({"title": "x" * 5000})
    assert len(long) == LONGEST_TITLE
    assert long.endswith("…")


def test_the_summary_has_the_schemas_labels_and_the_payloads_values() -> None:
    fields = ("amount", "home.city", "urgent", "lines", "cost_centre")
    assert summary_of(fields=fields, payload=PAYLOAD, schema=SCHEMA) == [
        ["Amount in euros", "12.50"],
        ["City", "Graz"],
        ["Urgent", "yes", "boolean"],
        ["Lines", "taxi, hotel"],
        ["Cost centre", "4711"],
    ]


def test_without_a_choice_the_summary_is_the_first_plain_fields() -> None:
    found = summary_of(fields=None, payload=PAYLOAD, schema=SCHEMA)
    assert [fact[0] for fact in found] == ["Cost centre", "Amount in euros", "Urgent"]
    assert summary_of(fields=(), payload=PAYLOAD, schema=SCHEMA) == []
    assert summary_of(fields=None, payload=PAYLOAD, schema={}) == []
    assert summary_of(fields=None, payload="text", schema={"type": "string"}) == []


def test_what_is_absent_is_left_out() -> None:
    payload: dict[str, JSONValue] = {"amount": None}
    assert summary_of(fields=("amount", "x"), payload=payload, schema={}) == []
    assert summary_of(fields=("a.b",), payload={"a": 3}, schema={}) == []


def test_large_values_become_a_short_text() -> None:
    assert fact_text({"a": 1, "b": 2}) == "2 entries"
    assert fact_text([{"a": 1}]) == "1 entries"
    assert len(fact_text("y" * 5000)) == 200


class Order(BaseModel):
    price: Decimal
    currency: str
    needed_on: date
    copies: int
    insured: bool


def test_a_fact_is_written_as_its_reader_writes_numbers_and_days() -> None:
    payload: dict[str, JSONValue] = {
        "price": "8450.00",
        "currency": "EUR",
        "needed_on": "2026-12-03",
        "copies": 12000,
        "insured": False,
    }
    fields = ("price", "needed_on", "copies", "insured", "currency")
    facts = summary_of(fields=fields, payload=payload, schema=Order.model_json_schema())
    shown = [(fact[0], readable.fact(fact[1], (*fact, "")[2])) for fact in facts]
    assert shown == [
        ("Price", "8,450.00 EUR"),
        ("Needed on", "3 Dec 2026"),
        ("Copies", "12,000"),
        ("Insured", "No"),
        ("Currency", "EUR"),
    ]
    with translation.override("de"):
        assert readable.fact("8450.00", "decimal EUR") == "8.450,00 EUR"


def test_a_text_that_looks_like_a_number_stays_as_it_is() -> None:
    assert readable.fact("0815", "") == "0815"
    assert readable.fact("not a day", "date") == "not a day"
