"""What a workflow shows to a person, drawn from its schema: pure, and text only.

A value becomes a tree of `Shown` nodes; the template `approvals/_value.html` turns
the tree into HTML with ordinary escaping. Nothing here makes markup, so nothing in
a value can run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from approvals import changes, readable, uploads
from approvals.readable import Cell, Shown, scalar, text_of
from approvals.schema_forms.wording import humanise
from workflows.json_gate import JSONObject, JSONValue

MAX_DEPTH = 12
MAX_COLUMNS = 8


def shown(value: JSONValue, schema: JSONValue = None, *, files: str = "") -> Shown:
    """The value as a person reads it; a missing or odd schema never hides a value.

    Files are linked below the address ``files``; without it they are only named.
    """
    root = schema if isinstance(schema, dict) else {}
    return _Reader(root, files).read(value, root, depth=0)


def raw_json(value: JSONValue) -> str:
    """The value as indented JSON, in its own order and alphabet."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def kind_at(payload: JSONValue, path: str, schema: JSONValue) -> str:
    """The kind of a plain value inside a payload, as ``readable.fact`` reads it.

    "decimal EUR" for an amount beside a currency, "date", "number"; empty for text.
    """
    root = schema if isinstance(schema, dict) else {}
    return _Reader(root).kind(payload, path.split("."), root)


def place_at(value: JSONValue, loc: Sequence[str | int], schema: JSONValue) -> str:
    """A place inside a value as its reader calls it: "Receipts → 2 → Amount"."""
    root = schema if isinstance(schema, dict) else {}
    return " → ".join(_Reader(root).labels(value, loc, root))


class _Reader:
    """Walks a value beside its JSON Schema."""

    def __init__(self, root: JSONObject, files: str = "") -> None:
        self.root = root
        self.files = files

    def read(self, value: JSONValue, schema: JSONObject, *, depth: int) -> Shown:
        schema = self._resolve(schema, value)
        if depth > MAX_DEPTH:
            return text_of(json.dumps(value, ensure_ascii=False))
        if isinstance(value, dict):
            return self._group(value, schema, depth)
        if isinstance(value, list):
            return self._list(value, schema, depth)
        return scalar(value, schema)

    def kind(self, value: JSONValue, path: Sequence[str], schema: JSONObject) -> str:
        """The kind of what lies at the path; empty when it is text or not plain."""
        schema = self._resolve(schema, value)
        if path:
            if not isinstance(value, dict):
                return ""
            inner = self._property(path[0], schema)
            found = self.kind(value.get(path[0]), path[1:], inner)
            is_money = found == "decimal" and len(path) == 1
            return f"{found} {currency_of(value)}".strip() if is_money else found
        match value:
            case bool():
                return "boolean"
            case int() | float():
                return "number"
            case str():
                stated = str(schema.get("format", ""))
                return stated if stated in readable.FACT_FORMATS else ""
        return ""

    def labels(
        self, value: JSONValue, loc: Sequence[str | int], schema: JSONObject
    ) -> list[str]:
        """What each part of the way is called; rows are counted from one."""
        if not loc:
            return []
        part, schema = loc[0], self._resolve(schema, value)
        if isinstance(part, int):
            rows = value if isinstance(value, list) else []
            inner = rows[part] if 0 <= part < len(rows) else None
            of = _object(schema.get("items"))
            return [str(part + 1), *self.labels(inner, loc[1:], of)]
        inner = value.get(part) if isinstance(value, dict) else None
        below = self.labels(inner, loc[1:], self._property(part, schema))
        return [self._label(part, schema), *below]

    def _group(self, value: JSONObject, schema: JSONObject, depth: int) -> Shown:
        if not value:
            return Shown(kind="nothing")
        if schema.get("widget") == uploads.WIDGET and uploads.is_reference(value):
            address = f"{self.files}{value['id']}/" if self.files else ""
            text = uploads.described(value)
            return Shown(kind="file", text=text, address=address)
        if schema.get("widget") == "change" and value.keys() == {"before", "after"}:
            return self._change(value, schema, depth)
        money = currency_of(value)
        cells = tuple(
            Cell(
                label=self._label(name, schema),
                value=_with_currency(
                    self._member(item, name, schema, depth), item, name, money
                ),
            )
            for name, item in value.items()
        )
        return Shown(kind="group", cells=cells)

    def _change(self, value: JSONObject, schema: JSONObject, depth: int) -> Shown:
        """What became of a value: a text word by word, an object field by field."""
        before, after = value["before"], value["after"]
        if isinstance(before, str) and isinstance(after, str):
            return Shown(kind="diff", pieces=changes.between(before, after))
        is_object = isinstance(before, dict) and isinstance(after, dict)
        old = _object(before) if is_object else {"value": before}
        new = _object(after) if is_object else {"value": after}
        of = self._resolve(self._property("after", schema), after)
        of = of if is_object else {"properties": {"value": of}}
        names = [n for n in {**old, **new} if _said(old, n) != _said(new, n)]
        if not names:
            return Shown(kind="text", text=_("Nothing changes."))
        return Shown(
            kind="table",
            headings=(_("Changes"), _("Before"), _("After")),
            rows=tuple(
                (
                    Shown(kind="text", text=self._label(name, of)),
                    self._member(old.get(name), name, of, depth),
                    self._member(new.get(name), name, of, depth),
                )
                for name in names
            ),
        )

    def _member(
        self, item: JSONValue, name: str, schema: JSONObject, depth: int
    ) -> Shown:
        return self.read(item, self._property(name, schema), depth=depth + 1)

    def _list(self, value: list[JSONValue], schema: JSONObject, depth: int) -> Shown:
        if not value:
            return Shown(kind="nothing")
        of = _object(schema.get("items"))
        rows = [
            item
            for item in value
            if isinstance(item, dict) and item and not uploads.is_reference(item)
        ]
        if len(rows) == len(value) and len(_columns(rows)) <= MAX_COLUMNS:
            return self._table(rows, of, depth)
        items = tuple(self.read(item, of, depth=depth + 1) for item in value)
        return Shown(kind="list", items=items)

    def _table(self, rows: list[JSONObject], of: JSONObject, depth: int) -> Shown:
        names = _columns(rows)
        resolved = self._resolve(of, rows[0])
        return Shown(
            kind="table",
            headings=tuple(self._label(name, resolved) for name in names),
            rows=tuple(self._row(row, names, of, depth) for row in rows),
        )

    def _row(
        self, row: JSONObject, names: Sequence[str], of: JSONObject, depth: int
    ) -> tuple[Shown, ...]:
        schema, money = self._resolve(of, row), currency_of(row)
        return tuple(
            _with_currency(
                self._member(row[name], name, schema, depth), row[name], name, money
            )
            if name in row
            else Shown(kind="nothing")
            for name in names
        )

    def _label(self, name: str, schema: JSONObject) -> str:
        title = self._property(name, schema).get("title")
        if isinstance(title, str) and title and title != derived_title(name):
            return title
        return humanise(name)

    def _property(self, name: str, schema: JSONObject) -> JSONObject:
        found = _object(schema.get("properties")).get(name)
        if found is None:
            found = schema.get("additionalProperties")
        return _object(found)

    def _resolve(self, schema: JSONObject, value: JSONValue) -> JSONObject:
        """Follow references and pick the variant that fits; bounded, so no loop."""
        for _hop in range(MAX_DEPTH):
            reference = schema.get("$ref")
            if isinstance(reference, str):
                schema = {**self._definition(reference), **_without(schema, "$ref")}
                continue
            if _is_decimal(schema):
                return {**schema, "format": "decimal"}
            variant = _variant(schema, value)
            if variant is None:
                break
            schema = {
                **variant,
                **_without(schema, "anyOf", "oneOf", "allOf", "discriminator"),
            }
        return schema

    def _definition(self, reference: str) -> JSONObject:
        name = reference.rpartition("/")[2]
        return _object(_object(self.root.get("$defs")).get(name))


