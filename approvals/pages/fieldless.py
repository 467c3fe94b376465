"""What was typed into fields that are gone: the code of the step is, or is another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from approvals.pages.conflict_page import Typed
from approvals.questions import in_words
from approvals.schema_forms.controls import is_own, own_part, unquoted
from workflows import json_gate
from workflows.json_gate import JSONValue

if TYPE_CHECKING:
    from django.http import QueryDict

    from approvals.schema_forms import SchemaForm


def texts_in(
    posted: QueryDict, form: SchemaForm | None, *, prefix: str
) -> dict[str, list[str]]:
    """The texts that were sent for each field that this form does not have."""
    known = {field.name for field in form.fields} if form else set()
    found: dict[str, list[str]] = {}
    for name, texts in posted.lists():
        part = own_part(name, prefix) if name.startswith(f"{prefix}.") else ""
        if part and f"{prefix}.{part}" not in known:
            said = [] if is_own(name) else [str(text) for text in texts if text]
            found.setdefault(unquoted(part), []).extend(said)
    return found


def boxes(fields: Mapping[str, Sequence[str]], began: JSONValue) -> tuple[Typed, ...]:
    """To be copied: what does not say the same as what the form began with."""
    held = began if isinstance(began, dict) else {}
    return tuple(
        Typed(label=in_words(name), text="\n".join(texts))
        for name, texts in fields.items()
        if texts and list(texts) != _texts(held.get(name))
    )


def _texts(value: JSONValue) -> list[str]:
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    text = value if isinstance(value, str) else json_gate.dumps(value)
    return [] if value in (None, "") else [text]
