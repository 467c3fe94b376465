"""Markdown from elsewhere as HTML that can't run, load, hide or mislead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

from approvals.visible_text import pieces

LONGEST: Final = 20_000  # characters; what is longer is shown as it was written
MOST_BARS: Final = 2_000  # of tables: each row has as many cells as the first

_TAGS: Final = {
    *("p", "br", "hr", "h3", "em", "strong", "s", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final[dict[str, set[str]]] = {"a": {"href"}, "ol": {"start"}, "*": set()}
_SCHEMES: Final = {"http", "https", "mailto"}

# No HTML and no images: an image would tell its server that somebody reads this.
_PARSER: Final = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .disable(["image"])
)


def is_readable(text: str) -> bool:
    """Whether it can be drawn without keeping its reader, or the server, waiting."""
    return len(text) <= LONGEST and text.count("|") <= MOST_BARS


def as_html(text: str) -> SafeString:
    """The text drawn as Markdown, each link followed by the address it leads to."""
    tokens = [_made_plain(token) for token in _PARSER.parse(text)]
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return SafeString(
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=_SCHEMES,
            link_rel="noopener noreferrer nofollow",
        )
    )


def _made_plain(token: Token) -> Token:
    if token.type.startswith("heading_"):
        token.tag = "h3"  # below the page's own headings, whatever the text claims
    token.content = _visible(token.content)
    token.children = list(_with_addresses(token.children or []))
    return token


def _with_addresses(tokens: list[Token]) -> Iterator[Token]:
    """The tokens of a line; behind a link its address, unless that is its text."""
    address = words = ""
    for token in tokens:
        token.content = _visible(token.content)
        words += token.content
        if token.type == "link_open":
            address, words = str(token.attrs.get("href", "")), ""
        yield token
        if token.type == "link_close" and address not in (words, f"mailto:{words}"):
            yield Token("text", "", 0, content=f" ({address})")


def _visible(text: str) -> str:
    """Hidden characters by their numbers."""
    return "".join(f"⟨{p.text}⟩" if p.hidden else p.text for p in pieces(text))
