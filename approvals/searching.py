"""Search in the inbox: every word must be found, whatever its case or width.

The text of an approval is written once, when it opens. A search looks only at the
approvals that the person may see, which an index finds; of those it reads the texts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from approvals import readable
from approvals.models import ApprovalQuerySet
from approvals.questions import in_words
from workflows.json_gate import JSONValue

LONGEST_TEXT = 6_000
MOST_WORDS = 8
NAMES = ("username", "first_name", "last_name")


def search_text(
    *,
    title: str,
    facts: Sequence[Sequence[str]],
    workflow: str,
    step_path: str,
    run_id: str,
    payload: JSONValue,
) -> str:
    """All that a search may find an approval by, without case."""
    named = (workflow, in_words(workflow), step_path, in_words(step_path), run_id)
    shown = (part for fact in facts for part in _of_fact(fact))
    parts = [title, *shown, *named, *_texts(payload)]
    return folded(" ".join(dict.fromkeys(parts)))[:LONGEST_TEXT]


def folded(text: str) -> str:
    """The same text without case and width: "Straße" is "strasse"."""
    return unicodedata.normalize("NFKC", text).casefold()


def matching(found: ApprovalQuerySet, query: str) -> ApprovalQuerySet:
    """Those that hold every word of the query, or whose requester is called so."""
    for word in folded(query).split()[:MOST_WORDS]:
        found = found.filter(
            Q(search__text__contains=word) | Q(initiator__in=_people(word))
        )
    return found


def _of_fact(fact: Sequence[str]) -> Iterator[str]:
    label, value = fact[:2]
    yield from (label, value)
    if len(fact) > 2:
        yield readable.fact(value, fact[2])


def _texts(value: JSONValue) -> Iterator[str]:
    """The plain values in a payload, in their order; names of fields are no content."""
    match value:
        case dict():
            for part in value.values():
                yield from _texts(part)
        case list():
            for part in value:
                yield from _texts(part)
        case bool() | None:
            return
        case _:
            yield str(value)


def _people(word: str) -> QuerySet[User]:
    named = Q()
    # SQLite takes no other letters than those of ASCII for equal to their capitals.
    for written in {word, word.upper(), word.capitalize()}:
        for field in NAMES:
            named |= Q(**{f"{field}__icontains": written})
    return User.objects.filter(named)
