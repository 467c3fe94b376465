"""A fold that runs ahead of its journal, by the events still to be appended."""

from __future__ import annotations

from datetime import datetime

from workflows import events
from workflows.events import EventType, JournalEvent
from workflows.fold import apply
from workflows.json_gate import JSONObject
from workflows.state import Ref, RunFold
from workflows.statuses import RunStatus, StepStatus
from workflows.values import Values


class Draft:
    """A fold with events applied that are still to be appended.

    ``base`` is the number of the last appended event; ``events`` follow it.
    ``values`` learns what they carry. When the append is lost, all three are void.
    """

    def __init__(self, fold: RunFold, now: datetime, values: Values) -> None:
        self.fold = fold
        self.values = values
        self.base = fold.seq
        self.now = now
        self.events: list[JournalEvent] = []

    @property
    def now_ms(self) -> int:
        return round(self.now.timestamp() * 1000)

    def emit(
        self, kind: EventType, address: str = "", data: JSONObject | None = None
    ) -> int:
        """Number, apply and keep one event; gives its number."""
        event = JournalEvent(self.fold.seq + 1, kind, address, data or {}, self.now)
        apply(self.fold, event)
        self.values.learn(event.seq, event.data)
        self.events.append(event)
        return event.seq

    def emit_result(self, address: str, data: JSONObject) -> int:
        """End a visit; an item of a foreach also reports its progress."""
        suspension = self.fold.visits[address].suspension
        if suspension is not None:
            data = {**data, "suspension": suspension}
        seq = self.emit(EventType.STEP_RESULT, address, data)
        self.emit_progress(address, str(data["status"]), seq)
        return seq

    def emit_finish(self, output: Ref) -> int:
        """End the run well."""
        data: JSONObject = {"status": RunStatus.SUCCESS, "from": output}
        return self.emit(EventType.FINISH, "", data)

    def emit_progress(self, address: str, status: str, seq: int) -> None:
        parent, index = events.split(address)
        if index is None or status == StepStatus.CANCELED:
            return
        loop = self.fold.visits[parent]
        progress: JSONObject = {
            "completed_count": loop.done,
            "total_count": loop.count,
            "current_index": index,
            "iteration_status": status,
        }
        if status == StepStatus.SUCCESS:
            progress["iteration_output_from"] = seq
        self.emit(EventType.STEP_PROGRESS, parent, progress)
