"""One run of the true engine, its executor, and the reference model beside them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.engine.clock import Clock
from tests.engine.journals import Died, Mortal, execute, over
from tests.engine.making import (
    PATIENCE,
    again,
    background,
    crash,
    eventually,
    expire_lease,
)
from tests.engine.puppets import HOUR, Puppets
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
    definition,
    executing,
    models,
    recorder,
    runner,
)
from workflows.graph import (
    BranchEntry,
    ForeachEntry,
    NestedEntry,
    ParallelEntry,
    StepEntry,
    members,
)
from workflows.runner import Engine

OUTCOMES = ["succeed"] * 6 + ["suspend"] * 4 + ["raise", "raise", "bail", "abort"]
SETTLES_IN = 30.0  # seconds; much for a machine that does other things too
ONE_IN_THREE = st.sampled_from([False, False, True])
DEATHS = [""] * 6 + ["before", "after"]


class RunMachine(StoredRunMachine):
    """One run, its executor if one lives, and the model of both."""

    clock: Clock

    @initialize(
        entries=st.lists(shapes(2), min_size=2, max_size=4),
        per_step=st.sampled_from([False, False, True]),
    )
    def start(self, entries: list[Shape], *, per_step: bool) -> None:
        self.puppets = Puppets()
        # A step at both ends, so that there is always something to decide.
        self.flow = self.puppets.root([Shape("step"), *entries, Shape("step")])
        self.may_pause = steps_in_order(self.flow)
        given, per_step = {"given": 1}, per_step and self.may_pause
        self.model = Reference(self.flow, self.puppets, given, per_step=per_step)
        self.tokens = self.decided = 0
        self.resumed = self.is_ahead = False
        self.look_at(self.flow.create_run())
        self.executor = self.begin(
            lambda engine: execute(
                self.run, self.flow, engine, given, per_step=per_step
            )
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
        self.read_on()  # what is held was recorded before
        events = [self.journal[int(key.rpartition(":")[2]) - 1] for key in keys]
        return {event.address: key for event, key in zip(events, keys, strict=True)}

    # Waiting until the engine is where the model is.

    def settle(self) -> None:
        deadline = time.monotonic() + SETTLES_IN
        seen: Any = None
        while True:
            row, lives = self.row, self.lives
            if not lives and self.lags(row):
                self.executor, lives = self.begin(self.claimed), True
            now = (row.head, lives, row.due_at, list(self.puppets.strings.held))
            if now != seen:
                self.read_on()
                seen, differences = now, self.differences(row, lives=lives)
                if not differences:
                    break
            assert time.monotonic() < deadline, differences
            time.sleep(0.002)
        assert self.puppets.strings.doubled == []

    def lags(self, row: models.Run) -> bool:
        """The model does at once what needs no word of the test; here somebody must."""
        if row.status == "running":
            return self.model.status != "running"
        return row.due_at is not None and row.due_at <= timezone.now()

    def differences(self, row: models.Run, *, lives: bool) -> dict[str, Any]:
        model = self.model
        seen: dict[str, tuple[Any, Any]] = {
            "status": (row.status, model.status),
            "asking": (set(self.questions()), set(self.asking())),
            "recorded": (self.recorded(), self.decided),
        }
        if lives:
            seen["held"] = (set(self.held()), set(model.root.running))
            seen["lives"] = (True, model.status == "running")
        elif not self.executor.cancelled() and self.executor.exception():
            seen["died"] = (type(self.executor.exception()), Died)
        differ = {name: pair for name, pair in seen.items() if pair[0] != pair[1]}
        if lives and not differ and (pending := self.pending()):
            return {"pending": (pending, set())}
        return differ

    def pending(self) -> set[str]:
        """What is still to be planned or evaluated until only held steps are left."""
        draft = self.draft()
        work = recorder.advance(self.flow, draft).work
        planned = {event.address for event in draft.events}
        return planned | {one.key.address for one in work if not is_held(one.member)}

    def is_behind(self) -> bool:
        """Whether a worker has yet to do what the model did at once."""
        return not self.lives and bool(self.pending())

    def asking(self) -> dict[str, str]:
        return {} if self.model.finished else self.model.root.suspended

    # What happens: each act as often as it is named in proportion to the others.

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all, as many of their own would mostly be the pointless ones."""
        act = data.draw(st.sampled_from([*self.acts(), *self.pointless_acts()]))
        getattr(self, act)(data)

    def acts(self) -> Iterator[str]:
        running, asking = self.model.root.running, self.asking()
        stopped = not self.lives and self.model.status != "running"
        may_travel = stopped and not self.is_ahead
        behind = self.model.sleeps and self.is_behind()  # it sleeps only from then on
        yield from ["a_step_ends"] * (10 if self.lives and running else 0)
        yield from ["somebody_answers"] * (5 if asking else 0)
        yield from ["hours_pass"] * (4 if self.model.sleeps and not behind else 0)
        yield from ["somebody_lets_it_go_on"] * (6 if self.is_paused else 0)
        yield from ["the_executor_dies"] * (2 if self.lives else 0)
        yield from ["somebody_cancels"] * (not self.model.finished and self.tokens > 4)
        yield from ["somebody_travels"] * (2 if may_travel else 0)
        yield from ["somebody_restarts"] * (1 if not self.lives and running else 0)
        yield from ["a_worker_looks"] * (8 if not self.lives and running else 0)

    def pointless_acts(self) -> Iterator[str]:
        """What must change nothing."""
        yield from ["somebody_answers_nobody_in_particular"] * self.answers_nobody()
        yield from ["somebody_answers_an_old_question"] * self.resumed
        yield from ["somebody_cancels_too_late"] * self.model.finished
        if not self.lives and not self.model.root.running:
            yield from ("somebody_restarts", "a_worker_looks")

    @property
    def is_paused(self) -> bool:
        return self.model.status == "paused" and not self.asking()

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
        eventually(lambda: self.puppets.strings.held.get(string) is not held, 0.001)
        if death:
            self.executor.exception(PATIENCE)
            expire_lease(self.run)
        if death != "before":
            self.model.decide(key, outcome, value)
            self.decided += 1
        self.settle()

    def the_step_got_what_the_model_says(self, address: str, key: str) -> None:
        visit = self.model.visits[key]
        context = self.puppets.strings.held[self.held()[address]].context
        assert context.input_data == visit.given
        assert context.resume_data == visit.answer
        assert context.retry_count == visit.failures

    # Rules: people answer.

    def somebody_answers(self, data: st.DataObject) -> None:
        racers = data.draw(st.integers(1, 3))
        per_step = self.may_pause and data.draw(ONE_IN_THREE)
        address = data.draw(st.sampled_from(sorted(self.asking())))
        question, value = self.questions()[address], self.token()

        def answer(_: int) -> str:
            try:
                again(self.run).resume(
                    value, suspension_id=question.pk, per_step=per_step, wait=False
                )
            except AlreadyResumed:
                return "late"
            return "won"

        outcomes = sorted(in_threads(answer, range(racers), at_once=racers))
        assert outcomes == ["late"] * (racers - 1) + ["won"]
        self.resumed = True
        self.model.answer(self.asking()[address], value, per_step=per_step)
        self.settle()

    def somebody_lets_it_go_on(self, data: st.DataObject) -> None:
        per_step = data.draw(ONE_IN_THREE)
        self.run.resume(per_step=per_step, wait=False)
        self.resumed = True
        self.model.go_on(per_step=per_step)
        self.settle()

    def somebody_answers_nobody_in_particular(self, _: st.DataObject) -> None:
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

    def answers_nobody(self) -> bool:
        """Whether a resume that names nobody is refused."""
        if not self.asking():
            return self.model.status != "paused"
        return len(self.plain_paths()) > 1

    def plain_paths(self) -> set[str]:
        open_rows = self.questions().values()
        return {row.step_path for row in open_rows}

    def somebody_answers_an_old_question(self, data: st.DataObject) -> None:
        closed = [row for row in self.asked() if row.status != "open"]
        if not closed:
            return
        old = data.draw(st.sampled_from(closed))
        expected: Any = AlreadyResumed if old.status == "consumed" else StepNotSuspended
        if self.model.finished:
            expected = RunNotSuspended
        with pytest.raises(expected):
            self.run.resume({}, suspension_id=old.pk, wait=False)
        self.settle()

    # Rules: executors come and go.

    def hours_pass(self, _: st.DataObject) -> None:
        self.clock.forward(2 * HOUR)
        self.model.wake()
        runner.poke(self.run.id)  # whose own timer goes by the true clock
        self.settle()

    def a_worker_looks(self, _: st.DataObject) -> None:
        self.executor = self.begin(self.claimed)
        self.settle()
        if self.model.status != "running":
            assert self.executor.result(PATIENCE) is False

    def the_executor_dies(self, _: st.DataObject) -> None:
        crash(self.executor, self.run)
        eventually(lambda: not self.puppets.strings.held, 0.001)  # it let go of its own
        self.settle()

    def somebody_restarts(self, _: st.DataObject) -> None:
        before = self.row.head
        result = self.run.restart(wait=False)
        if self.model.status != "running":
            assert result.status == self.model.status
            assert self.row.head == before
        self.settle()

    def somebody_cancels(self, data: st.DataObject) -> None:
        if data.draw(st.integers(0, 2)):
            return
        # The model does at once what a worker has yet to do, and now never will.
        self.is_ahead = self.is_behind()
        assert self.run.cancel() == "canceled"
        self.model.cancel()
        if self.lives:
            self.executor.result(PATIENCE)
        self.settle()

    def somebody_cancels_too_late(self, _: st.DataObject) -> None:
        before = self.row.head
        assert self.run.cancel() == self.model.status
        assert self.row.head == before

    def somebody_travels(self, data: st.DataObject) -> None:
        fork = data.draw(ONE_IN_THREE)
        per_step = self.may_pause and data.draw(ONE_IN_THREE)
        target = data.draw(st.sampled_from(sorted(self.model.targets())))
        before = self.row.head
        travel = partial(
            self.run.time_travel, target, fork=fork, per_step=per_step, wait=False
        )
        if not self.model.travel(target, fork=fork, per_step=per_step):
            with pytest.raises(SchemaMismatch):
                travel()
            assert self.row.head == before
            return
        result = travel()
        self.terminal_head = None
        if fork:
            assert self.row.head == before
            self.go_on_with(result.run_id)
        self.settle()

    def go_on_with(self, fork: str) -> None:
        """From now on the fork is the run, and the old one is left alone."""
        self.look_at(Run(models.Run.objects.get(pk=fork), self.flow))
        self.decided, self.resumed = 0, False

    def teardown(self) -> None:
        if hasattr(self, "executor") and self.lives:
            crash(self.executor, self.run)


def is_held(member: Any) -> bool:
    """Whether it is a step that waits to be told what to do."""
    return isinstance(member, StepEntry) and not member.step.transaction


def steps_in_order(flow: definition.Workflow) -> bool:
    """Whether it is clear which step begins next: no two workflows side by side."""
    for entry in flow.entries:
        together = isinstance(entry, ParallelEntry | BranchEntry)
        many = isinstance(entry, ForeachEntry) and entry.concurrency > 1
        nested = [one for one in members(entry) if isinstance(one, NestedEntry)]
        if many or (nested and together):
            return False
        if not all(steps_in_order(one.workflow) for one in nested):
            return False
    return True
