"""Random runs of the true engine against a small reference model.

Random definitions of all constructs, random outcomes, answers in random order and
from other threads, cancels, deaths of executors before, in and after any append,
restarts and time travels. After each rule the run must come to what the model says,
and the invariants of the stored run must hold.
"""

import os
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from tests.engine.clock import Clock
from tests.engine.run_machine import RunMachine
from workflows.testing import isolated_registry

pytestmark = pytest.mark.django_db(transaction=True)
# A failing example waits for what does not come; shrinking would wait for hours.
PHASES = (Phase.explicit, Phase.generate)
# The rules are the same on both databases, and on PostgreSQL each takes longer.
EXAMPLES = {"sqlite": 200, "postgresql": 50}


def machine_settings(examples: int, steps: int, *, same: bool = False) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=same,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=PHASES,
        report_multiple_bugs=False,
    )


@pytest.fixture(autouse=True)
def patient(quick: None, settings: Settings, clock: Clock) -> None:
    """Executors die often here, and in a row; no lease is over because hours pass."""
    forever = {"MAX_RECOVERIES": 10_000, "LEASE": timedelta(days=999).total_seconds()}
    settings.WORKFLOWS = {**settings.WORKFLOWS, **forever}
    RunMachine.clock = clock


def test_random_runs_come_to_what_the_model_says() -> None:
    with isolated_registry():
        # The same examples every time: the long tier is the one that searches.
        machine = machine_settings(EXAMPLES[connection.vendor], 40, same=True)
        run_state_machine_as_test(RunMachine, settings=machine)


@pytest.mark.long
def test_many_long_random_runs_come_to_what_the_model_says() -> None:
    examples = int(os.environ.get("STATE_MACHINE_EXAMPLES", "5000"))
    with isolated_registry():
        run_state_machine_as_test(RunMachine, settings=machine_settings(examples, 80))
