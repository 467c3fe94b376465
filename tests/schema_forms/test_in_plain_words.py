"""Whatever a person types wrong is said in their language."""

from ipaddress import IPv4Address, IPv6Network
from typing import Any

import pytest
from django.utils import translation
from pydantic import BaseModel, HttpUrl, Json, NaiveDatetime, field_validator

from approvals.schema_forms import messages
from approvals.visible_text import parts
from tests.schema_forms.samples import model, posted
from workflows.errors import PayloadRejected

TYPED = [
    (IPv4Address, "x", "Enter an IP address, such as 192.0.2.1."),
    (IPv6Network, "1", "Enter an IP network, such as 192.0.2.0/24."),
    (HttpUrl, "ftp://a.example", "Enter a web address, such as https://example.com."),
    (NaiveDatetime, "2026-12-31T10:00Z", "Enter a time without a time zone."),
    (Json[int], "{", "This is not valid JSON."),
]


def said(annotation: Any, text: str) -> str:
    form = posted(model(annotation), {"answer.it": text})
    assert form.validate() is None
    [sentence] = form.errors_by_field["answer.it"]
    return sentence


@pytest.mark.parametrize(("annotation", "text", "words"), TYPED)
def test_python_speaks_to_nobody(annotation: Any, text: str, words: str) -> None:
    assert said(annotation, text) == words
    with translation.override("ja"):
        assert not said(annotation, text).isascii()


def test_an_author_s_words_about_an_address_stay() -> None:
    class Answer(BaseModel):
        it: IPv4Address

        @field_validator("it")
        @classmethod
        def near(cls, value: IPv4Address) -> IPv4Address:
            raise ValueError("Not one of ours.")

    form = posted(Answer, {"answer.it": "192.0.2.1"})
    form.validate()
    assert form.errors_by_field == {"answer.it": ["Not one of ours."]}


def test_a_validator_without_words_has_ours() -> None:
    class Answer(BaseModel):
        it: str

        @field_validator("it")
        @classmethod
        def refuse(cls, value: str) -> str:
            raise ValueError("")

    form = posted(Answer, {"answer.it": "x"})
    form.validate()
    assert form.errors_by_field == {"answer.it": ["This is not accepted."]}


def test_what_can_not_be_stored_is_said_of_json_too() -> None:
    fault: Any = {"loc": [], "msg": "NUL is not allowed", "type": "nul"}
    rejected = PayloadRejected("NUL is not allowed", [fault])
    assert "can't be stored" in messages.bad_json(rejected)


def test_a_text_without_spaces_can_be_broken_and_is_the_same() -> None:
    long = f"a {'b' * 250} c\n{'d' * 199} {'e' * 200}"
    for text, count in (("A" * 50_000, 500), ("short", 1), ("", 1), (long, 4)):
        cut = list(parts(text))
        assert "".join(cut) == text
        assert len(cut) == count
