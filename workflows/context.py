"""``StepContext``: what a step, a condition or a mapping sees of its run."""

from __future__ import annotations

import asyncio
import copy
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

from workflows.errors import SchemaMismatch
from workflows.failures import mismatch
from workflows.given import refuse, text
from workflows.json_gate import JSONObject, JSONValue
from workflows.outcomes import Aborted, Bailed, Suspended
from workflows.schema import Schema

if TYPE_CHECKING:
    from workflows.definition import Step, Workflow

InputT = TypeVar("InputT")
ResumeT = TypeVar("ResumeT")

logger = logging.getLogger("workflows.step")


class AbortSignal:
    """Tells a running step that its run was canceled or its visit withdrawn."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Lock()

    @property
    def aborted(self) -> bool:
        return self._event.is_set()

    def fire(self) -> None:
        """Wake everybody who waits; harmless when fired before."""
        with self._lock:
            self._event.set()
            waiters, self._waiters = self._waiters, []
        for loop, event in waiters:
            loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Return once the signal has fired (async steps)."""
        event = asyncio.Event()
        with self._lock:
            if self._event.is_set():
                return
            self._waiters.append((asyncio.get_running_loop(), event))
        await event.wait()

    def wait_sync(self, timeout: float | None = None) -> bool:
        """Block a sync step's thread; says whether the signal has fired."""
        return self._event.wait(timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What never changes about a run; ``input`` is what it was started with."""

    run_id: str
    workflow_id: str
    version: str
    resource_id: str
    initiator_id: int | str | None
    input: JSONValue


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """What the engine knows of one visit before user code runs; plain JSON."""

    step_id: str
    path: tuple[str, ...]
    foreach_index: int | None = None
    iteration: int = 0
    retry_count: int = 0
    idempotency_key: str = ""
    input_data: JSONValue = None
    resumed: bool = False
    resume_data: JSONValue = None
    suspend_data: JSONValue = None
    resumed_by: JSONValue = None
    state: JSONObject = field(default_factory=dict)
    context: JSONObject = field(default_factory=dict)


class Missing(Enum):
    """Says that a step has no result, where ``None`` may be one."""

    MISSING = "missing"


@dataclass(slots=True, kw_only=True)
class Services:
    """What the context asks of the engine while user code runs."""

    step_result: Callable[[str], JSONValue | Missing]
    init_data: Callable[[], Any]
    write: Callable[[JSONValue], None]
    signal: AbortSignal


class StepContext(Generic[InputT, ResumeT]):
    """Handed to user code for one visit; not kept beyond it.

    ``state`` is a snapshot taken when the visit began (a model where a
    ``state_schema`` is declared, else a dict); what this visit sets shows in it.
    ``request_context`` is a plain dict; changes made to it are kept with the run.
    """

    def __init__(
        self,
        *,
        run: RunFacts,
        visit: VisitFacts,
        services: Services,
        input_data: InputT,
        resume_data: ResumeT | None = None,
        suspend_data: Any = None,
        state_schema: Schema | None = None,
    ) -> None:
        self._visit = visit
        self._services = services
        self._state_schema = state_schema
        self._changed: JSONObject = {}
        self.input_data = input_data
        self.resumed = visit.resumed
        self.resume_data = resume_data
        self.suspend_data = suspend_data
        self.request_context: dict[str, Any] = copy.deepcopy(dict(visit.context))
        self.run_id = run.run_id
        self.workflow_id = run.workflow_id
        self.resource_id = run.resource_id or None
        self.step_id = visit.step_id
        self.path = visit.path
        self.foreach_index = visit.foreach_index
        self.iteration_count = visit.iteration
        self.retry_count = visit.retry_count
        self.idempotency_key = visit.idempotency_key
        self.resumed_by = visit.resumed_by
        self.abort_signal = services.signal
        self.logger = logging.LoggerAdapter(
            logger, {"run_id": run.run_id, "step": ".".join(visit.path)}
        )
        self.ended: Suspended | Aborted | Bailed | None = None

    @property
    def state(self) -> Any:
        current = {**self._visit.state, **self._changed}
        if self._state_schema is None or self._state_schema.is_any:
            return copy.deepcopy(current)
        return self._state_schema.load(current)

    def set_state(self, values: Mapping[str, Any] | BaseModel) -> None:
        """Merge top-level keys into the run's state once this visit ends.

        Raises ``SchemaMismatch`` when the merged state breaks the schema.
        """
        given = (
            values.model_dump(mode="json", exclude_unset=True)
            if isinstance(values, BaseModel)
            else dict(values)
        )
        schema = self._state_schema or Schema.of(None)
        try:
            merged = schema.accept({**self._visit.state, **self._changed, **given})
        except SchemaMismatch as error:
            title = f"State validation failed for step {self.step_id!r}"
            raise mismatch(title, error) from None
        assert isinstance(merged, dict)
        self._changed.update({key: merged[key] for key in given if key in merged})

    def suspend(
        self,
        payload: Any = None,
        *,
        resume_label: str | Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Suspended:
        """End this visit as suspended; whatever the step returns is ignored."""
        suspended = Suspended(
            payload=payload, labels=_labels(resume_label), metadata=dict(metadata or {})
        )
        if not isinstance(self.ended, Aborted):
            self.ended = suspended
        return suspended

    def bail(self, payload: Any = None) -> Bailed:
        """End the workflow this step is in, successfully, with ``payload``.

        A visit that has called ``suspend`` or ``abort`` has ended already.
        """
        bailed = Bailed(payload=payload)
        if not isinstance(self.ended, Suspended | Aborted):
            self.ended = bailed
        return bailed

    def abort(self) -> Aborted:
        """End the workflow this step is in as canceled."""
        aborted = Aborted()
        self.ended = aborted
        return aborted

    def get_step_result(self, step: str | Step | Workflow | Sequence[str]) -> Any:
        """The output of an earlier step, or ``None`` when it has none.

        A step is named by object, id or dotted path; it is looked for in this
        workflow first, then in the ones around it.
        """
        if not isinstance(step, str):
            step = ".".join(step) if isinstance(step, Sequence) else step.id
        found = self._services.step_result(step)
        return None if found is Missing.MISSING else copy.deepcopy(found)

    def has_step_result(self, step: str) -> bool:
        """Whether the step has a result, be it ``None``."""
        return self._services.step_result(step) is not Missing.MISSING

    def get_init_data(self) -> Any:
        """The input of the workflow this step is in."""
        return self._services.init_data()

    def write(self, chunk: Any) -> None:
        """Publish a chunk to the run's streams, before this visit's outcome."""
        self._services.write(Schema.of(None).accept(chunk))

    def state_changes(self) -> JSONObject:
        """What ``set_state`` collected; read by the engine."""
        return dict(self._changed)

    def context_changes(self) -> tuple[JSONObject, list[str]]:
        """Keys of the request context that were set, and removed, by this visit."""
        before = self._visit.context
        after = Schema.of(None).accept(self.request_context)
        assert isinstance(after, dict)
        changed = {k: v for k, v in after.items() if k not in before or before[k] != v}
        return changed, [key for key in before if key not in after]


def _labels(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """Resume labels as given: one, several or none; each once."""
    labels = [given] if isinstance(given, str) else given or ()
    for label in labels:
        text("resume_label", label)
        if not label:
            refuse("resume_label", "must be text that is not empty", "string_too_short")
    return tuple(dict.fromkeys(labels))
