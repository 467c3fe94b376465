"""Text from elsewhere can't hide anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.visible_text import is_blank, pieces


def seen(text: str) -> list[str]:
    return [piece.text for piece in pieces(text)]


@pytest.mark.parametrize(
    ("char", "code"),
    [
        ("\u202e", "U+202E"),  # right-to-left override
        ("\u2066", "U+2066"),  # isolate
        ("\u200b", "U+200B"),  # zero-width space
        ("\ufeff", "U+FEFF"),  # byte order mark
        ("\u00ad", "U+00AD"),  # soft hyphen
        ("\x1b", "U+001B"),  # escape
        ("\x7f", "U+007F"),  # delete
        ("\u2028", "U+2028"),  # line separator
        ("\u3164", "U+3164"),  # a letter that is blank
        ("\U000e0041", "U+E0041"),  # a tag
    ],
)
def test_a_hidden_character_is_shown_by_its_number(char: str, code: str) -> None:
    assert seen(f"pay{char}me") == ["pay", code, "me"]


def test_ordinary_writing_is_left_alone() -> None:
    for text in (
        "Zoë\tpays\n12 €",
        "東京",
        "\u0645\u06cc\u200c\u062e",
        "👩\u200d💻",
        "",
    ):
        assert "".join(seen(text)) == text


def test_a_joiner_between_plain_letters_is_shown() -> None:
    assert seen("pay\u200dpal") == ["pay", "U+200D", "pal"]


def test_a_name_written_from_right_to_left_keeps_to_itself() -> None:
    name = "\u05d0\u05d1 \u05d2"
    assert [(p.text, p.isolated) for p in pieces(f"Pay {name} 12.50 EUR?")] == [
        ("Pay ", False),
        (name, True),
        (" 12.50 EUR?", False),
    ]
    assert not any(piece.isolated for piece in pieces(f"{name} 12.50"))


def test_a_line_ending_from_windows_is_a_line_ending() -> None:
    assert seen("a\r\nb") == ["a\nb"]


def test_a_comment_of_invisible_characters_is_blank() -> None:
    assert is_blank(" \u200b\u3164\n")
    assert is_blank("\ufe0f")  # a mark upon no letter
    assert not is_blank("\u200bno")
    assert not is_blank("क्")


@given(st.text())
def test_nothing_is_lost(text: str) -> None:
    shown = "".join(
        chr(int(piece.text[2:], 16)) if piece.hidden else piece.text
        for piece in pieces(text)
    )
    assert shown == text.replace("\r\n", "\n")
