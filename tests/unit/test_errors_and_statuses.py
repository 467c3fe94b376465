from __future__ import annotations

import pickle

import pytest

from workflows import errors
from workflows.errors import (
    AmbiguousResume,
    DefinitionChanged,
    PayloadRejected,
    SchemaMismatch,
    StateConflict,
    WorkflowError,
)
from workflows.statuses import (
    RUN_MOVES,
    SUSPENSION_MOVES,
    TERMINAL_RUN,
    TERMINAL_STEP,
    RunStatus,
    StepStatus,
    SuspensionStatus,
)

LATE = [
    "RunAlreadyStarted",
    "RunNotSuspended",
    "StepNotSuspended",
    "AmbiguousResume",
    "AlreadyResumed",
    "RunIsRunning",
    "RunIsFinished",
    "DefinitionChanged",
]
WRONG = [
    "DefinitionError",
    "SchemaMismatch",
    "PayloadRejected",
    "BadArgument",
    "RunNotFound",
    "WorkflowNotFound",
    "StepNotFound",
]


@pytest.mark.parametrize("name", LATE + WRONG)
def test_every_error_has_its_place_in_the_tree(name: str) -> None:
    error = getattr(errors, name)
    assert issubclass(error, WorkflowError)
    assert issubclass(error, StateConflict) == (name in LATE)
    assert str(error("what happened")) == "what happened"
    assert name in str(errors.__doc__)
    assert error.__doc__


def test_errors_carry_what_a_caller_needs() -> None:
    fault: errors.FieldError = {"loc": ["a", 0], "msg": "wrong", "type": "kind"}
    assert SchemaMismatch("m", [fault]).errors == [fault]
    assert SchemaMismatch("m").errors == []
    assert PayloadRejected("m", [fault]).errors == [fault]
    assert AmbiguousResume("m", [("a", "b"), ("c",)]).suspended == [["a", "b"], ["c"]]
    assert DefinitionChanged("m", "step a is gone").difference == "step a is gone"


def test_errors_survive_the_way_between_processes() -> None:
    for error in (
        SchemaMismatch("m", [{"loc": [], "msg": "wrong", "type": "kind"}]),
        AmbiguousResume("m", [["a"]]),
        DefinitionChanged("m", "d"),
    ):
        twin = pickle.loads(pickle.dumps(error))
        assert type(twin) is type(error)
        assert twin.args == error.args
        assert vars(twin) == vars(error)


def test_the_words_for_statuses_are_those_of_the_contract() -> None:
    assert RunStatus.values == (
        [
            "pending",
            "running",
            "waiting",
            "suspended",
            "paused",
            "success",
            "failed",
            "canceled",
        ]
    )
    assert StepStatus.values == (
        [
            "running",
            "waiting",
            "suspended",
            "paused",
            "success",
            "failed",
            "skipped",
            "canceled",
        ]
    )
    assert SuspensionStatus.values == ["open", "consumed", "withdrawn", "expired"]


def test_every_status_is_terminal_or_has_moves() -> None:
    assert {"success", "failed", "canceled"} == TERMINAL_RUN
    assert {"success", "failed", "skipped", "canceled"} == TERMINAL_STEP
    assert set(RUN_MOVES) | TERMINAL_RUN == set(RunStatus)
    assert not set(RUN_MOVES) & TERMINAL_RUN
    assert set(SUSPENSION_MOVES) == {SuspensionStatus.OPEN}


def test_a_run_that_goes_on_can_always_end_and_never_becomes_pending_again() -> None:
    for moves in RUN_MOVES.values():
        assert moves >= TERMINAL_RUN
        assert RunStatus.PENDING not in moves
