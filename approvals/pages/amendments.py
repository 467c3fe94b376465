"""What an initiator or a reviewer changed in a request, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

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
    names = str(op["path"]).lstrip("/").split("/")
    field = ".".join(name.replace("~1", "/").replace("~0", "~") for name in names)
    text = fact_text(op["value"]) if "value" in op else _("left out")
    return Amended(label=label_of(field, schema), text=cover.text(text))
