"""Tests of the engine; see ``fixtures``."""

from tests.engine.fixtures import calls, own_registry, quick, threads_ended

__all__ = ["calls", "own_registry", "quick", "threads_ended"]
