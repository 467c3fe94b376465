"""What changed between two answer schemas, in words."""

from django.utils import translation
from pydantic import BaseModel, Field

from approvals.shown import schema_changes


class Before(BaseModel):
    approved: bool
    comment: str = ""
    amount: int = 0


class After(BaseModel):
    approved: bool
    comment: str
    cost_centre: str


class Narrower(BaseModel):
    approved: bool
    comment: str = ""
    amount: int = Field(0, le=10)


def test_added_removed_and_changed_fields_are_named() -> None:
    before, after = Before.model_json_schema(), After.model_json_schema()
    assert schema_changes(before, after) == [
        "“Amount” is no longer asked.",
        "“Comment” is asked in another way.",
        "“Cost centre” is asked now.",
    ]


def test_a_narrowed_field_is_named() -> None:
    before, after = Before.model_json_schema(), Narrower.model_json_schema()
    assert "“Amount” is asked in another way." in schema_changes(before, after)


def test_no_difference_has_no_words_and_an_inner_one_has_some() -> None:
    schema = Before.model_json_schema()
    assert schema_changes(schema, schema) == []
    assert schema_changes({"type": "string"}, {"type": "integer"}) == [
        "The answer is checked by other rules."
    ]


def test_they_are_said_in_the_language_of_the_reader() -> None:
    with translation.override("ja"):
        changes = [
            *schema_changes(Before.model_json_schema(), After.model_json_schema()),
            *schema_changes({"type": "string"}, {"type": "integer"}),
        ]
    assert len(changes) == 4
    assert not [words for words in changes if " is " in words]
