"""Execute one run under a lease, until it ends or nobody but others can go on.

The thin shell round the pure core: perform what the planner says, record outcomes as
events, append them, fold them in, plan again. On a lost append it folds in what
others appended (a resume, a cancel, another claim) and carries on from there: that is
how a resume reaches a run that is being executed elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from workflows import conf, failures, projection, recorder, tracing
from workflows.committer import Journal
from workflows.context import AbortSignal, RunFacts
from workflows.definition import Workflow
from workflows.draft import Draft
from workflows.events import EventType
from workflows.json_gate import JSONValue
from workflows.loading import Loaded
from workflows.models import Run, Suspension
from workflows.performer import Scene, perform
from workflows.recorder import Happened
from workflows.state import RunFold
from workflows.steps import Errored, Outcome, Recorded, Threads
from workflows.values import Values
from workflows.work import Plan, Work, WorkKey

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Engine:
    """What an execution needs of its process."""

    journal: Journal
    threads: Threads


@dataclass(slots=True)
class _InFlight:
    work: Work
    task: asyncio.Task[None]
    signal: AbortSignal


def facts(run: Run) -> RunFacts:
    """What user code may know of the run itself."""
    return RunFacts(
        run_id=run.pk,
        workflow_id=run.workflow,
        version=run.version,
        resource_id=run.resource_id,
        initiator_id=run.initiator_id,
        input=run.input_value,
    )


class Execution:
    """One run, executed by this process while it holds the lease."""

    def __init__(self, loaded: Loaded, workflow: Workflow, engine: Engine) -> None:
        assert loaded.fold.claim is not None
        self.run = loaded.run
        self.fold: RunFold = loaded.fold
        self.values: Values = loaded.values
        self.workflow = workflow
        self.engine = engine
        self._snapshot_seq = loaded.run.snapshot_seq
        self._claim = loaded.fold.claim.seq
        self._born = loaded.run.created_at
        self._in_flight: dict[WorkKey, _InFlight] = {}
        self._happened: list[Happened] = []
        self._written: list[tuple[str, JSONValue]] = []
        self._flushing = False
        self._news = asyncio.Event()
        self._stale = False
        self._loop = asyncio.get_running_loop()

    def poke(self) -> None:
        """Others appended to this run: look soon. Safe from any thread."""

        def note() -> None:
            self._stale = True
            self._news.set()

        self._loop.call_soon_threadsafe(note)

    async def drive(self) -> None:
        """Go on until the run ends, stops, or is taken away from this process."""
        _active[self.run.pk] = self
        attributes = {
            "workflow.id": self.run.workflow,
            "workflow.version": self.run.version,
            "workflow.run_id": self.run.pk,
        }
        try:
            with tracing.span("workflow execution", self._tracing(), attributes):
                await self._drive()
        finally:
            if _active.get(self.run.pk) is self:
                del _active[self.run.pk]
            await self._abandon()

    def _tracing(self) -> Mapping[str, Any]:
        start = self.fold.start
        kept = self.values.data(start).get("tracing") if start else None
        return kept if isinstance(kept, dict) else {}

    async def _drive(self) -> None:
        while True:
            # More of both may arrive while the append is under way.
            chunks, outcomes = len(self._written), len(self._happened)
            draft, openings = self._draft()
            intended = recorder.advance(self.workflow, draft)
            if draft.events and not await self._append(draft, openings):
                if not await self._reload():
                    return
                self._must_have_grown(draft)
                continue
            del self._happened[:outcomes]
            del self._written[:chunks]
            self._drop_unwanted(draft)
            if self.fold.claim is None:
                return
            self._launch(intended)
            if not await self._listen(intended.wake_at):
                return

    def _draft(self) -> tuple[Draft, list[Suspension]]:
        """A draft with every outcome that is still wanted recorded in it."""
        draft = Draft(self.fold, timezone.now(), self.values)
        for address, chunk in self._written:
            if address in self.fold.visits:
                draft.emit(EventType.STEP_OUTPUT, address, {"output": chunk})
        openings: list[Suspension] = []
        for happened in self._happened:
            if recorder.still_wanted(draft, happened.work):
                opened = recorder.record(draft, happened, self.run)
                openings += [opened] if opened else []
        return draft, openings

    async def _append(self, draft: Draft, openings: Sequence[Suspension]) -> bool:
        change = projection.change_of(self.run.pk, draft, openings, self._snapshot_seq)
        change.born = self._born
        won = await self.engine.journal.append(change)
        if won and change.snapshot:
            self._snapshot_seq = change.fold.seq
        return won

    async def _reload(self) -> bool:
        """Fold in what others appended; ``False`` when the run is not ours now."""
        loaded = await self.engine.journal.load(self.run.pk)
        self.run, self.fold, self.values = loaded.run, loaded.fold, loaded.values
        self._snapshot_seq = loaded.run.snapshot_seq
        claim, is_another = self.fold.claim, self.run.created_at != self._born
        if claim is None or claim.seq != self._claim or is_another:
            logger.info("run taken over or ended", extra={"run_id": self.run.pk})
            return False
        return True

    def _must_have_grown(self, draft: Draft) -> None:
        """A lost append is tried again on news only: without any it would be lost
        for ever, as when a suspension's row was closed behind the journal's back."""
        if self.fold.seq == draft.base:
            first = draft.events[0]
            message = f"{first.type} can't be recorded after event {draft.base}"
            raise RuntimeError(f"run {self.run.pk!r}: {message}")

    def _drop_unwanted(self, draft: Draft) -> None:
        for key, flight in list(self._in_flight.items()):
            if not recorder.still_wanted(draft, flight.work):
                del self._in_flight[key]
                _call_off(flight)

    def _launch(self, intended: Plan) -> None:
        done = {happened.work.key for happened in self._happened}
        for work in intended.work:
            if work.key not in self._in_flight and work.key not in done:
                signal = AbortSignal()
                task = self._loop.create_task(self._perform(work, signal))
                self._in_flight[work.key] = _InFlight(work, task, signal)

    async def _perform(self, work: Work, signal: AbortSignal) -> None:
        if work.not_before is not None and await _called_off_before(work, signal):
            return
        outcome = await self._outcome(work, signal)
        if work.key in self._in_flight:
            del self._in_flight[work.key]
            if isinstance(outcome, Recorded):
                self._stale = True
            else:
                self._happened.append(Happened(work, outcome))
            self._news.set()

    async def _outcome(self, work: Work, signal: AbortSignal) -> Outcome | Recorded:
        scene = Scene(
            run=facts(self.run),
            fold=self.fold,
            values=self.values,
            threads=self.engine.threads,
            claim=self._claim,
            write=self._write,
        )
        attributes = {
            "workflow.id": self.run.workflow,
            "workflow.run_id": self.run.pk,
            "workflow.step": work.key.address,
            "workflow.attempt": work.key.attempt + 1,
        }
        try:
            with tracing.span(f"step {work.key.address}", {}, attributes):
                async with self.engine.threads.apart():
                    return await perform(work, scene, signal)
        except asyncio.CancelledError:
            if signal.aborted:
                raise
            message = "the step was cancelled"
            return Errored(error={"name": "CancelledError", "message": message})
        except Exception as error:  # a fault of ours must not leave the run hanging
            logger.exception("work could not be done", extra={"run_id": self.run.pk})
            return Errored(error=failures.describe(error))

    def _write(self, address: str, chunk: JSONValue) -> None:
        """Keep a chunk for an append at most ``CHUNK_DELAY`` away. For any thread."""
        self._written.append((address, chunk))
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon_threadsafe(
                self._loop.call_later, conf.get("CHUNK_DELAY"), self._flush
            )

    def _flush(self) -> None:
        # First, so that a chunk too late for this append asks for the next.
        self._flushing = False
        self._news.set()

    async def _listen(self, wake_at: int | None) -> bool:
        """Wait for an outcome, a chunk, others' news or the end of a sleep beside
        what runs; ``False``: not ours now."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_seconds_to(wake_at)):
                await self._news.wait()
        # Outcomes that arrived in the same moment go down in one append.
        await asyncio.sleep(0)
        self._news.clear()
        if not self._stale:
            return True
        self._stale = False
        head = await self.engine.journal.call(_head, self.run.pk)
        return head == self.fold.seq or await self._reload()

    async def _abandon(self) -> None:
        """Signal what still runs; async steps are cancelled after a grace period."""
        flights = list(self._in_flight.values())
        self._in_flight.clear()
        for flight in flights:
            flight.signal.fire()
        if not flights:
            return
        tasks = [flight.task for flight in flights]
        _, late = await asyncio.wait(tasks, timeout=conf.get("CANCEL_GRACE"))
        for task in late:
            task.cancel()


