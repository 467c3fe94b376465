"""What became of a text: the words that stayed, went and came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

MOST_WORDS: Final = 2_000  # comparing takes the square of this

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text that was there before and after, only before, or only after."""

    kind: Literal["same", "gone", "new"]
    text: str


def between(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts in one; a text too long to compare goes whole and comes whole."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = [before], [after]
    return tuple(_pieces(old, new))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(kind="same", text="".join(old[start:end]))
            continue
        if end > start:
            yield Piece(kind="gone", text="".join(old[start:end]))
        if new_end > new_start:
            yield Piece(kind="new", text="".join(new[new_start:new_end]))
