"""Words for people from names for programs."""

import re
from enum import Enum

from django.utils.translation import gettext as _

from workflows.json_gate import JSONValue

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\s-]+")
_LOWER_NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")


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


def enum_label(member: Enum) -> str:
    """A member's own `label`, as Django's choices have, else its name in words."""
    label = getattr(member, "label", None)
    if label is not None:
        return str(label)
    if member.value == member.name and "_" not in member.name:
        return member.name
    return humanise(member.name.lower() if member.name.isupper() else member.name)


def value_label(value: JSONValue) -> str:
    """A literal as a person would say it: `not_applicable` is "Not applicable"."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, str) and _LOWER_NAME.fullmatch(value):
        return humanise(value)
    return str(value)