_active: dict[str, Execution] = {}


def poke(run_id: str) -> None:
    """Tell this process's execution of the run, if any, that its journal grew."""
    execution = _active.get(run_id)
    if execution is not None:
        execution.poke()


def is_active(run_id: str) -> bool:
    """Whether this process executes the run right now."""
    return run_id in _active


def active_ids() -> list[str]:
    """The runs this process executes right now."""
    return list(_active)


def active_heads() -> dict[str, int]:
    """The head each of them has seen."""
    return {run_id: execution.fold.seq for run_id, execution in list(_active.items())}


def _head(run_id: str) -> int:
    return int(Run.objects.values_list("head", flat=True).get(pk=run_id))


def _seconds_to(moment: int | None) -> float | None:
    """From now to a moment in milliseconds since the epoch; ``None`` is never."""
    if moment is None:
        return None
    return max(0.0, moment / 1000 - timezone.now().timestamp())


async def _called_off_before(work: Work, signal: AbortSignal) -> bool:
    """Wait for a retry's moment; whether it was called off meanwhile."""
    try:
        async with asyncio.timeout(_seconds_to(work.not_before)):
            await signal.wait()
    except TimeoutError:
        return False
    return True


def _call_off(flight: _InFlight) -> None:
    """Signal work nobody waits for; cancel it if it does not end by itself."""
    flight.signal.fire()
    loop = flight.task.get_loop()
    loop.call_later(conf.get("CANCEL_GRACE"), flight.task.cancel)
