"""Values that are read as attributes in Python and as a mapping where JSON is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any


class Shape(Mapping[str, Any]):
    """A frozen dataclass whose fields can be read by name too: ``x["path"]``."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return getattr(self, name)

    def __contains__(self, name: object) -> bool:
        return any(field.name == name for field in fields(self))  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self))  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(fields(self))  # type: ignore[arg-type]
