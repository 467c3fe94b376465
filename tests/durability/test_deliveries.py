"""T9: jobs come several times, too late and in any order, and change nothing."""

import random
from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.acceptance.effects import PATIENCE, Effects
from tests.acceptance.other_process import OtherProcess
from tests.acceptance.shared_runs import QUESTION
from tests.acceptance.stored import everything
from tests.durability.deeds import NAPPING, install, take_jobs
from workflows import Run, Workflow
from workflows.testing import run_until_idle

Other: TypeAlias = Callable[..., OtherProcess]
JOBS = [500, pytest.param(20_000, marks=pytest.mark.long)]
EACH = 3  # deliveries of a job, on average


@pytest.mark.parametrize("jobs", JOBS)
def test_a_job_delivered_often_late_and_shuffled_is_one_delivery(
    jobs: int, other: Other, effects: Effects
) -> None:
    install()
    number = jobs // EACH // 5
    asked = handed_in(QUESTION, number)
    finished = handed_in(NAPPING, number)
    run_until_idle(timeout=PATIENCE + jobs)
    canceled = handed_in(NAPPING, number)
    for run in canceled:
        run.cancel()
    settled = [*asked, *finished, *canceled]
    before = [everything(run) for run in settled]
    due = handed_in(NAPPING, 2 * number)

    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the deliveries: {seed}")
    chance = random.Random(seed)
    deliveries = [
        run.id for run in (*settled, *due) for _ in range(chance.randint(1, 5))
    ]
    chance.shuffle(deliveries)
    workers = [other(), other()]
    for place, worker in enumerate(workers):
        worker.begin(take_jobs, deliveries[place::2])
    assert sum(worker.outcome(PATIENCE + jobs) for worker in workers) == len(deliveries)
    run_until_idle(timeout=PATIENCE + jobs)

    assert [everything(run) for run in settled] == before
    assert {run.refresh().status for run in due} == {"success"}
    assert effects.times() == {
        "ask asked": len(asked),
        "nap": len(finished) + len(due),
        "last": len(finished) + len(due),
    }


def handed_in(workflow: Workflow, number: int) -> list[Run]:
    runs = [workflow.create_run() for _ in range(number)]
    for run in runs:
        run.start({}, wait=False)
    return runs
