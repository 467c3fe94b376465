"""The form as a whole: verdict, proposals, reading only, what it tells clients."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.template import Context, Template
from django.utils import translation
from pydantic import BaseModel, Field, SecretStr, create_model, model_validator
from pydantic_core import PydanticCustomError

from approvals import Upload
from approvals.schema_forms import (
    SchemaForm,
    initial_values,
    ui_hints,
    verdict_of,
    verdict_value,
)
from tests.schema_forms.kitchen_sink import GOOD, KitchenSink
from tests.schema_forms.page import Page
from tests.schema_forms.samples import (
    BERLIN,
    answer_in,
    form_of,
    page_of,
    posted,
    shown,
)
from workflows.json_gate import JSONValue


class Answer(BaseModel):
    approved: bool
    comment: str = ""


class Outcome(Enum):
    PAY_NOW = "pay"
    DENY = "deny"


class Choice(BaseModel):
    outcome: Outcome = Outcome.PAY_NOW
    amount: Decimal = Decimal("1.00")


class Plain(BaseModel):
    comment: str


class Creds(BaseModel):
    user: str = "root"
    secret: SecretStr = SecretStr("hunter2")


class Proposal(BaseModel):
    amount: Decimal
    note: str = ""
    reference: str = Field("", json_schema_extra={"readOnly": True})


def decision(type_: Any, data: Any = None, **options: Any) -> SchemaForm:
    return SchemaForm(type_, data=data, zone=BERLIN, **options)


# --- the verdict ------------------------------------------------------------------


def test_a_required_bool_named_approved_is_two_buttons_and_no_field() -> None:
    page = page_of(decision(Answer))
    buttons = page.named("answer.approved")
    assert [(b.tag, b.value) for b in buttons] == [
        ("button", "true"),
        ("button", "false"),
    ]
    assert "Approve" in page.text


@pytest.mark.parametrize(("text", "approved"), [("true", True), ("false", False)])
def test_the_button_is_part_of_the_answer(text: str, approved: bool) -> None:
    page = page_of(decision(Answer)).fill("answer.comment", "ok")
    form = decision(Answer, page.press("answer.approved", text))
    assert form.validate() == {"approved": approved, "comment": "ok"}


@pytest.mark.parametrize("type_", [Answer, Choice])
def test_an_answer_without_a_button_is_none_even_if_there_is_a_default(
    type_: type[BaseModel],
) -> None:
    form = decision(type_, page_of(decision(type_)).press())
    assert form.validate() is None
    (message,) = form.unclaimed_errors
    assert message.startswith("Choose one: ")


def test_a_proposed_verdict_is_nobodys_verdict() -> None:
    form = decision(Answer, initial={"approved": True, "comment": ""})
    assert form.value() == {"comment": ""}


def test_enter_in_a_field_checks_and_never_decides() -> None:
    page = page_of(decision(KitchenSink, initial=GOOD)).fill("answer.count", "x")
    first = next(c for c in page.controls if c.tag == "button")
    assert (first.name, first.value) == ("answer.__action", "check")
    form = decision(KitchenSink, page.press(first.name, first.value))
    assert form.action == "check"
    assert form.errors_by_field == {"answer.count": ["Enter a whole number."]}
    assert form.unclaimed_errors == []


class Reduced(BaseModel):
    decision: Literal["pay", "pay_less", "reject"]
    amount: int | None = None
    most: int = 100

    @model_validator(mode="after")
    def amount_belongs_to_less(self) -> Self:
        if self.amount is not None and self.decision != "pay_less":
            raise PydanticCustomError("value_error", "Not now.", {"field": "amount"})
        if (self.amount or 0) > self.most:
            raise PydanticCustomError("value_error", "Too much.", {"field": "most"})
        return self


def test_a_check_tells_what_is_wrong_whatever_will_be_decided() -> None:
    for amount, most, problems in (
        ("50", "100", {}),  # right with one of the buttons
        ("x", "100", {"answer.amount": ["Enter a whole number."]}),
    ):
        typed = {"answer.amount": amount, "answer.most": most}
        data = QueryDict(urlencode({**typed, "answer.__action": "check"}))
        assert decision(Reduced, data).errors_by_field == problems
    typed = {"answer.due": "2026-05-01", "answer.start": "2026-06-01"}
    data = QueryDict(urlencode({**typed, "answer.__action": "check"}))
    assert decision(Between, data).errors_by_field == {"answer.due": ["Too early."]}


class Between(BaseModel):
    approved: bool
    start: date = Field(alias="from")
    due: date

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.due < self.start:
            raise PydanticCustomError("value_error", "Too early.", {"field": "due"})
        return self


def test_enter_in_a_form_without_verdict_sends_it() -> None:
    page = page_of(decision(Plain)).fill("answer.comment", "done")
    first = next(c for c in page.controls if c.tag == "button")
    form = decision(Plain, page.press(first.name, first.value))
    assert form.action is None
    assert form.validate() == {"comment": "done"}


@pytest.mark.parametrize(
    ("type_", "answer", "verdict", "is_rejection"),
    [
        (Answer, {"approved": True}, "approved", False),
        (Answer, {"approved": False}, "rejected", True),
        (Choice, {"outcome": "pay"}, "pay", False),
        (Choice, {"outcome": "deny"}, "deny", True),
        (Plain, {"comment": "x"}, "submitted", False),
        (int, 5, "submitted", False),
    ],
)
def test_the_verdict_of_an_answer(
    type_: Any, answer: JSONValue, verdict: str, is_rejection: bool
) -> None:
    assert verdict_value(type_, answer) == verdict
    choice = verdict_of(type_).choice_of(answer)
    assert choice is not None
    assert choice.is_rejection is is_rejection


def test_the_buttons_are_in_the_authors_words() -> None:
    labels: Any = {"labels": {"true": "Pay it", "false": "Send it back"}}

    class Worded(BaseModel):
        approved: bool = Field(json_schema_extra=labels)

    assert [c.label for c in verdict_of(Worded).choices] == ["Pay it", "Send it back"]
    assert [c.label for c in verdict_of(Choice).choices] == ["Pay now", "Deny"]


@pytest.mark.parametrize(
    "field",
    [
        (bool, False),
        (bool | None, ...),
        (Literal["yes", "no"], ...),
        (str, ...),
    ],
)
def test_other_fields_named_approved_are_only_fields(field: Any) -> None:
    type_ = create_model("Sample", approved=field)
    assert verdict_of(type_).field is None


# --- proposals --------------------------------------------------------------------


def test_a_proposal_is_marked_and_a_changed_one_can_be_restored() -> None:
    initial: JSONValue = {"amount": "10.50", "note": ""}
    page = shown(Proposal, initial)
    marked = [
        a["data-sf-proposed"] for _t, a in page.elements if "data-sf-proposed" in a
    ]
    assert marked == ["10.50"], "a value equal to the default is no proposal"
    page.fill("answer.amount", "11").fill("answer.note", "rounded up")
    form = posted(Proposal, page.press(), initial=initial)
    page = page_of(form)
    assert "10.50" in page.text
    data = page.press("answer.__action", "restore:answer.amount")
    restored = posted(Proposal, data, initial=initial)
    assert restored.action == "restore"
    answer = answer_in(restored)
    assert answer["amount"] == "10.50"
    assert answer["note"] == "rounded up"


def test_a_proposal_written_another_way_is_not_a_change() -> None:
    with translation.override("de"):
        page = shown(Proposal, {"amount": "1500.00"})
        assert page.named("answer.amount")[0].value == "1500,00"
        form = posted(Proposal, page.press(), initial={"amount": "1500.00"})
        assert "restore:answer.amount" not in str(form)


def test_a_field_for_reading_only_can_not_be_posted() -> None:
    initial: JSONValue = {"amount": "1", "reference": "R-1"}
    page = shown(Proposal, initial)
    assert "R-1" in page.text
    assert "answer.reference" not in page.names()
    data = page.press().copy()
    data["answer.reference"] = "R-2"
    form = posted(Proposal, data, initial=initial)
    assert form.validate() == {"amount": "1", "note": "", "reference": "R-1"}


def test_a_form_for_reading_only_has_no_controls_and_shows_everything() -> None:
    form = decision(
        KitchenSink, initial={**GOOD, "password": "hunter2"}, read_only=True
    )
    page = Page(str(form))
    page.check_markup()
    assert {c.type for c in page.controls} <= {"hidden"}
    for text in ("120.50", "Hauptstraße", "pens", "4444", "Push", "Euro"):
        assert text in page.text
    assert "hunter2" not in str(form)


# --- other things -----------------------------------------------------------------


def test_an_optional_field_says_so_and_a_required_one_does_not() -> None:
    page = shown(Proposal)
    assert page.text.count("(optional)") == 1


def test_forms_of_two_prefixes_live_on_one_page() -> None:
    one = form_of(Plain, initial={"comment": "one"}, prefix="one")
    two = form_of(Plain, initial={"comment": "two"}, prefix="two")
    page = Page(f"{one}{two}")
    page.check_markup()
    assert posted(Plain, page.press(), prefix="two").validate() == {"comment": "two"}


def test_a_form_can_be_put_into_a_page() -> None:
    form = decision(Answer)
    drawn = Template("{{ form }}").render(Context({"form": form}))
    assert drawn == form.render() + form.render_buttons()


def test_the_page_is_in_the_readers_language_and_the_labels_in_the_authors() -> None:
    class Titled(BaseModel):
        total: int = Field(title="Gesamt", description="In Euro")

    page = shown(Titled)
    assert "Gesamt" in page.text
    assert "In Euro" in page.text


def test_the_authors_label_of_a_field_wins_where_its_type_has_a_name_too() -> None:
    class Titled(BaseModel):
        offer: Upload = Field(title="The signed offer")
        goes_to: Creds = Field(Creds(), title="Where it goes")

    page = shown(Titled)
    assert "The signed offer" in page.text
    assert "Where it goes" in page.text
    assert "Goes to" not in page.text


# --- what clients get -------------------------------------------------------------


def test_initial_values_are_the_defaults_without_secrets() -> None:
    class Deep(BaseModel):
        creds: Creds = Creds()
        inner: Proposal
        made: list[int] = Field(default_factory=lambda: [1, 2])
        token: SecretStr = SecretStr("x")

    assert initial_values(Deep) == {
        "creds": {"user": "root"},
        "inner": {"note": "", "reference": ""},
        "made": [1, 2],
    }
    assert initial_values(int) is None


def test_hints_tell_widgets_order_and_buttons() -> None:
    hints = ui_hints(KitchenSink)
    fields: Any = hints["fields"]
    assert list(fields)[:3] == ["/approved", "/comment", "/amount"]
    assert fields["/amount"]["widget"] == "decimal"
    assert fields["/comment"]["max_length"] == 40
    assert fields["/lines/-/price"]["label"] == "Price"
    assert fields["/currency"]["choices"][0] == {"value": "EUR", "label": "Euro"}
    card = fields["/pay"]["variants"][0]
    assert card["label"] == "Card"
    assert "/pay/number" in card["fields"]
    verdict: Any = hints["verdict"]
    assert verdict["field"] == "approved"


def test_hints_of_a_model_that_contains_itself_end() -> None:
    class Node(BaseModel):
        name: str
        children: list["Node"] = []
        other: Annotated["Node | None", Field(description="x")] = None

    hints: Any = ui_hints(Node)
    assert len(hints["order"]) < 200
