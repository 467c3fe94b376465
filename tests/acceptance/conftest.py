"""Fixtures for tests in which several processes work on the test's own database."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import shared_runs
from tests.acceptance.effects import Effects
from tests.acceptance.other_process import OtherProcess
from workflows.testing import isolated_registry, stop_engine


@pytest.fixture
def effects(tmp_path: Path, transactional_db: None) -> Iterator[Effects]:
    """What the steps of the shared runs leave behind; this process takes part too."""
    effects = Effects(tmp_path)
    shared_runs.use(effects)
    with isolated_registry():
        shared_runs.install()
        yield effects
        stop_engine()


@pytest.fixture
def other(effects: Effects) -> Iterator[Callable[..., OtherProcess]]:
    """Makes other processes that take part; settings of the engine may be given."""
    made: list[OtherProcess] = []

    def make(host: str = "", together: Any = None, **changes: Any) -> OtherProcess:
        process = OtherProcess(effects, changes, host=host, together=together)
        made.append(process)
        return process

    yield make
    for process in made:
        process.end()
