"""Text from people and payloads, so that it does nothing in a mail but be read.

Mail programs turn everything that looks like an address into a link, also in plain
text. An invisible joiner keeps them from it; whatever else is invisible is shown.
"""

from __future__ import annotations

import re

from approvals.visible_text import Piece, pieces

JOINER = "\u2060"  # zero width, and no place to break a line
LONGEST_SUBJECT = 200

ISOLATE, END = "\u2068", "\u2069"  # what is within turns no number round

_LINKED = re.compile(r"(?<=\w)([.@](?=[^\W\d_]))|(:)(?=//)|(?<=\w)(:)(?=[^\W\d_])")


def inert(text: str) -> str:
    """The text with every hidden character shown and no address in it a link."""
    shown = "".join(_shown(piece) for piece in pieces(text))
    return _LINKED.sub(lambda match: f"{match[0]}{JOINER}", shown)


def one_line(text: str) -> str:
    """A subject: one line of a sensible length, free of control characters."""
    seen = (_shown(piece) for piece in pieces(text) if not piece.hidden)
    line = " ".join("".join(seen).split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def _shown(piece: Piece) -> str:
    if piece.hidden:
        return f"[{piece.text}]"
    return f"{ISOLATE}{piece.text}{END}" if piece.isolated else piece.text
