"""Each error lands on the field that caused it, in plain words, and none is lost."""

from typing import Annotated, Any, Literal, LiteralString

import pytest
from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from approvals import Upload
from tests.schema_forms.kitchen_sink import GOOD, KitchenSink
from tests.schema_forms.page import Page
from tests.schema_forms.samples import BERLIN, form_of, model, page_of, posted, shown
from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONObject
from workflows.schema import Schema

REQUIRED = "This field is required."

# What is typed where, and what the form then says at which field.
INJECTED: list[tuple[str, str, str, str]] = [
    ("comment", "x" * 41, "comment", "Shorten this to 40 characters."),
    ("amount", "0", "amount", "Enter a number greater than 0."),
    ("amount", "1.234", "amount", "Enter at most 2 decimal places."),
    ("amount", "1234567.89", "amount", "Enter a number of at most 8 digits."),
    ("amount", "NaN", "amount", "Enter a number."),
    ("amount", "-0.0", "amount", "Enter a number greater than 0."),
    ("amount", "", "amount", REQUIRED),
    ("count", "11", "count", "Enter 10 or less."),
    ("count", "0", "count", "Enter 1 or more."),
    ("count", "abc", "count", "Enter a whole number."),
    ("count", "1.5", "count", "Enter a whole number."),
    ("ratio", "a lot", "ratio", "Enter a number."),
    ("due", "tomorrow", "due", "Enter a date, such as 2026-12-31."),
    ("due", "", "due", REQUIRED),
    ("at", "noonish", "at", "Enter a time, such as 14:30."),
    ("moment", "", "moment", REQUIRED),
    ("reference", "not-a-uuid", "reference", "Enter a UUID."),
    ("address.street", "ab", "address.street", "Enter at least 3 characters."),
    ("lines.1.price", "-1", "lines.1.price", "Enter a number greater than 0."),
    ("lines.1.price", "", "lines.1.price", REQUIRED),
    ("tags.0", "too long", "tags.0", "Shorten this to 5 characters."),
    (
        "pay.card.number",
        "12",
        "pay.card.number",
        "This does not have the expected form.",
    ),
    ("limits.0.value", "many", "limits.0.value", "Enter a whole number."),
    ("limits.0.key", "", "limits.0.key", "Enter a name for this row."),
    ("size.1", "big", "size.1", "Enter a whole number."),
    ("either.1", "x", "either.1", "Enter at least 2 characters."),
    ("period.end", "2025-01-01", "period", "the end comes before the start"),
    ("address.street", "a\x00bcd", "address.street", "can't be stored"),
]


def good_page() -> Page:
    return shown(KitchenSink, GOOD)


def test_the_good_answer_is_accepted_as_it_is() -> None:
    assert posted(KitchenSink, good_page().press()).validate() == GOOD


@pytest.mark.parametrize(("control", "text", "field", "message"), INJECTED)
def test_an_injected_error_lands_on_its_field(
    control: str, text: str, field: str, message: str
) -> None:
    page = good_page().fill(f"answer.{control}", text)
    form = posted(KitchenSink, page.press())
    assert form.validate() is None
    assert list(form.errors_by_field) == [f"answer.{field}"]
    assert message in form.errors_by_field[f"answer.{field}"][0]
    assert form.form_errors == form.unclaimed_errors == []


@pytest.mark.parametrize(("control", "text", "field", "message"), INJECTED)
def test_what_was_typed_stays_on_the_page(
    control: str, text: str, field: str, message: str
) -> None:
    page = good_page().fill(f"answer.{control}", text)
    form = posted(KitchenSink, page.press())
    form.validate()
    again = page_of(form).named(f"answer.{control}")[0]
    assert again.kept() == text


def test_many_errors_at_once_each_find_their_field() -> None:
    page = good_page()
    wrong = {control: text for control, text, _field, _message in INJECTED[:-1:3]}
    for control, text in wrong.items():
        page.fill(f"answer.{control}", text)
    form = posted(KitchenSink, page.press())
    assert form.validate() is None
    assert len(form.errors_by_field) == len(wrong)
    assert form.unclaimed_errors == []


def test_an_error_of_the_whole_stands_in_the_summary() -> None:
    page = good_page().fill("answer.approved", "false").fill("answer.comment", "")
    form = posted(KitchenSink, page.press())
    assert form.validate() is None
    assert form.form_errors == ["say why you reject this"]
    assert "There is 1 problem" in page_of(form).text


@pytest.mark.parametrize("kind", ["value_error", "too_cheap"])
def test_a_rule_between_fields_may_name_the_field_that_is_to_be_mended(
    kind: LiteralString,
) -> None:
    class Price(BaseModel):
        kind: Literal["price"]
        net: int
        gross: int

        @model_validator(mode="after")
        def gross_is_more(self) -> "Price":
            if self.gross < self.net:
                words: LiteralString = "The gross price is below the net price."
                raise PydanticCustomError(kind, words, {"field": "gross"})
            return self

    class Free(BaseModel):
        kind: Literal["free"]

    whole = posted(
        Price, {"answer.kind": "price", "answer.net": "2", "answer.gross": "1"}
    )
    assert whole.validate() is None
    assert {problem.target for problem in whole.problems} == {"id_answer.gross"}
    inner = model(Annotated[Price | Free, Field(discriminator="kind")])
    given: JSONObject = {"kind": "price", "net": 2, "gross": 1}
    part = posted(inner, shown(inner, {"it": given}).press())
    assert part.validate() is None
    assert list(part.errors_by_field) == ["answer.it.price.gross"]
    with pytest.raises(SchemaMismatch) as mismatch:
        Schema.of(inner).accept_strict({"it": given})
    assert mismatch.value.errors[0]["loc"] == ["it", "gross"]


