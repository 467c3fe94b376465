"""The flat world of a posted form: control names and their texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast, get_args
from urllib.parse import quote, unquote

from .values import MAX_CONTROLS

# Names that start with two underscores are the form's own; see `join`.
ACTION: Final = "__action"  # a row button was pressed
AGAIN: Final = "__again"  # a secret was typed here, and has to be typed once more
FILE: Final = "__file"  # a file that is given now
EXACT: Final = "__exact"  # the value behind a text that shows less than all of it
JSON: Final = "__json"  # this part is edited as JSON text
ON: Final = "__on"  # an optional part is included
REASON: Final = "__reason"  # a ready-made reason was picked
ROW: Final = "__row"  # one per row of a list, in the order of the page
SECRET: Final = "__secret"  # a text that no page and no draft may hold
SHOWN: Final = "__shown"  # this part was on the page, so what is absent is empty
VARIANT: Final = "__variant"  # which variant of a union was chosen

Verb: TypeAlias = Literal["add", "remove", "up", "down", "restore", "preview", "check"]
_ACTION = re.compile(r"([a-z]+)(?::([^:]+))?(?::([0-9]{1,6}))?")


def join(name: str, segment: str) -> str:
    """The name of a part of `name`; no property can clash with a name of our own."""
    quoted = segment if segment in _OWN else _quoted(segment)
    return f"{name}.{quoted}"


def own_part(name: str, prefix: str) -> str:
    """To which part of the whole a control belongs; empty if it is the form's own."""
    head = name.removeprefix(prefix).removeprefix(".").partition(".")[0]
    return "" if head in _OWN else head


def is_own(name: str) -> bool:
    """Whether the control is the form's own, and no text of a person."""
    return name.rpartition(".")[2] in _OWN


def to_keep(name: str, text: str) -> tuple[str, str]:
    """A control as it may be kept: of a secret no more than that one was typed."""
    if not is_secret(name):
        return name, text
    return f"{name.removesuffix(SECRET)}{AGAIN}", "1" if text else ""


def is_secret(name: str) -> bool:
    """Whether what is typed into this control may stand on no page and in no draft."""
    return name.rpartition(".")[2] == SECRET


def unquoted(segment: str) -> str:
    """The property behind a part of a name."""
    return unquote(segment)


def _quoted(segment: str) -> str:
    safe = quote(segment, safe="", errors="replace").replace(".", "%2E")
    return safe.replace("__", "%5F_", 1) if safe.startswith("__") else safe


_OWN = frozenset(
    {ACTION, AGAIN, EXACT, FILE, JSON, ON, REASON, ROW, SECRET, SHOWN, VARIANT}
)


class Controls:
    """Texts by control name, as a browser posts them; a copy that may be changed."""

    def __init__(self, texts: Mapping[str, Iterable[str]] | None = None) -> None:
        self._texts = {name: list(each) for name, each in (texts or {}).items()}

    def copy(self) -> Controls:
        return Controls(self._texts)

    def has(self, name: str) -> bool:
        return name in self._texts

    @property
    def are_none(self) -> bool:
        return not self._texts

    def text(self, name: str) -> str:
        """The last text posted under the name; empty when there is none."""
        texts = self._texts.get(name)
        return texts[-1] if texts else ""

    def names(self) -> list[str]:
        return list(self._texts)

    def texts(self, name: str) -> list[str]:
        return list(self._texts.get(name, ()))

    def put(self, name: str, *texts: str) -> None:
        self._texts[name] = list(texts)

    def forget(self, name: str) -> None:
        """Drop the name and all its parts."""
        part = f"{name}."
        self._texts = {
            each: texts
            for each, texts in self._texts.items()
            if each != name and not each.startswith(part)
        }

    @property
    def full(self) -> bool:
        """Whether one more part might be refused by the server on its way back."""
        return sum(map(len, self._texts.values())) > MAX_CONTROLS


def typed_before(controls: Controls, name: str, text: str) -> bool:
    """Whether a secret was typed here that the page does not show again."""
    return bool(text or controls.text(join(name, AGAIN)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a button inside the form asks for: a row added, moved, a value restored."""

    verb: Verb
    name: str = ""
    row: str = ""

    def __str__(self) -> str:
        return ":".join(part for part in (self.verb, self.name, self.row) if part)

    def asks(self, verb: Verb, name: str) -> bool:
        return self.verb == verb and self.name == name


def parse_action(text: str) -> Action | None:
    """The action a button's value stands for; None for anything else."""
    match = _ACTION.fullmatch(text)
    if match is None or match[1] not in get_args(Verb):
        return None
    return Action(verb=cast(Verb, match[1]), name=match[2] or "", row=match[3] or "")
