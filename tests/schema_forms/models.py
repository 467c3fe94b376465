"""Random models, and JSON values that they accept, for the property tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union
from uuid import UUID

from hypothesis import strategies as st
from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    NaiveDatetime,
    Secret,
    SecretStr,
    TypeAdapter,
    create_model,
)

from approvals import Upload, UploadLimits
from workflows.json_gate import JSONValue


class Grade(Enum):
    GOOD = "good"
    POOR = "poor"
    NO_IDEA = 0


class Branch(BaseModel):
    """A model that holds itself, one and many times."""

    name: str = Field(min_length=1)
    next: Branch | None = None
    twigs: list[Branch] = Field([], max_length=3)


@dataclass(frozen=True)
class Kind:
    """A type, and the JSON values that fit it."""

    type: Any
    values: st.SearchStrategy[JSONValue]


# Every line end is posted as "\r\n"; no page carries NUL or a lone surrogate.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12
)
ZONES = st.just(UTC) | st.integers(-14, 14).map(
    lambda hours: timezone(timedelta(hours=hours))
)
CLOCKS = st.datetimes().filter(lambda moment: 1900 < moment.year < 2100)
FILES: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "id": st.text("aZ9_-", min_size=43, max_size=43),
        "name": st.text(st.characters(categories=["L"]), min_size=1, max_size=9),
        "size": st.integers(1, 9_000),
        "sha256": st.text("0af", min_size=64, max_size=64),
        "content_type": st.sampled_from(["image/png", "application/pdf"]),
    }
)
NAMES = TEXT.filter(bool).map(lambda name: name.replace("\n", " ")).filter(str.strip)


MANY = tuple(f"n{number}" for number in range(20))  # a list with a search
MULTIPLES = [*range(-9, 100, 3)]


def _iso(value: date | time) -> str:
    return value.isoformat()


def _in(zones: st.SearchStrategy[timezone]) -> st.SearchStrategy[JSONValue]:
    return st.tuples(CLOCKS, zones).map(
        lambda pair: _iso(pair[0].replace(tzinfo=pair[1]))
    )


def _as_json(value: timedelta) -> JSONValue:
    written: JSONValue = TypeAdapter(timedelta).dump_python(value, mode="json")
    return written


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
    Kind(datetime, _in(st.just(UTC))),
    Kind(AwareDatetime, _in(ZONES)),
    Kind(NaiveDatetime, CLOCKS.map(_iso)),
    Kind(time, st.times(timezones=ZONES).map(_iso)),
    Kind(
        Annotated[int, Field(ge=-9, lt=100, multiple_of=3)], st.sampled_from(MULTIPLES)
    ),
    Kind(Annotated[float, Field(gt=0, le=1)], st.floats(0, 1, exclude_min=True)),
    Kind(
        Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)],
        st.decimals(0, 9999, places=2).filter(lambda n: not n.is_signed()).map(str),
    ),
    Kind(
        Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]+$", max_length=6)],
        st.from_regex(r"\A[A-Z]{2}[0-9]{1,4}\Z"),
    ),
    Kind(timedelta, st.timedeltas(timedelta(-9), timedelta(99)).map(_as_json)),
    Kind(Upload, FILES),
    Kind(Annotated[Upload, UploadLimits(types=["*/png", "*/pdf"])], FILES),
    Kind(
        dict[Literal["day", "night"], int],
        st.dictionaries(st.sampled_from(["day", "night"]), st.integers(0, 9)),
    ),
    Kind(dict[int, bool], st.dictionaries(st.integers(0, 99).map(str), st.booleans())),
    Kind(
        Branch,
        st.recursive(
            st.fixed_dictionaries({"name": NAMES}),
            lambda inner: st.fixed_dictionaries(
                {"name": NAMES, "next": st.none() | inner},
                optional={"twigs": st.lists(inner, max_size=2)},
            ),
            max_leaves=3,
        ),
    ),
    Kind(UUID, st.uuids().map(str)),
    Kind(Literal[MANY], st.sampled_from(MANY)),
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


# A mark that no other text has, so that it can be looked for on a page.
HIDDEN = st.text("0123456789", min_size=3, max_size=9).map(lambda text: f"§{text}§")
SECRETS: list[Kind] = [
    Kind(SecretStr, HIDDEN),
    Kind(Secret[str], HIDDEN),
    Kind(Annotated[str, Field(json_schema_extra={"writeOnly": True})], HIDDEN),
]


def kinds(more: Sequence[Kind] = ()) -> st.SearchStrategy[Kind]:
    """Types to any depth: optional, listed, mapped, nested, one of several."""
    leaves = st.sampled_from([*SCALARS, ANYTHING])
    if more:
        leaves = st.sampled_from(more) | leaves
    return st.recursive(leaves, _larger, max_leaves=6)


def models(more: Sequence[Kind] = ()) -> st.SearchStrategy[Kind]:
    """Models, as an answer's type usually is."""
    return kinds(more).flatmap(lambda kind: _models(st.just(kind) | kinds(more)))


@st.composite
def filled(draw: st.DrawFn, more: Sequence[Kind] = ()) -> tuple[Any, JSONValue]:
    """A model and a value that it accepts."""
    kind = draw(models(more))
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
