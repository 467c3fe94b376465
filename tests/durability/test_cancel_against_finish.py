"""T5: a cancel meets the end of a run, a little before or after it: one wins."""

import time
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.acceptance.effects import PATIENCE, Effects
from tests.acceptance.other_process import OtherProcess
from tests.acceptance.stored import journal
from tests.durability.deeds import NAP, NAPPING, install, start_one_by_one

Other: TypeAlias = Callable[..., OtherProcess]
SWEEP = 0.1  # seconds, half of them before the expected end
PAUSE = 0.01  # seconds between two runs
PAIRS = [200, pytest.param(10_000, marks=pytest.mark.long)]


@pytest.mark.parametrize("pairs", PAIRS)
def test_a_cancel_and_the_end_of_a_run_agree_on_what_it_became(
    pairs: int, other: Other, effects: Effects
) -> None:
    install()
    runs = [NAPPING.create_run() for _ in range(pairs)]
    executor = other(CANCEL_GRACE=0.1, WATCH=0.05)
    executor.begin(start_one_by_one, [run.id for run in runs], PAUSE)
    effects.has("nap")
    began = time.monotonic()
    said = []
    for number, run in enumerate(runs):
        offset = SWEEP * (number % 20 / 19 - 0.5)
        moment = began + number * PAUSE + NAP + offset
        time.sleep(max(0.0, moment - time.monotonic()))
        said.append(str(run.cancel()))
    became = executor.outcome(PATIENCE + pairs)
    print(Counter(said))
    assert said == became == [run.refresh().status for run in runs]
    assert set(said) <= {"success", "canceled"}
    for run, status in zip(runs, said, strict=True):
        ends = {"success": "workflow-finish", "canceled": "workflow-canceled"}
        kinds = [kind for _, kind, _ in journal(run)]
        assert kinds[-1] == ends[status]
        assert len(set(ends.values()) & set(kinds)) == 1
    assert said.count("success") <= effects.times()["last"] <= effects.times()["nap"]
    assert max(Counter(effect.key for effect in effects.all()).values()) == 1
