"""What the engine tells the process after a commit; hints, never promises."""

from __future__ import annotations

from django.dispatch import Signal

run_changed = Signal()
"""A run's journal grew. Arguments: ``run_id``, ``seq``, ``status``, ``due``
(whether an executor is wanted). Sent after the commit, from any thread."""
