"""Times read back are those that were written, whatever zone the process is in."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.engine.making import Calls, started
from workflows import Workflow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Django sets the process's zone to ``TIME_ZONE``; so does this."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_times_read_back_are_those_that_were_written(calls: Calls) -> None:
    flow = Workflow("flow").then(calls.step("a", 1)).commit()
    before = datetime.now(UTC)
    run, result = started(flow)
    after = datetime.now(UTC)
    assert run.refresh().steps == result.steps
    assert all(before <= event.at <= after for event in run.events())
    first = run.events()[0]
    assert datetime.fromisoformat(str(first.as_json()["at"])) == first.at