def _variant(schema: JSONObject, value: JSONValue) -> JSONObject | None:
    options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if not isinstance(options, list):
        return None
    candidates = [_object(option) for option in options]
    tagged = _tagged(schema, value)
    if tagged is not None:
        return {"$ref": tagged}
    fitting = [option for option in candidates if _fits(option, value)]
    return (fitting or candidates or [{}])[0]


def _is_decimal(schema: JSONObject) -> bool:
    """Pydantic takes a Decimal as a number or as text, and writes it as text."""
    options = schema.get("anyOf")
    if not isinstance(options, list):
        return False
    return {"number", "string"} <= {str(_object(o).get("type")) for o in options}


def _tagged(schema: JSONObject, value: JSONValue) -> str | None:
    discriminator = _object(schema.get("discriminator"))
    name = discriminator.get("propertyName")
    if not isinstance(value, dict) or not isinstance(name, str):
        return None
    found = _object(discriminator.get("mapping")).get(str(value.get(name)))
    return found if isinstance(found, str) else None


def _fits(option: JSONObject, value: JSONValue) -> bool:
    kind = option.get("type")
    if kind is None:
        return value is not None
    match value:
        case None:
            return kind == "null"
        case bool():
            return kind == "boolean"
        case int() | float():
            return kind in ("number", "integer")
        case str():
            return kind == "string"
        case list():
            return kind == "array"
        case _:
            return kind == "object"


def _said(value: JSONObject, name: str) -> str:
    """A member as JSON, which tells true from 1 and null from nothing."""
    return raw_json(value[name]) if name in value else ""


def currency_of(value: Mapping[str, JSONValue]) -> str:
    code = value.get("currency")
    if isinstance(code, str) and len(code) == 3 and code.isascii() and code.isupper():
        return code
    return ""


def _with_currency(node: Shown, item: JSONValue, name: str, currency: str) -> Shown:
    """A currency beside amounts goes with each amount that was written as money."""
    money = currency and node.kind == "number" and isinstance(item, str)
    return Shown(kind="number", text=f"{node.text} {currency}") if money else node


def _columns(rows: Sequence[JSONObject]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def derived_title(name: str) -> str:
    """The title that Pydantic makes of a field's name: "Order Id" of "order_id"."""
    return name.replace("_", " ").title()


def _object(value: JSONValue) -> JSONObject:
    return value if isinstance(value, dict) else {}


def _without(schema: JSONObject, *names: str) -> JSONObject:
    return {key: value for key, value in schema.items() if key not in names}
