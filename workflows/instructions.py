"""What the event of a time travel tells the fold: ``fold`` follows it to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.graph import Entry, ForeachEntry, LoopEntry, Named
from workflows.json_gate import JSONObject
from workflows.state import OPEN, Ref, RunFold
from workflows.statuses import StepStatus


@dataclass(slots=True)
class Instructions:
    """Visits and verdicts to forget, to put in their place, to enter and to reopen.

    Visits and scopes are named by address, verdicts by ``scope@entry``.
    """

    fold: RunFold
    forget: list[str] = field(default_factory=list)
    stale_verdicts: list[str] = field(default_factory=list)
    put: dict[str, Any] = field(default_factory=dict)
    verdicts: dict[str, Any] = field(default_factory=dict)
    scopes: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    reopened: list[str] = field(default_factory=list)

    def data(self) -> JSONObject:
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
                for address, visit in self.fold.visits.items()
                if visit.status == StepStatus.SUSPENDED and self._forgets(address)
            ],
        }
        return {key: value for key, value in told.items() if value}

    def _forgets(self, address: str) -> bool:
        return any(
            address == gone or address.startswith((f"{gone}.", f"{gone}["))
            for gone in self.forget
        )

    @property
    def _seq(self) -> int:
        return self.fold.seq + 1

    def give_up(self, address: str) -> bool:
        """Forget a visit that is open, with its questions; whether there was one."""
        visit = self.fold.visits.get(address)
        if visit is None or visit.status not in OPEN:
            return False
        self.forget.append(address)
        return True

    def note_entry(self, address: str, index: int) -> None:
        """The entry of a kept visit, if the definition has moved it."""
        visit = self.fold.visits.get(address)
        if visit is not None and visit.entry != index:
            self.entries[address] = index

    def put_visit(
        self,
        index: int,
        entry: Entry,
        member: Named,
        address: str,
        given: Mapping[str, Any],
        status: StepStatus = StepStatus.SUCCESS,
        source: Ref | None = None,
    ) -> Ref:
        """Have a visit stand there; gives a reference to its output.

        Without a payload its input is what flows in: ``source``.
        """
        put = {
            "kind": entry.kind if isinstance(entry, ForeachEntry) else member.kind,
            "entry": index,
            "status": str(status),
            "output": given.get("output"),
        }
        if "error" in given:
            put["error"] = given["error"]
        if "payload" in given or source is None:
            put["payload"] = given.get("payload")
        else:
            put["from"] = source
        if isinstance(entry, LoopEntry):
            put["iteration"] = 1
        self.put[address] = put
        return ["put", self._seq, address, "output"]

    def input_of(self, address: str) -> Ref:
        """The input of a visit put there."""
        payload: Ref = ["put", self._seq, address, "payload"]
        return self.put[address].get("from") or payload
