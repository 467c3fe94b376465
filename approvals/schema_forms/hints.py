"""What a client that draws its own form needs besides the JSON Schema."""

from __future__ import annotations

from typing import Any, Final

from workflows.json_gate import JSONObject, JSONValue

from .builder import shape_of
from .choices import ChoiceShape, ManyShape, Option
from .groups import GroupShape, OptionalShape, TupleShape
from .rows import RowsShape
from .scalars import ScalarShape, SecretShape, TextShape
from .shapes import Shape
from .values import MISSING, MaybeJSON
from .variants import VariantsShape
from .verdict import verdict_of

# A model that contains itself is described as far as anyone would open it.
DEEPEST: Final = 4


def initial_values(type_: Any) -> JSONValue:
    """The type's defaults, those of factories too; secrets are left out."""
    value = _defaults(shape_of(type_))
    return None if value is MISSING else value


def ui_hints(type_: Any) -> JSONObject:
    """How each part is best drawn, by JSON Pointer; `-` stands for each item.

    `order` lists the pointers in the author's order; `fields` holds widget, label,
    help and whatever else the widget needs; `verdict` names the field that becomes the
    buttons, and the buttons.
    """
    fields: JSONObject = {}
    _describe(shape_of(type_), "", fields, 0)
    verdict = verdict_of(type_)
    choices: list[JSONValue] = [
        {"value": c.value, "label": c.label, "is_rejection": c.is_rejection}
        for c in verdict.choices
    ]
    return {
        "order": list(fields),
        "fields": fields,
        "verdict": {"field": verdict.field, "choices": choices},
    }


def _defaults(shape: Shape) -> MaybeJSON:
    if shape.info.default is not MISSING:
        return _without_secrets(shape, shape.info.default)
    if not isinstance(shape, GroupShape) or isinstance(shape, TupleShape):
        return MISSING
    parts = {key: _defaults(part) for key, part in shape.shapes.items()}
    given = {key: part for key, part in parts.items() if part is not MISSING}
    return given or MISSING


def _without_secrets(shape: Shape, value: JSONValue) -> JSONValue:
    if isinstance(shape, OptionalShape):
        shape = shape.inner
    if not isinstance(shape, GroupShape) or not isinstance(value, dict):
        return value
    return {
        key: _without_secrets(shape.shapes[key], part) if key in shape.shapes else part
        for key, part in value.items()
        if not isinstance(shape.shapes.get(key), SecretShape)
    }


def _describe(shape: Shape, pointer: str, fields: JSONObject, depth: int) -> None:
    if depth > DEEPEST:
        return
    inner = shape.inner if isinstance(shape, OptionalShape) else shape
    described = _hints(shape, inner)
    if pointer:
        fields[pointer] = described
    if isinstance(inner, GroupShape):
        for key, part in inner.shapes.items():
            _describe(part, f"{pointer}/{_escaped(key)}", fields, depth + 1)
    elif isinstance(inner, RowsShape):
        _describe(inner.item, f"{pointer}/-", fields, depth + 1)
    elif isinstance(inner, VariantsShape):
        described["variants"] = _variants(inner, pointer, depth)
        fields.setdefault(pointer, described)


def _variants(shape: VariantsShape, pointer: str, depth: int) -> list[JSONValue]:
    described: list[JSONValue] = []
    for variant in shape.variants:
        fields: JSONObject = {}
        _describe(variant.shape, pointer, fields, depth + 1)
        described.append({"key": variant.key, "label": variant.label, "fields": fields})
    return described


def _hints(shape: Shape, inner: Shape) -> JSONObject:
    info = shape.info
    hints: JSONObject = {
        "widget": inner.widget,
        "label": info.label,
        "help": info.help,
        "required": info.required,
        "nullable": info.nullable,
        "read_only": info.read_only,
    }
    if isinstance(inner, ChoiceShape | ManyShape):
        hints["choices"] = [_choice(option) for option in inner.options]
    if isinstance(inner, TextShape) and inner.max_length is not None:
        hints["max_length"] = inner.max_length
    if isinstance(inner, ScalarShape) and "reasons" in info.hints:
        hints["reasons"] = info.hints["reasons"]
    return hints


def _choice(option: Option) -> JSONValue:
    return {"value": option.value, "label": option.label}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
