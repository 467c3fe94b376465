"""Random workflows, random outcomes in random order: the planner's promises hold.

The promises themselves are checked by ``PaperRun`` at every append.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.paper_run import STOPPED, PaperRun
from tests.unit.random_definitions import Shape, built, flows
from workflows.definition import Workflow
from workflows.graph import BranchEntry, LoopEntry, MapEntry, StepEntry
from workflows.json_gate import JSONObject
from workflows.statuses import RunStatus
from workflows.steps import (
    Asked,
    Changes,
    Chose,
    Errored,
    Outcome,
    Slept,
    Stopped,
    Succeeded,
)
from workflows.work import Work

ERROR: JSONObject = {"name": "RuntimeError", "message": "no"}
USUAL = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SOME = settings(USUAL, max_examples=40)
MANY = settings(USUAL, max_examples=10_000)


@dataclass
class Chance:
    """Draws what user code and callers do next."""

    data: st.DataObject
    run: PaperRun

    def one_of(self, *choices: Any) -> Any:
        return self.data.draw(st.sampled_from(choices))

    def turn(self) -> None:
        """Something happens that can happen now."""
        run, can = self.run, ["cancel"] if self.one_of(*range(40)) == 39 else []
        if run.in_hand:
            can += ["finish"] * 12 + ["crash"]
        if run.fold.suspensions():
            can += ["resume"] * 8
        if run.fold.status == RunStatus.PAUSED and not run.fold.suspensions():
            can += ["go on"] * 8
        if run.fold.status == RunStatus.WAITING:
            can += ["sleep"] * 6
        match self.one_of(*can or ["cancel"]):
            case "finish":
                run.finish([(work, self.outcome(work)) for work in self.some_work()])
            case "crash":
                run.claim(recovery=True)
            case "resume":
                address = self.one_of(*run.fold.suspensions())
                run.resume(address, per_step=self.one_of(False, False, True))
            case "go on":
                run.go_on(per_step=self.one_of(False, True))
            case "sleep":
                run.sleep()
            case "cancel":
                run.cancel()

    def some_work(self) -> list[Work]:
        work = list(self.run.in_hand.values())
        chosen = st.lists(st.sampled_from(range(len(work))), min_size=1, unique=True)
        return [work[i] for i in self.data.draw(chosen)]

    def outcome(self, work: Work) -> Outcome:
        """Anything that user code of this kind may do."""
        if isinstance(work.member, StepEntry):
            usual = [self.success(work)] * 4 + [asked(), asked(), asked("label")]
            return self.rarely(usual, Errored(error=ERROR), bailed(), Stopped())
        if isinstance(work.member, MapEntry):
            return self.rarely([self.success(work)], Errored(error=ERROR), Stopped())
        if work.member is not None:
            return Slept(self.run.now + timedelta(seconds=self.one_of(0, 5)))
        if isinstance(work.entry, BranchEntry):
            taken = tuple(a.id for _, a in work.entry.arms if self.one_of(True, False))
            return self.rarely([Chose(taken=taken)], Chose(aborted=True))
        assert isinstance(work.entry, LoopEntry)
        again = Chose(again=self.one_of(True, False))
        return self.rarely([again], Chose(aborted=True), Errored(error=ERROR))

    def rarely(self, usual: Sequence[Outcome], *rare: Outcome) -> Outcome:
        outcome: Outcome = self.one_of(*[*usual] * 6, *rare)
        return outcome

    def success(self, work: Work) -> Succeeded:
        state: JSONObject = self.one_of({}, {"a": 1}, {"b": 2})
        context: JSONObject = self.one_of({}, {}, {"c": 3})
        removed = self.one_of([], [], ["c"])
        output = some_list(work, self.one_of(0, 1, 2, 4))
        return Succeeded(output=output, changes=Changes(state, context, removed))


def some_list(work: Work, length: int) -> Any:
    assert work.member is not None
    is_list = work.member.id.startswith("list")
    return list(range(length)) if is_list else {"of": work.member.id}


def asked(*labels: str) -> Asked:
    return Asked(payload={"question": 1}, labels=labels, metadata={})


def bailed() -> Succeeded:
    return Succeeded(output="bailed", ends="bail")


def bring_to_its_end(run: PaperRun) -> None:
    """Everything succeeds, everybody answers, every loop is over: it must end."""
    for _ in range(500):
        if run.fold.finished:
            return
        if run.in_hand:
            run.finish([(work, easy_outcome(run, work)) for work in in_hand(run)])
        elif run.fold.suspensions():
            run.resume(next(iter(run.fold.suspensions())))
        elif run.fold.status == RunStatus.PAUSED:
            run.go_on()
        else:
            assert run.fold.status in STOPPED
            run.sleep()
    raise AssertionError("the run does not end")


def in_hand(run: PaperRun) -> list[Work]:
    return list(run.in_hand.values())


def easy_outcome(run: PaperRun, work: Work) -> Outcome:
    if work.member is None:
        return Chose()
    if isinstance(work.member, StepEntry | MapEntry):
        return Succeeded(output=some_list(work, 1))
    return Slept(run.now)


def play(flow: Workflow, data: st.DataObject, turns: int) -> PaperRun:
    run = PaperRun(flow)
    run.start(per_step=data.draw(st.sampled_from([False, False, False, True])))
    for _ in range(data.draw(st.integers(turns // 3, turns))):
        if run.fold.finished:
            break
        Chance(data, run).turn()
    return run


@USUAL
@given(flow=flows(), data=st.data())
def test_whatever_happens_a_run_keeps_its_promises_and_ends(
    flow: Workflow, data: st.DataObject
) -> None:
    run = play(flow, data, turns=30)
    bring_to_its_end(run)


@pytest.mark.long
@MANY
@given(flow=flows(depth=3), data=st.data())
def test_whatever_happens_in_deeper_runs_they_keep_their_promises(
    flow: Workflow, data: st.DataObject
) -> None:
    run = play(flow, data, turns=80)
    bring_to_its_end(run)


@SOME
@given(flow=flows(), data=st.data())
def test_an_ended_run_has_nothing_to_do(flow: Workflow, data: st.DataObject) -> None:
    run = play(flow, data, turns=10)
    bring_to_its_end(run)
    length = len(run.journal)
    run.plan(run.draft())
    assert (len(run.journal), run.in_hand) == (length, {})


@SOME
@given(flow=flows(), data=st.data())
def test_an_executor_that_comes_anew_takes_up_exactly_what_was_in_hand(
    flow: Workflow, data: st.DataObject
) -> None:
    run = play(flow, data, turns=12)
    before = set(run.in_hand)
    if before:
        run.claim(recovery=True)
        assert set(run.in_hand) == before


def test_random_definitions_hold_every_construct() -> None:
    nested = Shape("nested", [Shape("step")])
    kinds = [Shape(kind, [nested], 1) for kind in ("parallel", "branch", "loop")]
    flow = built([*kinds, Shape("foreach", [nested], 2), Shape("map"), Shape("sleep")])
    assert [entry.kind for entry in flow.entries] == [
        "parallel",
        "branch",
        "loop",
        "step",
        "foreach",
        "map",
        "sleep",
    ]