def test_a_rule_that_names_no_field_of_the_form_is_still_shown() -> None:
    class Odd(BaseModel):
        it: int

        @model_validator(mode="after")
        def never(self) -> "Odd":
            raise PydanticCustomError("value_error", "No luck.", {"field": "ghost"})

    form = posted(Odd, {"answer.it": "1"})
    assert form.validate() is None
    assert form.unclaimed_errors == ["ghost: No luck."]


def test_the_summary_links_to_each_field_and_names_the_way_to_it() -> None:
    page = good_page().fill("answer.lines.1.price", "x").fill("answer.count", "x")
    form = posted(KitchenSink, page.press())
    form.validate()
    page = page_of(form)
    links = {a["href"] for tag, a in page.elements if tag == "a"}
    assert links == {"#id_answer.lines.1.price", "#id_answer.count"}
    assert "Lines → Line 2 → Price: Enter a number." in page.text
    (summary,) = [a for _tag, a in page.elements if "data-sf-summary" in a]
    assert "autofocus" in summary


def test_a_field_with_an_error_says_so_to_everybody() -> None:
    form = posted(KitchenSink, good_page().fill("answer.count", "x").press())
    form.validate()
    control = page_of(form).named("answer.count")[0]
    assert control.attributes["aria-invalid"] == "true"
    assert control.attributes["aria-describedby"] == "id_answer.count-error"


@pytest.mark.parametrize(
    ("loc", "field"),
    [
        (["amount"], "answer.amount"),
        (["lines", 1, "price"], "answer.lines.1.price"),
        (["pay", "card", "number"], "answer.pay.card.number"),
        (["pay", "number"], "answer.pay.card.number"),
        (["limits", "day"], "answer.limits.0.value"),
        (["limits", "day", "[key]"], "answer.limits.0.key"),
        (["either"], "answer.either.1"),
        (["billing"], "answer.billing"),
        (["lines"], "answer.lines"),
        (["lines", 7, "price"], "answer.lines"),
        (["anything", "deep", 0], "answer.anything"),
        (["address", "street", "unexpected"], "answer.address.street"),
    ],
)
def test_errors_found_elsewhere_are_placed_too(loc: list[Any], field: str) -> None:
    data = good_page().press()
    errors = [{"loc": loc, "msg": "Value error, seen elsewhere", "type": "value_error"}]
    form = posted(KitchenSink, data, errors=errors)
    assert list(form.errors_by_field) == [field]
    assert form.errors_by_field[field][0].endswith("seen elsewhere")


def test_an_error_that_points_nowhere_is_still_shown() -> None:
    errors = [{"loc": ["ghost", 1], "msg": "who?", "type": "strange"}]
    form = form_of(KitchenSink, initial=GOOD, errors=errors)
    assert form.unclaimed_errors == ["ghost → 1: who?"]
    assert "who?" in page_of(form).text
    assert not form.is_valid


def test_a_validator_that_breaks_has_refused_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Fragile(BaseModel):
        it: int

        @field_validator("it", mode="before")
        @classmethod
        def trips(cls, value: Any) -> Any:
            raise KeyError(value)

    form = posted(Fragile, {"answer.it": "12345"})
    assert form.validate() is None
    assert form.form_errors
    assert "12345" not in caplog.text


def test_what_a_person_types_is_never_markup() -> None:
    attack = '"><img src=x onerror=alert(1)>{{ 7 }}'
    page = good_page()
    for control in page.controls:
        if control.tag in {"input", "textarea"} and control.type in {"text", ""}:
            control.value = attack
    form = posted(KitchenSink, page.press())
    form.validate()
    page = page_of(form)
    assert "img" not in {tag for tag, _attributes in page.elements}
    assert page.named("answer.address.street")[0].value == attack


def test_a_strict_form_knows_only_its_own_fields() -> None:
    data = good_page().press().copy()
    data["other.amount"] = "1000000"
    assert posted(KitchenSink, data, zone=BERLIN).validate() == GOOD
    data["answer.amount_paid"] = "1000000"
    assert posted(KitchenSink, data, zone=BERLIN).validate() is None


def test_a_question_is_followed_by_no_colon_in_the_summary() -> None:
    class Asked(BaseModel):
        sure: bool = Field(title="Are you sure?")

    form = posted(Asked, {})
    form.validate()
    text = page_of(form).text
    assert "Are you sure? Choose" in text
    assert "?:" not in text


def test_a_wrong_name_finds_its_row_where_two_types_share_a_name() -> None:
    short: Any = dict[Annotated[str, Field(max_length=2)], int]
    long: Any = dict[Annotated[str, Field(min_length=9)], int]
    sample = model(short | long)
    form = posted(
        sample,
        {
            "answer.it.__variant": "0",
            "answer.it.0.__shown": "1",
            "answer.it.0.__row": "0",
            "answer.it.0.0.key": "middle",
            "answer.it.0.0.value": "1",
        },
    )
    form.validate()
    assert set(form.errors_by_field) == {"answer.it.0.0.key"}


def test_the_rows_of_files_are_called_as_their_list_is() -> None:
    page = shown(model(list[Upload]), None)
    form = posted(model(list[Upload]), page.press("answer.__action", "add:answer.it"))
    assert "Upload" not in page_of(form).text
    assert "It, item 1" in page_of(form).text
