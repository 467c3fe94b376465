"""What an initiator or a reviewer changed in a request, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from approvals import patches, readable, rendering
from approvals.questions import fact_text, label_of
from approvals.secrets import Cover
from workflows.json_gate import JSONObject, JSONValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """A field, what stood in it and what stands in it since."""

    label: str
    was: str  # empty where nothing stood
    text: str


def of(
    patch: Sequence[JSONObject], before: JSONValue, schema: JSONObject, cover: Cover
) -> tuple[Amended, ...]:
    """A line for each operation of a JSON Patch on what was proposed until then."""
    if not patch:
        return ()
    was, now = cover.question(before), cover.question(patches.applied(patch, before))
    fields = [patches.names_in(op) for op in patch]
    return tuple(
        Amended(
            label=label_of(".".join(names), schema),
            was=_text(names, was, schema) or "",
            text=_text(names, now, schema) or str(_("left out")),
        )
        for names in fields
    )


def _text(names: Sequence[str], proposal: JSONValue, schema: JSONObject) -> str | None:
    """What stands there as this reader writes it; ``None`` where nothing does."""
    value = proposal
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    if value is None:
        return str(_("empty"))
    kind = rendering.kind_at(proposal, ".".join(names), schema)
    return readable.fact(fact_text(value), kind) if kind else fact_text(value)
