"""``docs/states.md`` shows the tables of ``statuses`` as they are."""

from collections.abc import Mapping

import pytest
from django.db.models import TextChoices

from approvals.statuses import ApprovalStatus
from tests.docs import pages
from workflows.statuses import (
    RUN_MOVES,
    SUSPENSION_MOVES,
    RunStatus,
    ScheduleStatus,
    StepStatus,
    SuspensionStatus,
)

PAGE = pages.DOCS / "states.md"


def drawn(heading: str) -> dict[str, set[str]]:
    """The moves marked in a table, by the status they lead from."""
    (_, *columns), *rows = pages.rows(PAGE, heading)
    return {
        row[0].strip("`"): {
            to for to, mark in zip(columns, row[1:], strict=True) if mark
        }
        for row in rows
    }


def explained(heading: str) -> list[str]:
    return [row[0].strip("`") for row in pages.rows(PAGE, heading)[1:]]


@pytest.mark.parametrize(
    ("heading", "moves"),
    [
        ("## Moves of a run", RUN_MOVES),
        ("## A suspension", SUSPENSION_MOVES),
    ],
)
def test_the_moves_drawn_are_the_legal_ones(
    heading: str, moves: Mapping[TextChoices, frozenset[TextChoices]]
) -> None:
    legal = {str(start): set(map(str, ends)) for start, ends in moves.items()}
    assert drawn(heading) == legal


@pytest.mark.parametrize(
    ("heading", "statuses"),
    [
        ("## The usual way of a run", RunStatus),
        ("## A step", StepStatus),
        ("## A schedule", ScheduleStatus),
        ("## An approval", ApprovalStatus),
    ],
)
def test_every_status_is_explained(heading: str, statuses: type[TextChoices]) -> None:
    assert explained(heading) == list(statuses.values)


def test_every_end_of_a_suspension_is_explained() -> None:
    for status in SuspensionStatus.values:
        assert f"`{status}`" in pages.prose(PAGE)
