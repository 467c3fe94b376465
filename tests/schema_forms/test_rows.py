"""Lists and mappings without a script: rows added, removed, moved, and nothing lost."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from approvals.schema_forms import SchemaForm
from approvals.schema_forms.values import MAX_ROWS
from tests.schema_forms.page import Page
from tests.schema_forms.samples import answer_in, page_of, posted, round_trip, shown

PRESS = "answer.__action"


class Line(BaseModel):
    what: str
    price: int
    secret: str = Field("", json_schema_extra={"writeOnly": True})


class Order(BaseModel):
    lines: list[Line] = []
    tags: list[str] = []
    limits: dict[str, int] = {}


VALUE: Any = {
    "lines": [{"what": "a", "price": 1}, {"what": "b", "price": 2}],
    "tags": ["x", "y", "z"],
    "limits": {"north": 1, "south": 2},
}


def press(page: Page, value: str) -> SchemaForm:
    return posted(Order, page.press(PRESS, value), initial=VALUE)


def tags_after(*buttons: str) -> Any:
    page = shown(Order, VALUE)
    for button in buttons:
        page = page_of(press(page, button))
    return answer_in(posted(Order, page.press(), initial=VALUE))["tags"]


def test_an_untouched_form_gives_back_its_rows() -> None:
    answer = posted(Order, shown(Order, VALUE).press(), initial=VALUE).validate()
    assert isinstance(answer, dict)
    assert answer["tags"] == ["x", "y", "z"]
    assert answer["limits"] == {"north": 1, "south": 2}


def test_rows_are_moved_and_removed() -> None:
    assert tags_after("up:answer.tags:2") == ["x", "z", "y"]
    assert tags_after("down:answer.tags:0") == ["y", "x", "z"]
    assert tags_after("remove:answer.tags:1") == ["x", "z"]
    assert tags_after("up:answer.tags:2", "up:answer.tags:2") == ["z", "x", "y"]


def test_the_first_row_has_no_way_up_and_the_last_none_down() -> None:
    buttons = {c.value for c in shown(Order, VALUE).named(PRESS)}
    assert "up:answer.tags:0" not in buttons
    assert "down:answer.tags:2" not in buttons
    assert {"up:answer.tags:1", "down:answer.tags:1"} <= buttons


def test_adding_keeps_what_is_typed_and_moves_the_focus_into_the_new_row() -> None:
    page = shown(Order, VALUE).fill("answer.lines.0.price", "not yet a number")
    form = press(page, "add:answer.lines")
    assert form.action == "add"
    assert form.errors_by_field == {}, "a button in the form checks nothing"
    page = page_of(form)
    assert page.named("answer.lines.0.price")[0].value == "not yet a number"
    focused = [c.name for c in page.controls if "autofocus" in c.attributes]
    assert focused == ["answer.lines.2.what"]


def test_the_focus_stays_at_the_button_that_moved_a_row_or_goes_to_its_sibling() -> (
    None
):
    def focused(button: str) -> list[str]:
        page = page_of(press(shown(Order, VALUE), button))
        return [c.value for c in page.controls if "autofocus" in c.attributes]

    assert focused("up:answer.tags:2") == ["up:answer.tags:2"]
    assert focused("up:answer.tags:1") == ["down:answer.tags:1"]
    assert focused("remove:answer.tags:1") == ["add:answer.tags"]


def test_a_new_row_never_takes_the_key_of_a_removed_one() -> None:
    page = page_of(press(shown(Order, VALUE), "remove:answer.tags:2"))
    page = page_of(press(page, "add:answer.tags"))
    assert "answer.tags.3" in page.names()
    assert "answer.tags.2" not in page.names()


def test_a_secret_in_a_row_follows_its_row() -> None:
    value: Any = {
        "lines": [
            {"what": "a", "price": 1, "secret": "one"},
            {"what": "b", "price": 2, "secret": "two"},
        ]
    }
    page = shown(Order, value)
    form = posted(Order, page.press(PRESS, "up:answer.lines:1"), initial=value)
    answer = posted(Order, page_of(form).press(), initial=value).validate()
    assert isinstance(answer, dict)
    assert answer["lines"] == [value["lines"][1], value["lines"][0]]


def test_an_empty_row_of_numbers_is_an_error_at_that_row() -> None:
    class Numbers(BaseModel):
        them: list[int]

    page = shown(Numbers, {"them": [1, 2]}).fill("answer.them.1", " ")
    form = posted(Numbers, page.press())
    assert form.validate() is None
    assert form.errors_by_field == {"answer.them.1": ["This field is required."]}


def test_a_list_that_must_not_be_empty_opens_with_rows() -> None:
    class Two(BaseModel):
        them: Annotated[list[str], Field(min_length=2, max_length=2)]

    page = shown(Two)
    assert {"answer.them.0", "answer.them.1"} <= page.names()
    assert "add:answer.them" not in [c.value for c in page.controls]


def test_a_list_takes_no_more_rows_than_it_may() -> None:
    value: Any = {"tags": [str(n) for n in range(MAX_ROWS)]}
    page = shown(Order, value)
    assert "add:answer.tags" not in [c.value for c in page.controls]
    data = page.press().copy()
    data.appendlist("answer.tags.__row", str(MAX_ROWS))
    data[PRESS] = "add:answer.tags"
    form = posted(Order, data, initial=value)
    assert len(answer_in(form)["tags"]) == MAX_ROWS


def test_a_list_too_long_for_controls_is_json() -> None:
    value: Any = {"tags": [str(n) for n in range(MAX_ROWS + 1)]}
    page = shown(Order, value)
    assert page.named("answer.tags.__json")
    assert posted(Order, page.press()).value() == {"lines": [], "limits": {}, **value}


def test_a_form_never_has_more_controls_than_the_server_takes_back() -> None:
    class Wide(BaseModel):
        a: int
        b: int
        c: int
        d: int

    class Tall(BaseModel):
        first: list[Wide]
        second: list[Wide]
        third: list[Wide]

    rows: Any = [{"a": 1, "b": 2, "c": 3, "d": 4}] * 90
    value: Any = {"first": rows, "second": rows, "third": rows}
    data = shown(Tall, value).press()
    assert sum(len(texts) for _name, texts in data.lists()) < 1000
    assert posted(Tall, data).validate() == value


def test_a_mapping_has_names_and_values() -> None:
    page = shown(Order, VALUE)
    page.fill("answer.limits.0.key", "east").fill("answer.limits.0.value", "9")
    answer = answer_in(posted(Order, page.press()))
    assert answer["limits"] == {"east": 9, "south": 2}


def test_an_empty_row_of_a_mapping_is_not_there() -> None:
    page = page_of(press(shown(Order, VALUE), "add:answer.limits"))
    answer = answer_in(posted(Order, page.press()))
    assert answer["limits"] == {"north": 1, "south": 2}


@pytest.mark.parametrize(
    ("name", "message"),
    [("south", "This name is used twice."), ("", "Enter a name for this row.")],
)
def test_a_name_is_given_and_given_once(name: str, message: str) -> None:
    page = page_of(press(shown(Order, VALUE), "add:answer.limits"))
    page.fill("answer.limits.2.key", name).fill("answer.limits.2.value", "7")
    form = posted(Order, page.press())
    assert form.validate() is None
    assert form.errors_by_field == {"answer.limits.2.key": [message]}


def test_names_from_a_fixed_set_are_a_choice() -> None:
    class Votes(BaseModel):
        votes: dict[Literal["north", "south"], int]

    value: Any = {"votes": {"north": 1}}
    assert round_trip(Votes, value) == value
    page = shown(Votes, value)
    assert {c.type for c in page.named("answer.votes.0.key")} == {"radio"}


def test_whole_numbers_can_be_names() -> None:
    value: Any = {"7": "seven"}
    assert (
        posted(dict[int, str], shown(dict[int, str], value).press()).validate() == value
    )
