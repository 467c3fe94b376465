"""Random models, and JSON values that they accept, for the property tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, create_model

from workflows.json_gate import JSONValue


class Grade(Enum):
    GOOD = "good"
    POOR = "poor"
    NO_IDEA = 0


@dataclass(frozen=True)
class Kind:
    """A type, and the JSON values that fit it."""

    type: Any
    values: st.SearchStrategy[JSONValue]


# Every line end is posted as "\r\n"; no page carries NUL or a lone surrogate.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12
)
MOMENTS = st.datetimes(timezones=st.just(UTC)).filter(
    lambda moment: 1900 < moment.year < 2100
)


def _iso(value: date | time) -> str:
    return value.isoformat()


SCALARS: list[Kind] = [
    Kind(str, TEXT),
    Kind(Annotated[str, Field(min_length=1, max_length=300)], TEXT.filter(bool)),
    Kind(
        Annotated[str, Field(json_schema_extra={"widget": "markdown"})],
        TEXT,
    ),
    Kind(bool, st.booleans()),
    Kind(int, st.integers(-(2**53) + 1, 2**53 - 1)),
    Kind(float, st.floats(allow_nan=False, allow_infinity=False)),
    Kind(
        Decimal,
        st.decimals(-1_000_000, 1_000_000, places=3)
        .filter(lambda number: not (number.is_zero() and number.is_signed()))
        .map(str),
    ),
    Kind(date, st.dates().map(_iso).filter(lambda text: "0001" < text[:4] < "9999")),
    Kind(time, st.times().map(_iso)),
    Kind(datetime, MOMENTS.map(_iso)),
    Kind(UUID, st.uuids().map(str)),
    Kind(Literal["low", "mid", "high"], st.sampled_from(["low", "mid", "high"])),
    Kind(Literal[1, "1", True], st.sampled_from([1, "1", True])),
    Kind(Grade, st.sampled_from(["good", "poor", 0])),
    Kind(
        set[Literal["a", "b", "c"]],
        st.lists(st.sampled_from("abc"), unique=True).map(
            lambda chosen: [*sorted(chosen)]
        ),
    ),
]
ANYTHING = Kind(
    Any,
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2)
        ),
        max_leaves=4,
    ),
)


def kinds() -> st.SearchStrategy[Kind]:
    """Types to any depth: optional, listed, mapped, nested, one of several."""
    return st.recursive(st.sampled_from([*SCALARS, ANYTHING]), _larger, max_leaves=6)


def models() -> st.SearchStrategy[Kind]:
    """Models, as an answer's type usually is."""
    return kinds().flatmap(lambda kind: _models(st.just(kind) | kinds()))


@st.composite
def filled(draw: st.DrawFn) -> tuple[Any, JSONValue]:
    """A model and a value that it accepts."""
    kind = draw(models())
    value = draw(kind.values)
    TypeAdapter(kind.type).validate_json(json.dumps(value))
    return kind.type, value


def _larger(inner: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    return (
        inner.map(_optional)
        | inner.map(_listed)
        | inner.map(_mapped)
        | st.tuples(inner, inner).map(_paired)
        | _models(inner)
        | _tagged(inner)
        | st.lists(inner, min_size=2, max_size=3).map(_united)
    )


def _optional(kind: Kind) -> Kind:
    # An optional text that is left empty is null, so it has no empty text.
    return Kind(kind.type | None, st.none() | kind.values.filter(lambda v: v != ""))


def _listed(kind: Kind) -> Kind:
    # A row of anything that is left blank would be missing.
    return Kind(list[kind.type], st.lists(kind.values, max_size=3))  # type: ignore[name-defined]


def _mapped(kind: Kind) -> Kind:
    names = TEXT.filter(str.strip)
    return Kind(
        dict[str, kind.type],  # type: ignore[name-defined]
        st.dictionaries(names, kind.values, max_size=3),
    )


def _paired(kinds: tuple[Kind, Kind]) -> Kind:
    first, second = kinds
    pairs = st.tuples(first.values, second.values).map(list)
    return Kind(tuple[first.type, second.type], pairs)  # type: ignore[name-defined]


def _united(kinds: list[Kind]) -> Kind:
    union: Any = Union[tuple(kind.type for kind in kinds)]  # noqa: UP007
    return Kind(union, st.one_of([kind.values for kind in kinds]))


@st.composite
def _models(draw: st.DrawFn, inner: st.SearchStrategy[Kind]) -> Kind:
    parts = draw(st.lists(inner, min_size=1, max_size=4))
    return _model({f"f{number}": part for number, part in enumerate(parts)}, draw)


def _model(parts: Mapping[str, Kind], draw: st.DrawFn) -> Kind:
    fields: dict[str, Any] = {}
    for name, part in parts.items():
        default: Any = ...
        if draw(st.booleans()):
            default = Field(default_factory=_made(part, draw(part.values)))
        fields[name] = (part.type, default)
    model = create_model("Model", **fields)
    values = st.fixed_dictionaries({n: part.values for n, part in parts.items()})
    return Kind(model, values)


def _made(kind: Kind, value: JSONValue) -> Callable[[], Any]:
    return lambda: TypeAdapter(kind.type).validate_json(json.dumps(value))


@st.composite
def _tagged(draw: st.DrawFn, inner: st.SearchStrategy[Kind]) -> Kind:
    variants: list[type[BaseModel]] = []
    values: list[st.SearchStrategy[JSONValue]] = []
    for tag in ("one", "two"):
        part = draw(inner)
        fields: dict[str, Any] = {"kind": (Literal[tag], ...), "it": (part.type, ...)}
        variants.append(create_model(tag.title(), **fields))
        values.append(st.fixed_dictionaries({"kind": st.just(tag), "it": part.values}))
    union: Any = Union[tuple(variants)]  # noqa: UP007
    return Kind(Annotated[union, Field(discriminator="kind")], st.one_of(values))
