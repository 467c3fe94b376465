"""What the event of a time travel tells the fold: ``fold`` follows it to the letter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workflows.json_gate import JSONObject
from workflows.state import RunFold
from workflows.statuses import StepStatus


@dataclass(slots=True)
class Instructions:
    """Visits and verdicts to forget, to put in their place, to enter and to reopen.

    Visits and scopes are named by address, verdicts by ``scope@entry``.
    """

    forget: list[str] = field(default_factory=list)
    stale_verdicts: list[str] = field(default_factory=list)
    put: dict[str, Any] = field(default_factory=dict)
    verdicts: dict[str, Any] = field(default_factory=dict)
    scopes: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    reopened: list[str] = field(default_factory=list)

    def data(self, fold: RunFold) -> JSONObject:
        """As the event carries it; questions of what is forgotten are withdrawn."""
        told: dict[str, Any] = {
            "forget": self.forget,
            "forget_verdicts": self.stale_verdicts,
            "put": self.put,
            "verdicts": self.verdicts,
            "scopes": self.scopes,
            "entries": self.entries,
            "reopen": self.reopened,
            "withdraw": [
                visit.suspension
                for address, visit in fold.visits.items()
                if visit.status == StepStatus.SUSPENDED and self._forgets(address)
            ],
        }
        return {key: value for key, value in told.items() if value}

    def _forgets(self, address: str) -> bool:
        return any(
            address == gone or address.startswith((f"{gone}.", f"{gone}["))
            for gone in self.forget
        )
