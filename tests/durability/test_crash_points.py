"""T1: a process dies before or after any statement or commit of a run, and nothing
acknowledged is lost, nothing recorded is done again, and the run goes on."""

import random
from collections import Counter

import pytest
from django.contrib.auth.models import Group

from tests.acceptance.effects import Effects
from tests.acceptance.other_process import OtherProcess
from tests.acceptance.stored import journal, recorded_keys
from tests.durability.deeds import EVERYTHING, install, run_and_die
from workflows import Run
from workflows.testing import run_until_idle

NEVER = 10**6
LEAST = 20  # statements of which each may be the last one
DEATHS = [40, pytest.param(1_000, marks=pytest.mark.long)]


@pytest.mark.parametrize("deaths", DEATHS)
def test_killed_at_any_statement_a_run_loses_nothing_and_goes_on(
    deaths: int, effects: Effects
) -> None:
    install()
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the moments of death: {seed}")
    chance = random.Random(seed)
    statements = executed(effects, EVERYTHING.create_run(), NEVER)
    assert statements > LEAST
    assert set(effects.times().values()) == {1}
    died = 0
    while died < deaths:
        run = EVERYTHING.create_run()
        died += not executed(effects, run, chance.randint(1, 2 * statements))
        kept, before = recorded_keys(run), keys(effects)
        goes_on(run, effects.times())
        after = keys(effects)
        assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
        assert Group.objects.filter(name=f"paid for {run.id}").count() == 1
        journal(run)


def executed(effects: Effects, run: Run, moment: int) -> int:
    """Have a process execute the run; statements there were, 0 if it died at one."""
    process = OtherProcess(effects)
    try:
        return int(process.does(run_and_die, run.id, moment // 2, moment % 2 == 1))
    except EOFError:
        return 0
    finally:
        process.end()


def keys(effects: Effects) -> Counter[str]:
    """How often anything happened under each idempotency key."""
    return Counter(effect.key for effect in effects.all())


def goes_on(run: Run, acknowledged: Counter[str]) -> None:
    """See the run through as its callers would, from what they were told."""
    run_until_idle()
    kinds = [kind for _, kind, _ in journal(run)]
    started = "workflow-start" in kinds
    answered = "workflow-step-resumed" in kinds
    assert started or not acknowledged[f"{run.id} started"]
    assert answered or not acknowledged[f"{run.id} answered"]
    assert run.refresh().status == (
        "success" if answered else "suspended" if started else "pending"
    )
    if not started:
        run.start({})
    if not answered:
        run.resume("yes")
    assert run.refresh().status == "success"
