"""Secrets in forms: never sent to the page, kept unless somebody types another."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, Secret, SecretStr

from approvals.schema_forms import SchemaForm
from tests.schema_forms.samples import form_of, page_of, posted, shown
from workflows.json_gate import JSONObject
from workflows.masking import MASK

FRONT, BACK = "front-4711-code", "back-0815-code"


class Lock(BaseModel):
    where: str
    code: SecretStr


class AsText(BaseModel):
    """Drawn as JSON by the author's wish."""

    locks: list[Lock] = Field(json_schema_extra={"widget": "json"})


class Nested(BaseModel):
    lock: Lock
    inner: Nested | None = None


class Odd(BaseModel):
    """Drawn as JSON because the proposal fits the controls of no variant."""

    lock: Lock | Annotated[int, Field(ge=5)]


class Login(BaseModel):
    word: SecretStr


class Remark(BaseModel):
    word: str


class Beside(BaseModel):
    """Some variants call secret what others do not."""

    plain: SecretStr | str
    model: Remark | Login
    table: dict[str, str] | Login
    row: list[str] | tuple[SecretStr, int]
    as_text: list[str] | Login = Field(json_schema_extra={"widget": "json"})


class Kinds(BaseModel):
    """Secret texts that would otherwise have controls of their own."""

    word: Secret[str]
    day: Secret[date]
    side: Annotated[
        Literal["left", "right"], Field(json_schema_extra={"writeOnly": True})
    ]
    sides: Secret[Literal["left", "right"]]


LOCKS: JSONObject = {
    "locks": [{"where": "Front", "code": FRONT}, {"where": "Back", "code": BACK}]
}


def deep(levels: int) -> JSONObject:
    lock: JSONObject = {"where": "Front", "code": FRONT}
    nested: JSONObject = {"lock": lock, "inner": None}
    for _level in range(levels):
        nested = {"lock": lock, "inner": nested}
    return nested


def typed_over(
    type_: Any, initial: JSONObject, change: dict[str, str] | None = None
) -> SchemaForm:
    """The form sent back, with the JSON text in it changed."""
    sent = shown(type_, initial).press().copy()
    for name in [name for name in sent if "__json" in name]:
        text = str(sent[name])
        for old, new in (change or {}).items():
            text = text.replace(old, new)
        sent[name] = text
    return posted(type_, sent, initial=initial)


@pytest.mark.parametrize(
    ("type_", "initial"),
    [
        (AsText, LOCKS),
        (Nested, deep(12)),
        (Odd, {"lock": {"where": 5, "code": FRONT}}),
    ],
    ids=["by wish", "by depth", "by value"],
)
def test_a_part_drawn_as_text_shows_masks_and_keeps_what_is_behind_them(
    type_: Any, initial: JSONObject
) -> None:
    page = shown(type_, initial)
    assert MASK in page.text + json.dumps(page.press(), ensure_ascii=False)
    form = typed_over(type_, initial)
    assert form.value() == initial
    again = str(form)
    assert FRONT not in again
    assert BACK not in again


def test_a_secret_moves_with_its_mask() -> None:
    swapped = {f"{MASK} 1": "x", f"{MASK} 2": f"{MASK} 1"}
    form = typed_over(AsText, LOCKS, {**swapped, '"x"': f'"{MASK} 2"'})
    assert form.value() == {
        "locks": [{"where": "Front", "code": BACK}, {"where": "Back", "code": FRONT}]
    }


def test_a_mask_means_nothing_where_no_secret_may_stand() -> None:
    form = typed_over(AsText, LOCKS, {'"Front"': f'"{MASK} 1"'})
    answer = json.dumps(form.value(), ensure_ascii=False)
    assert answer.count(FRONT) == 1
    assert f'"where": "{MASK} 1"' in answer


def test_another_secret_may_be_typed_into_the_text() -> None:
    form = typed_over(AsText, LOCKS, {f"{MASK} 1": "new-9999-code"})
    assert "new-9999-code" in json.dumps(form.value())
    assert FRONT not in json.dumps(form.value())


def test_every_text_that_is_marked_has_a_masked_control() -> None:
    initial: JSONObject = {
        "word": FRONT,
        "day": "2031-12-24",
        "side": "right",
        "sides": "left",
    }
    page = shown(Kinds, initial)
    for name in initial:
        (control,) = page.named(f"answer.{name}.__secret")
        assert (control.type, control.value) == ("password", "")
    assert "2031" not in page.text
    form = posted(Kinds, page.press(), initial=initial)
    assert form.validate() == initial
    assert FRONT not in str(page_of(form).controls)


def test_a_page_has_no_default_that_is_secret() -> None:
    class Given(BaseModel):
        word: Secret[str] = Secret(FRONT)
        code: SecretStr = SecretStr(BACK)

    page = shown(Given)
    sent = json.dumps(page.press())
    assert FRONT not in sent
    assert "*" not in sent


def test_what_one_variant_calls_secret_no_other_shows() -> None:
    initial: JSONObject = {
        "plain": FRONT,
        "model": {"word": FRONT},
        "table": {"word": FRONT},
        "row": [FRONT],
        "as_text": {"word": FRONT},
    }
    form = form_of(Beside, initial=initial)
    assert FRONT not in str(form)
    answered = posted(Beside, page_of(form).press(), initial=initial)
    assert answered.validate() == initial
    assert FRONT not in str(answered)
