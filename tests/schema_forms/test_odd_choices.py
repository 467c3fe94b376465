"""Labels stay with their values, and what is no field is no part of an answer."""

from enum import Enum, StrEnum
from typing import Annotated, Any, Literal

import pytest
from django.db.models import TextChoices
from pydantic import AwareDatetime, BaseModel, Field, field_validator

from approvals import markdown
from approvals.readable import scalar
from tests.schema_forms.samples import form_of, model, posted, shown
from workflows.schema import Schema


class Sure(Enum):
    YES = "y"
    UNKNOWN = None
    NO = "n"


class Colour(Enum):
    RED = "red"
    CRIMSON = "red"
    BLUE = "blue"


def options(annotation: Any) -> list[tuple[str, str]]:
    """The values one can choose, with the words beside them."""
    field = form_of(model(annotation)).fields[0]
    return [(each.text, str(each.label)) for each in field.choices]  # type: ignore[attr-defined]


def test_a_null_among_the_members_moves_no_label() -> None:
    chosen = dict(options(Sure))
    assert (chosen["y"], chosen["n"]) == ("Yes", "No")


def test_a_null_among_the_values_moves_no_label() -> None:
    labels = ["Accept", "Don't know", "Block"]
    hinted = Annotated[
        Literal["a", None, "b"], Field(json_schema_extra={"labels": labels})
    ]
    chosen = dict(options(hinted))
    assert (chosen["a"], chosen["b"]) == ("Accept", "Block")


class System(StrEnum):
    PAYMENTS = "payments-api"
    DNS = "dns"


class Region(TextChoices):
    NEAR = "eu-west-1", "Ireland"
    FAR = "us-east-1", "Virginia"


def test_identifiers_are_called_as_on_every_page() -> None:
    assert options(System) == [("payments-api", "payments-api"), ("dns", "dns")]
    assert options(Literal["dns", "eu-west-1"])[0] == ("dns", "dns")
    assert options(Region)[0] == ("eu-west-1", "Ireland")
    assert options(Literal["not_applicable", "x"])[0][1] == "Not applicable"


def test_a_button_says_in_words_what_it_does() -> None:
    class Answer(BaseModel):
        decision: Literal["ship-it", "reject"]

    buttons = form_of(Answer, exclude_verdict=True).verdict.choices
    assert [each.label for each in buttons] == ["Ship it", "Reject"]


def test_a_member_with_two_names_is_offered_once() -> None:
    assert options(Colour) == [("red", "Red"), ("blue", "Blue")]


def test_variants_can_be_told_apart() -> None:
    page = shown(model(int | list[int] | dict[str, int])).text
    assert "Names and values" in page


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_at_either_end_of_time_is_refused_at_its_field(typed: str) -> None:
    form = posted(model(AwareDatetime), {"answer.it": typed})
    assert form.validate() is None
    assert [*form.errors_by_field] == ["answer.it"]


def test_a_moment_at_either_end_of_time_is_shown_as_it_is() -> None:
    for moment in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        node = scalar(moment, {"type": "string", "format": "date-time"})
        assert (node.text, node.moment) == (moment, None)


def test_what_is_no_field_is_refused() -> None:
    class Answer(BaseModel):
        note: str = ""

    form = posted(Answer, {"answer.note": "Fine.", "answer.amount": "5"})
    assert form.validate() is None
    assert form.unclaimed_errors == ["The form has no field “amount”."]
    assert posted(Answer, {"answer.note": "Fine.", "answer.__action": ""}).validate()


def test_a_validator_that_leaves_the_program_breaks_only_itself() -> None:
    class Answer(BaseModel):
        note: str

        @field_validator("note")
        @classmethod
        def parse(cls, value: str) -> str:
            raise SystemExit(value)

    form = posted(Answer, {"answer.note": "--help"})
    assert form.validate() is None
    assert "could not be checked" in form.form_errors[0]
    with pytest.raises(RuntimeError):
        Schema.of(Answer).accept_strict({"note": "x"})


def test_a_table_that_multiplies_is_shown_as_it_was_written() -> None:
    table = "|a" * 3000 + "\n" + "|-" * 3000 + "\n" + "|\n" * 1900
    assert not markdown.is_readable(table)
    assert scalar(table, {"widget": "markdown"}).kind == "text"
    assert markdown.is_readable("|a|b|\n|-|-|\n|1|2|\n")
