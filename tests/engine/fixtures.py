"""What every test of the engine stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.engine.making import Calls
from workflows.testing import isolated_registry, stop_engine


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture(autouse=True)
def own_registry() -> Iterator[None]:
    """No test sees another one's workflows."""
    with isolated_registry():
        yield


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    """What the engine waits for in seconds, the tests wait for in hundredths."""
    settings.WORKFLOWS = {
        **settings.WORKFLOWS,
        "CANCEL_GRACE": 0.1,
        "WATCH": 0.05,
        "IDLE_POLL": 0.05,
    }


@pytest.fixture(scope="session", autouse=True)
def threads_ended(django_db_setup: None) -> Iterator[None]:
    """The engine's connections are closed before the database goes."""
    yield
    stop_engine()
