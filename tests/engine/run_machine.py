"""One run of the true engine, its executor, and the reference model beside them."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.engine.journals import Died, Mortal, execute, over
from tests.engine.making import (
    PATIENCE,
    again,
    background,
    crash,
    eventually,
    expire_lease,
)
from tests.engine.puppets import Puppets
from tests.engine.reference import Reference
from tests.engine.stored_run import StoredRunMachine
from tests.threads import in_threads
from tests.unit.random_definitions import Shape, shapes
from workflows import (
    AlreadyResumed,
    AmbiguousResume,
    Run,
    RunNotSuspended,
    SchemaMismatch,
    StateConflict,
    StepNotSuspended,
    executing,
    json_gate,
    loading,
    models,
    recorder,
)
from workflows.draft import Draft
from workflows.events import unsplit
from workflows.graph import ForeachEntry, LoopEntry, NestedEntry, StepEntry
from workflows.runner import Engine

OUTCOMES = ["succeed"] * 6 + ["suspend"] * 4 + ["raise", "raise", "bail", "abort"]
SETTLES_IN = 30.0  # seconds; much for a machine that does other things too
DEATHS = [""] * 6 + ["before", "after"]


class RunMachine(StoredRunMachine):
    """One run, its executor if one lives, and the model of both."""

    @initialize(entries=st.lists(shapes(2), min_size=2, max_size=4))
    def start(self, entries: list[Shape]) -> None:
        self.puppets = Puppets()
        # A step at both ends, so that there is always something to decide.
        self.flow = self.puppets.root([Shape("step"), *entries, Shape("step")])
        self.model = Reference(
            self.flow, self.puppets.truths, self.puppets.turns, {"given": 1}
        )
        self.tokens = self.decided = self.checked_head = 0
        self.resumed = False
        self.terminal_head: int | None = None
        self.run: Run = self.flow.create_run()
        self.executor = self.begin(
            lambda engine: execute(self.run, self.flow, engine, {"given": 1})
        )
        self.settle()

    def begin(self, what: Any) -> Future[Any]:
        engine = over(Mortal)
        assert isinstance(engine.journal, Mortal)
        self.mortal = engine.journal
        return background(what(engine))

    async def claimed(self, engine: Engine) -> bool:
        """Take the run up, if it is due."""
        return await executing.claim_and_execute(self.run.id, engine, self.flow)

    # What can be asked of the machine.

    @property
    def lives(self) -> bool:
        return not self.executor.done()

    def token(self) -> int:
        self.tokens += 1
        return self.tokens

    def held(self) -> dict[str, str]:
        """Idempotency keys of the held steps, by address."""
        keys = list(self.puppets.strings.held)
        numbers = {int(key.rpartition(":")[2]): key for key in keys}
        events = models.Event.objects.filter(run_id=self.run.id, seq__in=numbers)
        places = events.values_list("seq", "path", "foreach_index")
        return {unsplit(path, index): numbers[seq] for seq, path, index in places}

    # Waiting until the engine is where the model is.

    def settle(self) -> None:
        deadline = time.monotonic() + SETTLES_IN
        while differences := self.differences():
            if not self.lives and self.lags():
                self.executor = self.begin(self.claimed)
            assert time.monotonic() < deadline, differences
            time.sleep(0.005)
        assert self.puppets.strings.doubled == []

    def lags(self) -> bool:
        """The model evaluates conditions and maps at once; here somebody must."""
        return self.row.status == "running" and self.model.status != "running"

    def differences(self) -> dict[str, Any]:
        model = self.model
        seen: dict[str, tuple[Any, Any]] = {
            "status": (self.row.status, model.status),
            "asking": (set(self.questions()), set(self.asking())),
            "recorded": (self.recorded(), self.decided),
        }
        if self.lives:
            seen["held"] = (set(self.held()), set(model.root.running))
            seen["lives"] = (True, model.status == "running")
        elif not self.executor.cancelled() and self.executor.exception():
            seen["died"] = (type(self.executor.exception()), Died)
        differ = {name: pair for name, pair in seen.items() if pair[0] != pair[1]}
        if self.lives and not differ and (pending := self.pending()):
            return {"pending": (pending, set())}
        return differ

    def pending(self) -> set[str]:
        """What is still to be planned or evaluated until only steps are left."""
        loaded = loading.load(self.run.id, whole=True)
        draft = Draft(loaded.fold, timezone.now(), loaded.values)
        work = recorder.advance(self.flow, draft).work
        planned = {event.address for event in draft.events}
        return planned | {
            one.key.address for one in work if not isinstance(one.member, StepEntry)
        }

    def recorded(self) -> int:
        """Outcomes of steps in the journal: what the steps themselves came to."""
        kinds = ("workflow-step-suspended", "workflow-step-retry")
        journal = models.Event.objects.filter(run_id=self.run.id)
        ended = journal.filter(type__in=("workflow-step-result", *kinds))
        return sum(
            type in kinds or is_own_outcome(path, json_gate.loads(data))
            for type, path, data in ended.values_list("type", "path", "data")
        )

    def asking(self) -> dict[str, str]:
        return {} if self.model.finished else self.model.root.suspended

    # Rules: steps end.

    @precondition(lambda self: self.lives and self.model.root.running)
    @rule(data=st.data())
    def a_step_ends(self, data: st.DataObject) -> None:
        address = data.draw(st.sampled_from(sorted(self.model.root.running)))
        outcome = data.draw(st.sampled_from(OUTCOMES))
        death = data.draw(st.sampled_from(DEATHS))
        key = self.model.root.running[address]
        value: Any = self.token()
        if key.rpartition(".")[2].startswith("list"):
            value = [value] * data.draw(st.integers(0, 3))
        self.the_step_got_what_the_model_says(address, key)
        self.mortal.dies = death
        string = self.held()[address]
        held = self.puppets.strings.held[string]
        self.puppets.strings.pull(string, outcome, value)
        eventually(lambda: self.puppets.strings.held.get(string) is not held)
        if death:
            self.executor.exception(PATIENCE)
            expire_lease(self.run)
        if death != "before":
            self.model.decide(key, outcome, value)
            self.decided += 1
        self.settle()

    @precondition(lambda self: self.lives and self.model.root.running)
    @rule(data=st.data())
    def another_step_ends(self, data: st.DataObject) -> None:
        """Said twice, so that it happens more often."""
        self.a_step_ends(data)

    def the_step_got_what_the_model_says(self, address: str, key: str) -> None:
        visit = self.model.visits[key]
        context = self.puppets.strings.held[self.held()[address]].context
        assert context.input_data == visit.given
        assert context.resume_data == visit.answer
        assert context.retry_count == visit.failures

    # Rules: people answer.

    @precondition(lambda self: self.asking())
    @rule(data=st.data(), racers=st.integers(1, 3))
    def somebody_answers(self, data: st.DataObject, racers: int) -> None:
        address = data.draw(st.sampled_from(sorted(self.asking())))
        question, value = self.questions()[address], self.token()

        def answer(_: int) -> str:
            try:
                again(self.run).resume(value, suspension_id=question.pk, wait=False)
            except AlreadyResumed:
                return "late"
            return "won"

        outcomes = sorted(in_threads(answer, range(racers), at_once=racers))
        assert outcomes == ["late"] * (racers - 1) + ["won"]
        self.resumed = True
        self.model.answer(self.asking()[address], value)
        self.settle()

    @precondition(lambda self: not self.asking() or len(self.plain_paths()) > 1)
    @rule()
    def somebody_answers_nobody_in_particular(self) -> None:
        expected: type[StateConflict]
        if self.asking():
            expected = AmbiguousResume
        elif self.model.finished or not self.resumed:
            expected = RunNotSuspended
        else:
            expected = AlreadyResumed
        with pytest.raises(expected):
            self.run.resume({}, wait=False)
        self.settle()

    def plain_paths(self) -> set[str]:
        open_rows = self.questions().values()
        return {row.step_path for row in open_rows}

    @rule(data=st.data())
    def somebody_answers_an_old_question(self, data: st.DataObject) -> None:
        closed = models.Suspension.objects.filter(run_id=self.run.id)
        closed = closed.exclude(status="open").order_by("opened_seq")
        if not closed:
            return
        old = data.draw(st.sampled_from(list(closed)))
        expected: Any = AlreadyResumed if old.status == "consumed" else StepNotSuspended
        if self.model.finished:
            expected = RunNotSuspended
        with pytest.raises(expected):
            self.run.resume({}, suspension_id=old.pk, wait=False)
        self.settle()

    # Rules: executors come and go.

    @precondition(lambda self: not self.lives)
    @rule()
    def a_worker_looks(self) -> None:
        self.executor = self.begin(self.claimed)
        self.settle()
        if self.model.status != "running":
            assert self.executor.result(PATIENCE) is False

    @precondition(lambda self: self.lives)
    @rule()
    def the_executor_dies(self) -> None:
        crash(self.executor, self.run)
        self.settle()

    @precondition(lambda self: not self.lives)
    @rule()
    def somebody_restarts(self) -> None:
        before = self.row.head
        result = self.run.restart(wait=False)
        if self.model.status != "running":
            assert result.status == self.model.status
            assert self.row.head == before
        self.settle()

    @precondition(lambda self: not self.model.finished and self.tokens > 4)
    @rule(sure=st.integers(0, 5))
    def somebody_cancels(self, sure: int) -> None:
        if sure:
            return
        assert self.run.cancel() == "canceled"
        self.model.cancel()
        if self.lives:
            self.executor.result(PATIENCE)
        self.settle()

    @precondition(lambda self: self.model.finished)
    @rule()
    def somebody_cancels_too_late(self) -> None:
        before = self.row.head
        assert self.run.cancel() == self.model.status
        assert self.row.head == before

    @precondition(lambda self: not self.lives and self.model.status != "running")
    @rule(data=st.data(), fork=st.sampled_from([False, False, True]))
    def somebody_travels(self, data: st.DataObject, *, fork: bool) -> None:
        targets = self.targets()
        if not targets:
            return
        target, before = data.draw(st.sampled_from(targets)), self.row.head
        if not self.model.travel(target, fork=fork):
            with pytest.raises(SchemaMismatch):
                self.run.time_travel(target, fork=fork, wait=False)
            assert self.row.head == before
            return
        result = self.run.time_travel(target, fork=fork, wait=False)
        self.terminal_head = None
        if fork:
            assert self.row.head == before
            self.go_on_with(result.run_id)
        self.settle()

    def targets(self) -> list[str]:
        """Entries of the root that a time travel may go to."""
        plain = (StepEntry, NestedEntry, LoopEntry, ForeachEntry)
        return [
            entry.member.id if isinstance(entry, LoopEntry | ForeachEntry) else entry.id
            for entry in self.flow.entries[: self.model.bailed_at + 1]
            if isinstance(entry, plain)
        ]

    def go_on_with(self, fork: str) -> None:
        """From now on the fork is the run, and the old one is left alone."""
        self.run = Run(models.Run.objects.get(pk=fork), self.flow)
        self.decided = self.checked_head = 0
        self.resumed = False

    def teardown(self) -> None:
        if hasattr(self, "executor") and self.lives:
            crash(self.executor, self.run)


def is_own_outcome(path: str, data: Any) -> bool:
    """Whether a step's result is what the step itself came to."""
    if not path.rpartition(".")[2].startswith(("s", "list")):
        return False
    return bool({"output", "error", "ends"} & set(data))
