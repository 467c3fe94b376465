"""T17: what a step writes does not grow with the number of steps before it."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models.functions import Length

from workflows import Run, Step, StepContext, Suspended, Workflow
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


@pytest.mark.django_db(transaction=True)
def test_what_a_step_gave_is_stored_once_whoever_reads_it() -> None:
    flow = Workflow("heavy").then(Step("weigh", _weigh)).then(Step("ask", _ask_about))
    run = flow.commit(register=False).create_run()
    assert run.start("given").status == "suspended"
    assert run.resume("yes").result == len(STATE)
    texts = [
        len(value)
        for model in apps.get_models()
        for row in model._default_manager.values()
        for value in row.values()
        if isinstance(value, str)
    ]
    assert [length for length in texts if length > 0.1 * len(STATE)] == [max(texts)]
    assert max(texts) < 1.1 * len(STATE)


def _weigh(_: str) -> str:
    return STATE


def _ask_about(text: str, ctx: StepContext[str, str]) -> int | Suspended:
    return len(text) if ctx.resumed else ctx.suspend("Is that too much?")


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
