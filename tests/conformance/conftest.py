"""Every case of ``cases/*.yaml`` is a test marked with its id, or listed as not ours.

Cases are in the words of the engine they come from; where ours decides otherwise, the
test says so.
"""

import pytest

from tests.engine.fixtures import calls, own_registry, quick, threads_ended

__all__ = ["calls", "own_registry", "quick", "threads_ended"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "case(id): the conformance case it checks")


@pytest.fixture(autouse=True)
def committed(transactional_db: None) -> None:
    """The engine executes over its own connections."""
