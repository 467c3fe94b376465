"""A clock that a test sets forward: what waits for hours is waited for in no time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone


class Clock:
    """Goes as the true one does, ahead of it by what it was set forward."""

    def __init__(self) -> None:
        self._true_now = timezone.now
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._true_now() + self._ahead

    def forward(self, by: timedelta) -> None:
        self._ahead += by


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Every module of the product asks this clock while the test runs."""
    found = Clock()
    monkeypatch.setattr(timezone, "now", found.now)
    return found
