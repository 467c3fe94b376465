"""T24: the same script of calls gets the same answers on both databases."""

import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.servers import ROOT, ServerFactory, ServerProcess
from tests.settings import SCRATCH

CALLS = [150, pytest.param(2_000, marks=pytest.mark.long)]
LONGEST = 300  # seconds


@pytest.fixture
def on_postgresql(postgres_url: str, tmp_path: Path) -> Iterator[ServerFactory]:
    factory = ServerFactory(tmp_path, shared=SCRATCH, postgres_url=postgres_url)
    yield factory
    factory.drop_databases()


@pytest.mark.one_database
@pytest.mark.parametrize("calls", CALLS)
def test_the_same_calls_are_answered_alike_on_both_databases(
    calls: int, server_factory: ServerFactory, on_postgresql: ServerFactory
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the calls: {seed}")
    factories = (server_factory, on_postgresql)
    transcripts = [answers(each.create(), calls, seed) for each in factories]
    assert len(transcripts[0]) > calls
    assert differences(*transcripts) == []
    assert not any(line.split()[4] == "500" for line in transcripts[0][:-1])


def answers(server: ServerProcess, calls: int, seed: int) -> list[str]:
    """What each call was answered on the server's database, and the audit's length."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.durability.calls", str(calls), str(seed)],
        cwd=ROOT,
        env={**server.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST + calls,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def differences(one: list[str], another: list[str]) -> list[tuple[str, str]]:
    """The first few answers that are not alike."""
    pairs = zip_longest(one, another, fillvalue="")
    return [pair for pair in pairs if pair[0] != pair[1]][:3]
