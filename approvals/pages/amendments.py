"""What an initiator or a reviewer changed in a request, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from approvals import readable, rendering
from approvals.questions import fact_text, label_of
from approvals.secrets import Cover
from workflows.json_gate import JSONObject, JSONValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """A field and what stands in it since."""

    label: str
    text: str


def of(patch: JSONValue, schema: JSONObject, cover: Cover) -> tuple[Amended, ...]:
    """A line for each operation of a JSON Patch, which goes into no list."""
    ops = patch if isinstance(patch, list) else []
    return tuple(_line(op, schema, cover) for op in ops if isinstance(op, dict))


def _line(op: JSONObject, schema: JSONObject, cover: Cover) -> Amended:
    parts = str(op["path"]).lstrip("/").split("/")
    names = [part.replace("~1", "/").replace("~0", "~") for part in parts]
    field = ".".join(names)
    if "value" not in op:
        return Amended(label=label_of(field, schema), text=_("left out"))
    payload = value = op["value"]
    for name in reversed(names):
        payload = {name: payload}
    kind = rendering.kind_at(payload, field, schema)
    text = readable.fact(fact_text(value), kind) if kind else fact_text(value)
    return Amended(label=label_of(field, schema), text=cover.text(text))
