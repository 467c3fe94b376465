"""Words for people from names for programs."""

import re
from collections.abc import Iterable, Sequence
from enum import Enum

from django.utils.translation import gettext as _

from workflows.json_gate import JSONValue

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\s-]+")
_LOWER_NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_IDENTIFIER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def humanise(name: str) -> str:
    """`approved_by` and `approvedBy` as "Approved by"; capital words are kept."""
    words = [word for word in _WORD_STARTS.split(name) if word]
    spoken = " ".join(word if word.isupper() else word.lower() for word in words)
    return spoken[:1].upper() + spoken[1:]


def humanise_class(title: str) -> str:
    """`CardPayment` as "Card payment"; a title in an author's own words as it is."""
    return humanise(title) if _CLASS_NAME.fullmatch(title) else title


def is_authors_title(title: str) -> bool:
    """Whether somebody wrote the title, rather than Python deriving it from a name."""
    return bool(title) and not _CLASS_NAME.fullmatch(title)


def are_identifiers(values: Iterable[object]) -> bool:
    """Whether they name things that are called so elsewhere: `payments-api`, `dns`.

    One hyphen tells it of all of them; they are shown as they are, as on every page.
    """
    return any(isinstance(each, str) and _IDENTIFIER.fullmatch(each) for each in values)


def enum_labels(members: Sequence[Enum]) -> list[str]:
    """Each member's own `label`, as Django's choices have, else its name in words."""
    as_written = are_identifiers(member.value for member in members)
    return [_enum_label(member, as_written=as_written) for member in members]


def _enum_label(member: Enum, *, as_written: bool) -> str:
    label = getattr(member, "label", None)
    if label is not None:
        return str(label)
    return str(member.value) if as_written else _spoken(member)


def _spoken(member: Enum) -> str:
    if member.value == member.name and "_" not in member.name:
        return member.name
    return humanise(member.name.lower() if member.name.isupper() else member.name)


def value_labels(values: Sequence[JSONValue]) -> list[str]:
    """Each literal of a choice as a person would say it, or as it is written."""
    if are_identifiers(values):
        return [each if isinstance(each, str) else value_label(each) for each in values]
    return [value_label(each) for each in values]


def value_label(value: JSONValue) -> str:
    """A literal as a person would say it: `not_applicable` is "Not applicable"."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, str) and _LOWER_NAME.fullmatch(value):
        return humanise(value)
    return str(value)
