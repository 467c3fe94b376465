"""``Run``: the public handle on one run. It holds no state but what it last saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from pydantic import BaseModel

from workflows import (
    arguments,
    control,
    executing,
    given,
    journeys,
    process,
    results,
    run_masking,
    run_rows,
    selectors,
    travel_arguments,
)
from workflows import tracing as tracing_spans
from workflows.addressing import StepName
from workflows.callbacks import info_of, starting
from workflows.control import Answer, Beginning
from workflows.definition import Workflow
from workflows.errors import RunAlreadyStarted
from workflows.loading import Loaded
from workflows.published import RunEvent, read_events
from workflows.results import RunResult
from workflows.run_state import RunState
from workflows.runner import Engine
from workflows.statuses import RunStatus
from workflows.streams import RunStream

if TYPE_CHECKING:
    from workflows.models import Run as RunRow


class Run:
    """One run of a workflow. The plain methods are for sync code, their twins with
    ``a`` in front for async code; ``status`` is what the last call saw."""

    def __init__(self, row: RunRow, workflow: Workflow | None = None) -> None:
        self._workflow = workflow
        self._created: RunRow | None = row  # what a first start need not read again
        self.id = row.pk
        self.workflow_id = row.workflow
        self.resource_id = row.resource_id or None
        self.status = RunStatus(row.status)

    def __repr__(self) -> str:
        return f"<Run {self.id} of {self.workflow_id}: {self.status}>"

    # start

    async def astart(
        self,
        input_data: Any = None,
        *,
        initial_state: Mapping[str, Any] | BaseModel | None = None,
        request_context: Mapping[str, Any] | None = None,
        per_step: bool = False,
        include_state: bool = False,
        include_resume_labels: bool = False,
        tracing: Mapping[str, Any] | None = None,
        wait: bool = True,
    ) -> RunResult:
        """Start the run with ``input_data``, checked by the workflow's input schema.

        With ``wait`` it is executed here until it ends, suspends, pauses or comes to
        a sleep longer than ``INLINE_SLEEP``; without, a worker executes it and this
        returns at once, status ``pending``. Raises ``SchemaMismatch`` for bad
        arguments and ``RunAlreadyStarted``; both change nothing.
        """
        given.flags(
            per_step=per_step,
            include_state=include_state,
            include_resume_labels=include_resume_labels,
            wait=wait,
        )
        engine = await process.engine()
        row = await self._pending_row(engine)
        workflow = control.definition_of(row, self._workflow)
        beginning = arguments.beginning(
            workflow, input_data, initial_state, request_context, per_step, tracing
        )
        if wait:
            await self._hear_on_start(workflow, beginning, engine)
        kept = tracing_spans.begin_run(
            workflow.id,
            self.id,
            beginning.tracing,
            run_masking.context_without_secrets(workflow, beginning.context),
        )
        beginning = replace(beginning, tracing=kept)
        loaded = await control.start(
            engine.journal, workflow, row, beginning, take=wait
        )
        if wait:
            loaded = await executing.execute(loaded, workflow, engine)
            loaded = await self._see_through(loaded, engine)
        return self._seen(loaded, include_state, include_resume_labels)

    async def _pending_row(self, engine: Engine) -> RunRow:
        """The row of a run that has not begun, as far as can be known."""
        row, self._created = self._created, None
        if row is None:
            row = await engine.journal.call(selectors.find_run, self.id)
        if row.head:
            raise RunAlreadyStarted(f"run {self.id!r} was already started")
        return row

    async def _hear_on_start(
        self, workflow: Workflow, beginning: Beginning, engine: Engine
    ) -> None:
        if workflow.on_start is None:
            return
        shown = RunResult(
            run_id=self.id,
            workflow_id=self.workflow_id,
            resource_id=self.resource_id,
            status=RunStatus.PENDING,
            input=beginning.input,
            state=beginning.state,
        )
        await starting(workflow, info_of(shown, beginning.context), engine.threads)

    def start(self, input_data: Any = None, **options: Any) -> RunResult:
        """``astart`` for sync code."""
        return process.run_sync(
            self.astart(input_data, **options), executes=_waits(options)
        )

    # resume

    async def aresume(
        self,
        resume_data: Any = None,
        *,
        suspension_id: str | None = None,
        step: StepName | None = None,
        label: str | None = None,
        foreach_index: int | None = None,
        request_context: Mapping[str, Any] | None = None,
        resumed_by: Any = None,
        per_step: bool = False,
        include_state: bool = False,
        include_resume_labels: bool = False,
        wait: bool = True,
    ) -> RunResult:
        """Answer a suspended step and go on; see ``Target`` for how it is named.

        Of any number of callers exactly one wins; the others get ``AlreadyResumed``.
        The answer is committed before this executes anything. When another process
        executes the run, it takes the answer up and this follows the journal.
        Raises ``RunNotSuspended``, ``StepNotSuspended``, ``AmbiguousResume``,
        ``SchemaMismatch``, ``DefinitionChanged``; all leave the run as it was.
        """
        given.flags(
            per_step=per_step,
            include_state=include_state,
            include_resume_labels=include_resume_labels,
            wait=wait,
        )
        engine = await process.engine()
        answer = Answer(
            target=arguments.target(
                suspension_id, step, label, foreach_index, resume_data is not None
            ),
            check=arguments.answer_check(resume_data),
            context=arguments.plain_object("request_context", request_context),
            resumed_by=arguments.plain_json("resumed_by", resumed_by),
            per_step=per_step,
        )
        loaded = await control.resume(
            engine.journal, self.id, self._workflow, answer, take=wait
        )
        if wait:
            loaded = await self._execute_if_ours(loaded, engine)
        return self._seen(loaded, include_state, include_resume_labels)

    def resume(self, resume_data: Any = None, **options: Any) -> RunResult:
        """``aresume`` for sync code."""
        return process.run_sync(
            self.aresume(resume_data, **options), executes=_waits(options)
        )

    # cancel, restart, refresh

    async def acancel(self, *, by: Any = None) -> RunStatus:
        """Cancel the run unless it has ended; gives the status that holds then."""
        engine = await process.engine()
        self.status = await control.cancel(
            engine.journal, self.id, by=arguments.plain_json("by", by)
        )
        return self.status

    def cancel(self, *, by: Any = None) -> RunStatus:
        """``acancel`` for sync code."""
        return process.run_sync(self.acancel(by=by), executes=False)

    async def arestart(self, *, by: Any = None, wait: bool = True) -> RunResult:
        """Go on after the last recorded step of a run whose executor is gone.

        A finished or stopped run gives its stored result; ``by`` says who asks, for the
        journal. Raises ``RunIsRunning``, ``StateConflict`` (never started),
        ``DefinitionChanged``.
        """
        given.flags(wait=wait)
        engine = await process.engine()
        loaded = await control.restart(
            engine.journal,
            self.id,
            self._workflow,
            take=wait,
            by=arguments.plain_json("by", by),
        )
        if wait:
            loaded = await self._execute_if_ours(loaded, engine)
        return self._seen(loaded)

    def restart(self, *, by: Any = None, wait: bool = True) -> RunResult:
        """``arestart`` for sync code."""
        return process.run_sync(
            self.arestart(by=by, wait=wait), executes=_waits({"wait": wait})
        )

    async def atime_travel(
        self,
        step: StepName,
        *,
        input_data: Any = None,
        resume_data: Any = None,
        initial_state: Mapping[str, Any] | BaseModel | None = None,
        context: Mapping[str, Any] | None = None,
        nested_context: Mapping[str, Any] | None = None,
        request_context: Mapping[str, Any] | None = None,
        per_step: bool = False,
        fork: bool = False,
        by: Any = None,
        wait: bool = True,
    ) -> RunResult:
        """Execute from ``step`` on, in a new generation of this run or a fork of it.

        What precedes the step comes from ``context`` (``{id: {"output": …}}``) first,
        then from the record; the journal keeps what it had. Raises ``RunIsRunning``,
        ``StepNotFound``, and ``SchemaMismatch`` naming steps without an output.
        """
        given.flags(per_step=per_step, fork=fork, wait=wait)
        engine = await process.engine()
        workflow = await self._definition(engine)
        journey = travel_arguments.journey(
            workflow,
            step,
            input_data=input_data,
            resume_data=resume_data,
            initial_state=initial_state,
            context=context,
            nested_context=nested_context,
            request_context=request_context,
            per_step=per_step,
        )
        journey = replace(journey, by=arguments.plain_json("by", by))
        row = await engine.journal.call(self._new_fork, workflow) if fork else None
        loaded = await journeys.time_travel(
            engine.journal, self.id, workflow, journey, take=wait, into=row
        )
        there = Run(row, workflow) if row is not None else self
        if wait:
            loaded = await there._execute_if_ours(loaded, engine)
        return there._seen(loaded)

    def _new_fork(self, workflow: Workflow) -> RunRow:
        return run_rows.new_fork(self.id, workflow, timezone.now())

    def time_travel(self, step: StepName, **options: Any) -> RunResult:
        """``atime_travel`` for sync code."""
        return process.run_sync(
            self.atime_travel(step, **options), executes=_waits(options)
        )

    async def arefresh(
        self, *, include_state: bool = False, include_resume_labels: bool = False
    ) -> RunResult:
        """The run as it stands now; nothing is executed."""
        given.flags(
            include_state=include_state, include_resume_labels=include_resume_labels
        )
        loaded = await self._load()
        return self._seen(loaded, include_state, include_resume_labels)

    def refresh(self, **options: Any) -> RunResult:
        """``arefresh`` for sync code."""
        return process.run_sync(self.arefresh(**options), executes=False)

    async def astate(self) -> RunState:
        """A reader of what is stored, for code that has only the run's id."""
        return RunState(await self._load())

    def state(self) -> RunState:
        """``astate`` for sync code."""
        return process.run_sync(self.astate(), executes=False)

    async def aevents(self, after: int = 0, limit: int = 1000) -> list[RunEvent]:
        """The journal behind number ``after``, oldest first."""
        given.whole("after", after, 0)
        given.whole("limit", limit, 1)
        engine = await process.engine()
        return await engine.journal.call(read_events, self.id, after, limit)

    def events(self, after: int = 0, limit: int = 1000) -> list[RunEvent]:
        """``aevents`` for sync code."""
        return process.run_sync(self.aevents(after, limit), executes=False)

    # streams

    def stream(self, input_data: Any = None, **options: Any) -> RunStream:
        """``astart`` as a stream of its events; options as for ``start``."""
        return RunStream(self, lambda: self.astart(input_data, **options), after=0)

    def resume_stream(self, resume_data: Any = None, **options: Any) -> RunStream:
        """``aresume`` as a stream of the events it leads to."""
        return RunStream(self, lambda: self.aresume(resume_data, **options))

    def time_travel_stream(self, step: StepName, **options: Any) -> RunStream:
        """``atime_travel`` (not ``fork``) as a stream of the events it leads to."""
        return RunStream(self, lambda: self.atime_travel(step, **options))

    def observe(self, after: int = 0) -> RunStream:
        """The run's events behind number ``after``, until it ends or suspends."""
        given.whole("after", after, 0)
        return RunStream(self, after=after)

    # shared

    async def arow(self) -> RunRow:
        """The run's row as stored now."""
        return await process.in_database(selectors.find_run, self.id)

    async def _load(self) -> Loaded:
        engine = await process.engine()
        return await engine.journal.load(self.id)

    async def _definition(self, engine: Engine) -> Workflow:
        if self._workflow is not None:
            return self._workflow
        row = (await engine.journal.load(self.id)).run
        return control.definition_of(row)

    async def _execute_if_ours(self, loaded: Loaded, engine: Engine) -> Loaded:
        claim = loaded.fold.claim
        if claim is not None and claim.seq == loaded.fold.seq:
            workflow = control.definition_of(loaded.run, self._workflow)
            loaded = await executing.begin(loaded, workflow, engine)
        return await self._see_through(loaded, engine)

    async def _see_through(self, loaded: Loaded, engine: Engine) -> Loaded:
        return await executing.see_through(self.id, engine, self._workflow, loaded)

    def _seen(
        self, loaded: Loaded, include_state: bool = False, labels: bool = False
    ) -> RunResult:
        self.status = loaded.fold.status
        return results.full(loaded, include_state=include_state, include_labels=labels)


def _waits(options: Mapping[str, Any]) -> bool:
    """Whether a call with these options executes the run before it returns."""
    return options.get("wait", True) is not False
