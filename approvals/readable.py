"""One value as a person reads it: numbers, dates, links, yes and no, text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from approvals import changes, markdown
from approvals.visible_text import pieces
from workflows.json_gate import JSONObject

_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?", re.ASCII)
_IMAGE = re.compile(
    r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}"
    r"|/(?![/\\])[\w./%-]+",
    re.ASCII,
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
FACT_FORMATS = ("date", "date-time", "decimal")
LONG = 600  # characters shown before a value is folded

Kind = Literal[
    "nothing", "text", "number", "yes", "no", "date", "moment", "link", "list", "table",
    "group", "markdown", "image", "diff", "file",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A label and the value under it."""

    label: str
    value: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One value ready to be drawn. `kind` names the fields that are filled."""

    kind: Kind
    text: str = ""
    rest: str = ""
    address: str = ""  # where a link leads, or an image comes from
    html: SafeString | None = None
    pieces: tuple[changes.Piece, ...] = ()
    moment: datetime | None = None
    items: tuple[Shown, ...] = ()
    cells: tuple[Cell, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Shown, ...], ...] = ()

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """The headings of a table, and whether only numbers stand below each."""
        return [
            (heading, all(row[at].kind == "number" for row in self.rows))
            for at, heading in enumerate(self.headings)
        ]

    @property
    def is_block(self) -> bool:
        """Whether it needs a line of its own."""
        blocks = ("table", "group", "markdown", "image", "diff")
        return self.kind in blocks or bool(self.rest)


def fact(text: str, kind: str) -> str:
    """A key fact for this reader: numbers and days as their language writes them."""
    name, _space, currency = kind.partition(" ")
    if name == "boolean":
        return str(_("Yes") if text == "yes" else _("No"))
    if name == "number":
        number = _decimal(text)
        return _number(number) if number is not None else text
    found = _string(text, {"format": name} if name in FACT_FORMATS else {})
    if found.moment is not None:
        return formats.date_format(timezone.localtime(found.moment), "DATETIME_FORMAT")
    return f"{found.text} {currency}".strip()


def scalar(value: str | int | float | bool | None, schema: JSONObject) -> Shown:
    match value:
        case None:
            return Shown(kind="nothing")
        case bool():
            return Shown(
                kind="yes" if value else "no", text=_("Yes") if value else _("No")
            )
        case int() | float():
            return Shown(kind="number", text=_number(Decimal(str(value))))
        case _:
            return _string(value, schema)


def _string(value: str, schema: JSONObject) -> Shown:
    if not value.strip():
        return Shown(kind="nothing") if not value else text_of(value)
    match schema.get("widget"):
        case "markdown" if markdown.is_readable(value):
            return Shown(kind="markdown", html=markdown.as_html(value))
        case "image" if _IMAGE.fullmatch(value):
            name = str(schema.get("title") or _("Image"))
            return Shown(kind="image", address=value, text=name)
    match schema.get("format"):
        case "date" if day := _day(value):
            return Shown(kind="date", text=formats.date_format(day, "DATE_FORMAT"))
        case "date-time" if moment := _moment(value):
            return Shown(kind="moment", text=value, moment=moment)
        case "decimal" if (number := _decimal(value)) is not None:
            return Shown(kind="number", text=_number(number))
        case "uri" if _is_web(value):
            return Shown(kind="link", text=value, address=value)
        case "uri" if value.startswith("mailto:") and _MAIL.fullmatch(value[7:]):
            return Shown(kind="link", text=value, address=value)
        case "email" if _MAIL.fullmatch(value):
            return Shown(kind="link", text=value, address=f"mailto:{value}")
    return text_of(value)


def text_of(value: str) -> Shown:
    if len(value) <= LONG + 100:
        return Shown(kind="text", text=value)
    cut = _last_space(value) or LONG
    return Shown(kind="text", text=value[:cut], rest=value[cut:])


def _last_space(value: str) -> int:
    """Where a long text is folded so that no word is cut; 0 where it has no spaces."""
    return max(value.rfind(space, LONG - 100, LONG) for space in " \n") + 1


def _number(number: Decimal) -> str:
    if abs(number.adjusted()) > 30:
        return str(number)
    return formats.number_format(number, use_l10n=True, force_grouping=True)


def _decimal(value: str) -> Decimal | None:
    """A number as Pydantic writes it; "007" and "1e5" are text and stay as they are."""
    return Decimal(value) if _PLAIN_NUMBER.fullmatch(value) else None


def _day(value: str) -> date | None:
    try:
        return parse_date(value)
    except ValueError:
        return None


def _moment(value: str) -> datetime | None:
    try:
        moment = parse_datetime(value)
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    # At either end of time another zone may have no name for the moment.
    return moment if 1 < moment.year < 9999 else None


def _is_web(value: str) -> bool:
    """A link only where a browser goes: http or https, with a host, nothing hidden.

    A name before the host ("https://bank.example@other.example/") and a host in letters
    that look like others are no address that an eye can check.
    """
    if any(piece.hidden for piece in pieces(value)) or " " in value:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    is_checkable = "@" not in parts.netloc and parts.netloc.isascii()
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_checkable
