"""Each type: how it is drawn, what an untouched form says, what typing changes."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from django.db.models import TextChoices
from django.utils import translation
from pydantic import (
    BaseModel,
    Field,
    NaiveDatetime,
    SecretStr,
    create_model,
)

from approvals.schema_forms import initial_values
from tests.schema_forms.samples import (
    control,
    form_of,
    model,
    page_of,
    posted,
    round_trip,
    shown,
)


class Color(Enum):
    DARK_RED = "dr"
    GREEN = "g"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Mood(TextChoices):
    FINE = "f", "Quite fine"
    BAD = "b", "Not so well"


# --- text -------------------------------------------------------------------------


def test_a_text_is_a_line_and_an_empty_required_text_is_the_empty_text() -> None:
    page = shown(model(str))
    assert control(page).type == "text"
    assert posted(model(str), page.press()).validate() == {"it": ""}


def test_an_optional_text_left_empty_is_null() -> None:
    assert round_trip(model(str | None, None)) == {"it": None}


def test_a_long_text_has_an_area_and_a_counter() -> None:
    page = shown(model(Annotated[str, Field(max_length=400)]))
    assert control(page).tag == "textarea"
    assert [a["data-sf-counter"] for _, a in page.elements if "data-sf-counter" in a]


def test_a_comment_has_an_area_without_being_asked() -> None:
    page = shown(create_model("Sample", comment=(str, "")))
    assert control(page, "answer.comment").tag == "textarea"


@pytest.mark.parametrize("widget", ["textarea", "markdown"])
def test_an_author_may_ask_for_an_area(widget: str) -> None:
    hinted = Annotated[str, Field(json_schema_extra={"widget": widget})]
    page = shown(model(hinted), {"it": "hello"})
    assert control(page).tag == "textarea"
    assert ("data-sf-markdown" in control(page).attributes) == (widget == "markdown")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\nfirst line empty",
        "two\nlines\n",
        "</textarea><b>",
        "a\tb",
        '"&amp;',
    ],
)
def test_an_area_gives_back_exactly_what_it_got(text: str) -> None:
    hinted = Annotated[str, Field(json_schema_extra={"widget": "textarea"})]
    assert round_trip(model(hinted), {"it": text}) == {"it": text}


def test_a_line_grows_into_an_area_when_its_text_has_lines() -> None:
    assert round_trip(model(str), {"it": "a\nb"}) == {"it": "a\nb"}


def test_a_ready_made_reason_becomes_the_text() -> None:
    hinted = Annotated[
        str, Field(json_schema_extra={"widget": "textarea", "reasons": ["No receipt"]})
    ]
    page = shown(model(hinted)).fill("answer.it.__reason", "No receipt")
    assert posted(model(hinted), page.press()).value() == {"it": "No receipt"}
    page = shown(model(hinted)).fill("answer.it.__reason", "No receipt")
    data = page.fill("answer.it", "Ask Bob.").press()
    form = posted(model(hinted), data)
    assert form.value() == {"it": "No receipt\nAsk Bob."}
    again = posted(model(hinted), page_of(form).press())
    assert again.value() == {"it": "No receipt\nAsk Bob."}


def test_a_reason_that_nobody_offered_is_not_taken() -> None:
    hinted = Annotated[str, Field(json_schema_extra={"reasons": ["No receipt"]})]
    data = {"answer.it": "mine", "answer.it.__reason": "theirs"}
    assert posted(model(hinted), data).value() == {"it": "mine"}


def test_a_secret_is_never_on_the_page_and_stays_when_left_alone() -> None:
    sample = model(SecretStr)
    page = shown(sample, {"it": "hunter2"})
    assert control(page, "answer.it.__secret").type == "password"
    assert "hunter2" not in str(form_of(sample, initial={"it": "hunter2"}))
    kept = posted(sample, page.press(), initial={"it": "hunter2"})
    assert kept.value() == {"it": "hunter2"}
    new = posted(sample, page.fill("answer.it.__secret", "s3cret").press())
    assert new.value() == {"it": "s3cret"}
    assert "s3cret" not in str(new)


def test_a_required_secret_left_empty_is_missing() -> None:
    form = posted(model(SecretStr), {"answer.it.__secret": ""})
    assert form.validate() is None
    assert form.errors_by_field == {"answer.it": ["This field is required."]}


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (UUID, "0192f5a0-7c4e-7f2a-9d3b-000000000001"),
        (Path, "/tmp/receipt.pdf"),
        (timedelta, "P1DT2H"),
    ],
)
def test_texts_with_a_form_of_their_own(annotation: Any, text: str) -> None:
    form = posted(model(annotation), {"answer.it": f" {text} "})
    assert form.validate() == {"it": text}


# --- yes and no -------------------------------------------------------------------


def test_a_question_is_two_radios_and_nothing_is_chosen_for_the_person() -> None:
    page = shown(model(bool))
    assert [(c.type, c.checked) for c in page.named("answer.it")] == [
        ("radio", False),
        ("radio", False),
    ]
    assert posted(model(bool), page.press()).validate() is None
    said_no = posted(model(bool), page.fill("answer.it", "false").press())
    assert said_no.validate() == {"it": False}


@pytest.mark.parametrize("default", [True, False])
def test_a_bool_with_a_default_is_a_box_that_can_be_cleared(default: bool) -> None:
    sample = model(bool, default)
    page = shown(sample)
    assert control(page).type == "checkbox"
    assert posted(sample, page.press()).validate() == {"it": default}
    assert posted(sample, page.clear("answer.it").press()).value() == {"it": False}


@pytest.mark.parametrize(
    ("text", "value"), [("", None), ("true", True), ("false", False)]
)
def test_a_nullable_bool_is_a_select_of_three(text: str, value: bool | None) -> None:
    sample = model(bool | None, None)
    page = shown(sample)
    assert control(page).tag == "select"
    assert posted(sample, page.fill("answer.it", text).press()).value() == {"it": value}
    assert round_trip(sample, {"it": value}) == {"it": value}


# --- numbers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        *((int, -17), (int, 2**53 - 1), (float, 0.1), (float, 1e-7), (float, 1e22)),
        *((Decimal, "10.50"), (Decimal, "-0.001"), (Decimal, "1500.000")),
    ],
)
@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_numbers_come_back_exactly(annotation: Any, value: Any, language: str) -> None:
    with translation.override(language):
        assert round_trip(model(annotation), {"it": value}) == {"it": value}


def test_numbers_have_a_keyboard_and_no_spinner() -> None:
    for annotation, mode in [
        (int, "numeric"),
        (float, "decimal"),
        (Decimal, "decimal"),
    ]:
        found = control(shown(model(annotation)))
        assert (found.type, found.attributes["inputmode"]) == ("text", mode)


@pytest.mark.parametrize("annotation", [int, float, Decimal])
def test_a_number_left_empty_is_missing_or_null(annotation: Any) -> None:
    assert round_trip(model(annotation)) == {}
    assert round_trip(model(annotation | None, None)) == {"it": None}


def test_what_is_no_number_is_kept_and_explained() -> None:
    form = posted(model(int), {"answer.it": "abc"})
    assert form.validate() is None
    assert form.errors_by_field == {"answer.it": ["Enter a whole number."]}
    assert control(page_of(form)).value == "abc"


# --- dates and times --------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (date, "2026-12-31", "2026-12-31"),
        (time, "14:30:00", "14:30"),
        (time, "14:30:15.123456", "14:30:15.123"),
        (datetime, "2026-07-01T12:00:00Z", "2026-07-01T14:00"),
        (datetime, "2026-01-01T12:00:00.123456+09:00", "2026-01-01T04:00:00.123"),
        (datetime, "2026-10-25T01:30:00Z", "2026-10-25T02:30"),  # the second 02:30
        (NaiveDatetime, "2026-07-01T12:00:00", "2026-07-01T12:00"),
    ],
)
def test_times_are_shown_natively_and_come_back_exactly(
    annotation: Any, value: str, text: str
) -> None:
    page = shown(model(annotation), {"it": value})
    assert control(page).value == text
    assert posted(model(annotation), page.press()).validate() == {"it": value}


def test_a_typed_time_is_one_of_the_readers_zone_and_the_page_says_so() -> None:
    page = shown(model(datetime))
    assert "Europe/Berlin" in page.text
    data = page.fill("answer.it", "2026-07-01T14:00").press()
    assert posted(model(datetime), data).validate() == {
        "it": "2026-07-01T14:00:00+02:00"
    }


def test_a_changed_time_forgets_what_it_was() -> None:
    page = shown(model(datetime), {"it": "2026-07-01T12:00:00.5Z"})
    data = page.fill("answer.it", "2026-07-01T15:00").press()
    assert posted(model(datetime), data).value() == {"it": "2026-07-01T15:00:00+02:00"}


def test_a_time_that_no_clock_shows_is_refused() -> None:
    form = posted(model(datetime), {"answer.it": "2026-03-29T02:30"})
    assert form.validate() is None
    (message,) = form.errors_by_field["answer.it"]
    assert "skip" in message


def test_a_text_that_a_native_control_would_drop_gets_a_plain_line() -> None:
    form = posted(model(date), {"answer.it": "next week"})
    assert form.validate() is None
    assert control(page_of(form)).type == "text"
    assert control(page_of(form)).kept() == "next week"


def test_a_default_that_is_made_on_the_spot_is_shown() -> None:
    sample = model(
        datetime, Field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert control(shown(sample)).value == "2026-01-01T01:00"


# --- choices ----------------------------------------------------------------------


def test_few_choices_are_radios_and_many_are_a_select_that_can_be_searched() -> None:
    few = shown(model(Literal["a", "b"]))
    assert {c.type for c in few.named("answer.it")} == {"radio"}
    some = shown(model(Literal[tuple(f"v{n}" for n in range(9))]))
    assert control(some).tag == "select"
    assert not some.elements_with("data-sf-search")
    many = shown(model(Literal[tuple(f"v{n}" for n in range(20))]))
    assert control(many).tag == "select"
    (search,) = many.elements_with("data-sf-search")
    assert search["data-sf-search"] == control(many).attributes["id"]


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Literal["a", "b"], "b"),
        (Literal[1, "1", True], "1"),
        (Literal[1, "1", True], True),
        (Literal["", "x"], ""),
        (Color, "dr"),
        (Size, 2),
        (Mood, "b"),
    ],
)
def test_choices_come_back_exactly(annotation: Any, value: Any) -> None:
    answer = round_trip(model(annotation), {"it": value})
    assert answer == {"it": value}
    assert type(answer["it"]) is type(value)


def test_labels_come_from_the_enum_or_from_the_author() -> None:
    assert "Dark red" in shown(model(Color)).text
    assert "Quite fine" in shown(model(Mood)).text
    labels = {"labels": {"a": "The first one"}}
    hinted = Annotated[Literal["a", "b_c"], Field(json_schema_extra=labels)]
    assert "The first one" in shown(model(hinted)).text
    assert "B c" in shown(model(hinted)).text


def test_a_nullable_choice_can_be_left_open() -> None:
    sample = model(Color | None, None)
    page = shown(sample, {"it": "g"})
    assert posted(sample, page.press()).value() == {"it": "g"}
    assert posted(sample, page.fill("answer.it", "").press()).value() == {"it": None}
    assert round_trip(model(Literal["a", None])) == {"it": None}


def test_a_value_that_was_not_offered_is_refused() -> None:
    form = posted(model(Color), {"answer.it": "blue"})
    assert form.validate() is None
    assert form.errors_by_field == {"answer.it": ["Choose one of the options."]}


def test_a_set_of_choices_is_boxes() -> None:
    sample = model(set[Literal["a", "b", "c"]])
    page = shown(sample, {"it": ["a", "c"]})
    assert [c.checked for c in page.named("answer.it")] == [True, False, True]
    assert posted(sample, page.press()).validate() == {"it": ["a", "c"]}
    assert posted(sample, page.clear("answer.it").press()).validate() == {"it": []}


def test_a_default_factory_is_asked_each_time() -> None:
    numbers = itertools.count(1)

    class Numbered(BaseModel):
        number: int = Field(default_factory=lambda: next(numbers))

    made = [initial_values(Numbered) for _ in range(2)]
    assert made == [{"number": 1}, {"number": 2}]
