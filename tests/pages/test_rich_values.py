"""Markdown, pictures, addresses and changes: shown well, and never at their word."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import BaseModel, Field, TypeAdapter

from approvals import changes, markdown, readable, rendering
from approvals.readable import Shown
from workflows.json_gate import JSONValue

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42m"
    "NkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
MARKDOWN: JSONValue = {"type": "string", "widget": "markdown"}
IMAGE: JSONValue = {"type": "string", "widget": "image", "title": "Receipt"}


def drawn(value: JSONValue, schema: JSONValue) -> str:
    node = rendering.shown(value, schema)
    return render_to_string("approvals/_value.html", {"node": node})


def test_declared_markdown_is_drawn() -> None:
    html = drawn("# Why\n\nIt is **late**.\n\n- one", MARKDOWN)
    assert "<h3>Why</h3>" in html
    assert "<strong>late</strong>" in html
    assert "<li>one</li>" in html


def test_text_that_is_not_declared_stays_text() -> None:
    assert "**late**" in drawn("**late**", {"type": "string"})


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[a](javascript:alert(1))",
        "[a](data:text/html,<script>)",
        "[a](vbscript:x)",
        "![a](https://a.example/seen.png)",
        '[a](https://a.example "onclick=alert(1)")',
        "<a href=x onclick=alert(1)>a</a>",
    ],
)
def test_no_markdown_can_run_or_load(text: str) -> None:
    html = str(markdown.as_html(text))
    for tag in ("<script", "<img", 'href="javascript', 'href="data', 'href="vb'):
        assert tag not in html
    assert "<a href=x" not in html
    assert " title=" not in html


def test_a_link_in_markdown_says_where_it_leads() -> None:
    html = str(markdown.as_html("[https://bank.example](https://other.example)"))
    assert "</a> (https://other.example)" in html
    assert 'rel="noopener noreferrer nofollow"' in html
    plain = str(markdown.as_html("<https://bank.example>"))
    assert plain.count("https://bank.example") == 2


@pytest.mark.parametrize(
    "text", ["a\u202eb", "a&#x202e;b", "`a\u202eb`", "[a\u202eb](/x)"]
)
def test_hidden_characters_in_markdown_are_visible(text: str) -> None:
    html = str(markdown.as_html(text))
    assert "\u202e" not in html
    assert "⟨U+202E⟩" in html


def test_a_declared_picture_is_shown_with_its_title() -> None:
    html = drawn(PIXEL, IMAGE)
    assert f'src="{PIXEL}"' in html
    assert 'alt="Receipt"' in html


@pytest.mark.parametrize(
    "value",
    [
        "https://a.example/seen.png",
        "//a.example/seen.png",
        "/\\a.example/seen.png",
        "data:image/svg+xml;base64,AAAA",
        "data:text/html;base64,AAAA",
        'data:image/png;base64,A" onerror="alert(1)',
        "javascript:alert(1)",
    ],
)
def test_a_picture_from_elsewhere_is_text(value: str) -> None:
    assert rendering.shown(value, IMAGE).kind == "text"
    assert rendering.shown(PIXEL, {"type": "string"}).kind == "text"


class Contact(BaseModel):
    mail: str = Field(json_schema_extra={"format": "email"})


def test_a_mail_address_can_be_written_to() -> None:
    html = drawn({"mail": "a@b.example"}, Contact.model_json_schema())
    assert 'href="mailto:a@b.example"' in html


@pytest.mark.parametrize(
    "address",
    [
        "https://bank.example@other.example/",
        "https://b\u0430nk.example/",
        "mailto:a@b.example?bcc=c@d.example",
    ],
)
def test_an_address_that_misleads_is_no_link(address: str) -> None:
    schema: JSONValue = {"type": "string", "format": "uri"}
    assert rendering.shown(address, schema).kind == "text"


class Terms(BaseModel):
    days: int
    note: str | None = None


class TermsChange(BaseModel):
    model_config = {"json_schema_extra": {"widget": "change"}}

    before: Terms
    after: Terms


def change(before: JSONValue, after: JSONValue, type_: Any = TermsChange) -> Shown:
    schema = TypeAdapter(type_).json_schema()
    return rendering.shown({"before": before, "after": after}, schema)


def test_a_change_of_an_object_is_a_table_of_what_differs() -> None:
    table = change({"days": 14, "note": "x"}, {"days": 30, "note": "x"})
    cells = [[cell.text for cell in row] for row in table.rows]
    assert cells == [["Days", "14", "30"]]


def test_a_change_tells_null_from_nothing_and_true_from_one() -> None:
    assert len(change({"days": 1}, {"days": True, "note": None}).rows) == 2
    assert change({"days": 1}, {"days": 1}).text == "Nothing changes."


class TextChange(BaseModel):
    model_config = {"json_schema_extra": {"widget": "change"}}

    before: str
    after: str


def test_a_change_of_a_text_marks_the_words() -> None:
    shown = change("Pay in 14 days", "Pay in 30 days", TextChange)
    assert [(p.kind, p.text) for p in shown.pieces] == [
        ("same", "Pay in "),
        ("gone", "14"),
        ("new", "30"),
        ("same", " days"),
    ]


def test_a_long_change_is_not_compared_but_lost_neither() -> None:
    pieces = changes.between("a " * 3_000, "b")
    assert [p.kind for p in pieces] == ["gone", "new"]


@pytest.mark.parametrize("space", [" ", "\n"])
def test_a_long_text_is_folded_between_two_words(space: str) -> None:
    text = f"kitchen{space}" * 300
    node = rendering.shown(text)
    assert node.text.endswith(f"kitchen{space}")
    assert node.rest.startswith("kitchen")
    assert node.text + node.rest == text


def test_a_long_text_without_spaces_is_folded_too() -> None:
    node = rendering.shown("x" * 2000)
    assert len(node.text) == readable.LONG
    assert len(node.text + node.rest) == 2000
