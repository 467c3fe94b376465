"""``docs/howto/notifications.md`` names every kind and all that a template gets."""

import re
from dataclasses import fields

from approvals.notifications.kinds import Kind
from approvals.notifications.letters import Item
from tests.docs import pages

PAGE = pages.DOCS / "howto" / "notifications.md"


def named_after(words: str) -> list[str]:
    """The names in the sentence that begins so, remarks in brackets left out."""
    sentence = pages.prose(PAGE).partition(words)[2].partition(".")[0]
    return re.findall(r"`([\w-]+)`", re.sub(r"\(.*?\)", "", sentence, flags=re.DOTALL))


def test_every_kind_of_mail_is_named() -> None:
    assert sorted(named_after("Kinds are")) == sorted(Kind.values)


def test_every_part_of_what_a_template_gets_is_named() -> None:
    parts = [field.name for field in fields(Item)]
    assert sorted(named_after("gets `item`:")) == sorted(parts)
