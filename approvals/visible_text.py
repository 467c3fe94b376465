"""Text from elsewhere, cut so that nothing in it is invisible or turns direction."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Format characters that are drawn, or that ordinary writing needs.
_DRAWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
PART = 100  # characters
_UNBROKEN = re.compile(rf"\S{{{2 * PART},}}")
_LINE = frozenset("\n\t")
# Letters by category, blank to the eye.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
_LETTER = (
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_RIGHT_TO_LEFT = re.compile(rf"{_LETTER}+(?:[\s.'-]+{_LETTER}+)*")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Text shown as it is, or one hidden character shown by its number."""

    text: str
    hidden: bool = False
    name: str = ""
    isolated: bool = False  # written from right to left inside a left-to-right text


def pieces(text: str) -> Iterator[Piece]:
    """The text in order; joined together, nothing is lost and nothing is unseen."""
    if is_plain(text):
        yield Piece(text)
        return
    text = text.replace("\r\n", "\n")
    left_to_right = not _begins_right_to_left(text)
    for piece in _split(text):
        if left_to_right and not piece.hidden and not piece.text.isascii():
            yield from _isolated(piece.text)
        else:
            yield piece


def parts(text: str) -> Iterator[str]:
    """The text in parts, of which only those without a space are many."""
    start = 0
    for run in _UNBROKEN.finditer(text):
        for end in range(run.start() + PART, run.end(), PART):
            yield text[start:end]
            start = end
    yield text[start:]


def is_plain(text: str) -> bool:
    """Whether every character shows itself, in its place: true of most text."""
    return text.isascii() and text.isprintable() and text != ""


def _begins_right_to_left(text: str) -> bool:
    strong = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L"


def _isolated(text: str) -> Iterator[Piece]:
    """Names in Arabic or Hebrew by themselves, so that no number changes its side."""
    start = 0
    for run in _RIGHT_TO_LEFT.finditer(text):
        if run.start() > start:
            yield Piece(text[start : run.start()])
        yield Piece(run.group(), isolated=True)
        start = run.end()
    if start < len(text):
        yield Piece(text[start:])


def _split(text: str) -> Iterator[Piece]:
    start = 0
    for at, char in enumerate(text):
        if not _is_hidden(text, at, char):
            continue
        if at > start:
            yield Piece(text[start:at])
        yield Piece(f"U+{ord(char):04X}", hidden=True, name=_name(char))
        start = at + 1
    if start < len(text):
        yield Piece(text[start:])


def plain(text: str) -> str:
    """The text where there is no markup, as in a window's title: "pay[U+202E]me"."""
    return "".join(f"[{p.text}]" if p.hidden else p.text for p in pieces(text))


def is_blank(text: str) -> bool:
    """Whether there is nothing in it for an eye to read."""
    shown = (piece.text for piece in pieces(text) if not piece.hidden)
    return not any(_is_read(char) for part in shown for char in part)


def _is_read(char: str) -> bool:
    """Neither a space nor a mark that needs a letter to stand on."""
    return not char.isspace() and unicodedata.category(char) != "Mn"


def _is_hidden(text: str, at: int, char: str) -> bool:
    if char.isascii():
        return not char.isprintable() and char not in _LINE
    if char in _JOINERS:
        return not _joins(text, at)
    if char in _BLANK:
        return True
    return unicodedata.category(char) in _HIDDEN and char not in _DRAWN


def _joins(text: str, at: int) -> bool:
    """A joiner between two letters or pictures is spelling, not a trick."""
    if at == 0 or at + 1 >= len(text):
        return False
    around = text[at - 1], text[at + 1]
    return all(
        not c.isascii() and not c.isspace() and c not in _JOINERS for c in around
    )


def _name(char: str) -> str:
    return unicodedata.name(char, "control character").lower()
