"""Rows with those they refer to, by one statement that is composed once.

What ``select_related`` gives, for the reads that every decision makes: the ORM takes a
few milliseconds to compose such a join, and does so each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.db.models import ForeignKey, Model

from workflows.rows import Lock, Statement, locking, one_of, read_row

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One table of the join, and the field of another part that refers to it."""

    path: str  # as in ``select_related``; empty for the rows themselves
    model: type[Model]
    alias: str
    parent: str = ""
    field: ForeignKey[Any, Any] | None = None
    optional: bool = False  # there may be no such row

    @property
    def columns(self) -> list[str]:
        return [f"{self.alias}.{f.column}" for f in self.model._meta.concrete_fields]


@dataclass(frozen=True, slots=True)
class Joined(Generic[Row]):
    """Rows of one model with what they refer to.

    ``relations`` are named as for ``select_related``, each after the one it starts
    from.
    """

    model: type[Row]
    relations: tuple[str, ...] = ()

    def select(
        self,
        column: str,
        values: Sequence[Any],
        *,
        order: tuple[str, ...] = ("id",),
        lock: Lock | None = None,
        of: tuple[str, ...] = (),
    ) -> Statement:
        """The statement for the rows whose ``column`` has one of the values.

        With ``lock`` the rows are locked, and of the relations those ``of``.
        """
        first, *others = _parts(self.model, self.relations)
        chosen, given = one_of(f"{first.alias}.{column}", values)
        ending = locking(lock)
        if ending:
            held = [part.alias for part in others if part.path in of]
            ending += f" OF {', '.join([first.alias, *held])}"
        sorting = ", ".join(f"{first.alias}.{name}" for name in order)
        sql = _select(self.model, self.relations)
        return f"{sql} WHERE {chosen} ORDER BY {sorting}{ending}", given

    def read(self, found: Sequence[Sequence[Any]]) -> list[Row]:
        """The rows that the statement found."""
        parts = _parts(self.model, self.relations)
        return [_assembled(parts, values) for values in found]


@cache
def _parts(model: type[Model], relations: tuple[str, ...]) -> list[_Part]:
    parts = {"": _Part(path="", model=model, alias="t0")}
    for number, path in enumerate(relations, start=1):
        parent, _, name = path.rpartition("__")
        field = parts[parent].model._meta.get_field(name)
        assert isinstance(field, ForeignKey)
        parts[path] = _Part(
            path=path,
            model=field.related_model,
            alias=f"t{number}",
            parent=parent,
            field=field,
            optional=field.null or parts[parent].optional,
        )
    return list(parts.values())


@cache
def _select(model: type[Model], relations: tuple[str, ...]) -> str:
    first, *others = parts = _parts(model, relations)
    aliases = {part.path: part.alias for part in parts}
    columns = ", ".join(column for part in parts for column in part.columns)
    sql = [f"SELECT {columns} FROM {first.model._meta.db_table} {first.alias}"]
    for part in others:
        field = part.field
        assert field is not None
        kind = "LEFT JOIN" if part.optional else "JOIN"
        sql.append(
            f"{kind} {part.model._meta.db_table} {part.alias} ON {part.alias}."
            f"{part.model._meta.pk.column} = {aliases[part.parent]}.{field.column}"
        )
    return " ".join(sql)


def _assembled(parts: Sequence[_Part], values: Sequence[Any]) -> Any:
    rows: dict[str, Model | None] = {}
    for part, own in zip(parts, _split(parts, values), strict=True):
        field, parent = part.field, rows.get(part.parent)
        if field is None:
            rows[part.path] = read_row(part.model, own)
        elif parent is not None:
            there = getattr(parent, field.attname) is not None
            row = rows[part.path] = read_row(part.model, own) if there else None
            field.set_cached_value(parent, row)
    return rows[""]


def _split(parts: Sequence[_Part], values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    start = 0
    for part in parts:
        end = start + len(part.model._meta.concrete_fields)
        yield values[start:end]
        start = end
