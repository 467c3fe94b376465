"""A form says which of its controls somebody writes words into."""

from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr

from tests.schema_forms.page import Control
from tests.schema_forms.samples import shown


class Note(BaseModel):
    text: str


class Sum(BaseModel):
    amount: int


class Lock(BaseModel):
    code: SecretStr


class Everything(BaseModel):
    approved: bool
    pin: SecretStr
    amount: int = 0
    way: Literal["post", "bike"] = "post"
    note: Note | None = None
    either: Sum | Note
    rows: list[str] = ["one", "two"]
    table: dict[str, str] = {"key": "value"}
    raw: Any = None
    lock: Lock = Field(json_schema_extra={"widget": "json"})
    comment: str = Field("", json_schema_extra={"widget": "markdown"})


def takes_words(control: Control) -> bool:
    is_line = "sf-input--text" in control.attributes.get("class", "").split()
    return control.tag == "textarea" or is_line


def test_every_control_for_words_is_named_and_no_choice_number_or_secret() -> None:
    page = shown(Everything)
    [told] = [each.value for each in page.controls if each.name == "written"]
    drawn = [each.name for each in page.controls if takes_words(each)]
    assert "answer.lock.__json.__secret" in drawn
    assert told.split() == [name for name in drawn if "__secret" not in name]
    assert {"answer.note.text", "answer.comment"} < {*told.split()}
