"""T17: what a step writes does not grow with the number of steps before it."""

from collections.abc import Iterator

import pytest
from django.db.models.functions import Length

from workflows import Run, Step, StepContext, Workflow
from workflows.models import Event, Snapshot

STEPS = 200
STATE = "x" * 50_000


def _remember(given: str, ctx: StepContext[str, None]) -> str:
    ctx.set_state({"document": STATE})
    return given


def _count(given: str, ctx: StepContext[str, None]) -> str:
    ctx.set_state({"count": ctx.step_id})
    return given


@pytest.fixture
def run(transactional_db: None) -> Run:
    workflow = Workflow("long").then(Step("remember", _remember))
    for number in range(STEPS):
        workflow.then(Step(f"step-{number:03}", _count))
    run = workflow.commit(register=False).create_run()
    assert run.start("given").status == "success"
    return run


def test_the_last_step_of_many_writes_no_more_than_an_early_one(run: Run) -> None:
    written = list(bytes_of_steps(run))
    early, late = sum(written[5:15]), sum(written[-10:])
    assert late <= 1.2 * early
    assert max(written) < 2_000  # the state is not written again


def test_snapshots_of_a_long_run_cost_no_more_than_its_journal(run: Run) -> None:
    journal = size(Event, run, "data")
    snapshots = size(Snapshot, run, "state")
    assert 0 < snapshots <= 1.2 * journal


def bytes_of_steps(run: Run) -> Iterator[int]:
    """What the journal holds of each small step, in order."""
    rows = Event.objects.filter(run=run.id, path__startswith="step-")
    sizes: dict[str, int] = {}
    for path, length in rows.order_by("seq").values_list("path", Length("data")):
        sizes[path] = sizes.get(path, 0) + length
    assert len(sizes) == STEPS
    yield from sizes.values()


def size(table: type[Event] | type[Snapshot], run: Run, column: str) -> int:
    rows = table._default_manager.filter(run=run.id)
    return sum(rows.values_list(Length(column), flat=True))
