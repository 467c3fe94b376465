"""The fold: what a journal says, from its beginning or from any snapshot."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.random_definitions import flows
from tests.unit.test_planner import SOME, play
from workflows import json_gate
from workflows.definition import Workflow
from workflows.events import EventType, JournalEvent
from workflows.fold import apply, fold
from workflows.json_gate import JSONObject
from workflows.state import RunFold
from workflows.statuses import RunStatus, StepStatus

AT = datetime(2026, 11, 3, 12, 30, 15, 123456, tzinfo=UTC)
BEGUN: JSONObject = {"kind": "step", "entry": 0, "from": 1}


def journal(*told: tuple[EventType, str, JSONObject]) -> list[JournalEvent]:
    return [
        JournalEvent(seq, kind, address, data, AT)
        for seq, (kind, address, data) in enumerate(told, 1)
    ]


def start(**data: Any) -> tuple[EventType, str, JSONObject]:
    return EventType.START, "", {"input": {}, "holder": "me", **data}


def reread(run: RunFold) -> RunFold:
    """The fold after it was stored as a snapshot and read back."""
    stored: Any = json_gate.loads(json_gate.dumps(run.to_json()))
    return RunFold.from_json(stored)


@SOME
@given(flow=flows(), data=st.data())
def test_every_snapshot_leads_to_the_same_fold(
    flow: Workflow, data: st.DataObject
) -> None:
    run = play(flow, data, turns=12)
    seen = RunFold()
    for number, event in enumerate(run.journal):
        snapshot = reread(seen)
        assert snapshot == seen
        assert fold(run.journal[number:], snapshot) == run.fold
        apply(seen, event)
    assert seen == run.fold


def test_a_journal_with_a_gap_is_refused() -> None:
    first, second = journal(start(), (EventType.CANCELED, "", {}))
    late = JournalEvent(3, second.type, "", {}, AT)
    with pytest.raises(ValueError, match="event 3 cannot follow event 1"):
        fold([first, late])
    with pytest.raises(ValueError, match="event 1 cannot follow event 1"):
        fold([first, first])


@pytest.mark.parametrize("kind", list(EventType))
def test_every_type_of_event_is_understood(kind: EventType) -> None:
    """Those that are no visit's own need no visit before them."""
    data: JSONObject = {"reason": "why", "status": "failed", "holder": "me"}
    on_visits = {
        EventType.STEP_START,
        EventType.STEP_RESULT,
        EventType.STEP_SUSPENDED,
        EventType.STEP_RESUMED,
        EventType.STEP_RETRY,
        EventType.STEP_WAITING,
    }
    address = "@0" if kind == EventType.DECIDED else ""
    events = journal(start(), (kind, address, {**data, "from": 1}))
    if kind in on_visits:
        with pytest.raises(KeyError):
            fold(events)
    else:
        assert fold(events).seq == 2


def test_state_is_merged_key_by_key_from_any_event() -> None:
    run = fold(
        journal(
            start(state={"a": 1, "b": 1}),
            (EventType.STEP_START, "s", BEGUN),
            (EventType.STEP_RESULT, "s", {"status": "success", "state": {"b": 2}}),
        )
    )
    assert run.state == {"a": 1, "b": 3}


def test_a_visit_keeps_the_state_of_its_beginning() -> None:
    run = fold(
        journal(
            start(state={"a": 1}),
            (EventType.STEP_START, "s", BEGUN),
            (EventType.STEP_START, "t", BEGUN),
            (EventType.STEP_RESULT, "t", {"status": "success", "state": {"a": 2}}),
        )
    )
    assert run.visits["s"].state == {"a": 1}
    assert run.state == {"a": 4}


def test_a_removed_key_of_the_context_is_gone() -> None:
    run = fold(
        journal(
            start(context={"a": 1, "b": 1}),
            (EventType.STEP_START, "s", BEGUN),
            (
                EventType.STEP_RESULT,
                "s",
                {"status": "success", "context_removed": ["a"], "context": {"c": 1}},
            ),
        )
    )
    assert run.context == {"b": 1, "c": 3}


def test_a_claim_is_the_latest_event_that_names_a_holder() -> None:
    run = fold(journal(start(), (EventType.CLAIMED, "", {"holder": "another"})))
    assert run.claim
    assert (run.claim.seq, run.claim.holder) == (2, "another")


def test_a_restart_that_names_no_holder_ends_the_claim() -> None:
    assert fold(journal(start(), (EventType.RESTARTED, "", {}))).claim is None
    claim = fold(
        journal(start(), (EventType.RESTARTED, "", {"holder": "another"}))
    ).claim
    assert claim
    assert claim.seq == 2


def test_recoveries_count_until_a_result_is_recorded() -> None:
    recovered = (EventType.CLAIMED, "", {"holder": "b", "recovery": True})
    begun = (EventType.STEP_START, "s", BEGUN)
    told: list[Any] = [start(), begun, recovered, recovered]
    assert fold(journal(*told)).recoveries == 2
    told.append((EventType.STEP_RESULT, "s", {"status": "success"}))
    assert fold(journal(*told)).recoveries == 0


def test_an_ended_run_leaves_nothing_open() -> None:
    told: list[Any] = [start(), (EventType.STEP_START, "s", BEGUN)]
    asked: JSONObject = {"suspension": "1", "labels": ["l"], "payload": None}
    told.append((EventType.STEP_SUSPENDED, "s", asked))
    open_run = fold(journal(*told))
    assert open_run.labels() == {"l": "s"}
    run = fold(journal(*told, (EventType.CANCELED, "", {})))
    assert run.status == RunStatus.CANCELED
    assert run.claim is None
    assert (run.suspensions(), run.labels()) == ({}, {})
    assert run.visits["s"].status == StepStatus.CANCELED


def test_folding_leaves_the_events_alone() -> None:
    told = journal(start(state={"a": [1]}), (EventType.STEP_START, "s", BEGUN))
    before = copy.deepcopy(told)
    fold(told)
    assert told == before
