"""What a step may return instead of an output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """The visit stops here until somebody answers."""

    payload: Any = None
    labels: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bailed:
    """The workflow ends here, successfully, with this payload as its result."""

    payload: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """The workflow ends here as canceled."""
