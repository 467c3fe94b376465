"""Tests of the engine; see ``fixtures``."""

from tests.engine.clock import clock
from tests.engine.fixtures import calls, own_registry, quick, threads_ended

__all__ = ["calls", "clock", "own_registry", "quick", "threads_ended"]
