"""Daphne's own log of requests, without the tokens of links.

Daphne offers no other way in than its class.
"""

from __future__ import annotations

from typing import Any

from daphne.access import AccessLogGenerator

from config.logs import without_tokens

_write_entry = AccessLogGenerator.write_entry


def leave_out_tokens() -> None:
    """From now on, in this process; harmless when done twice."""
    AccessLogGenerator.write_entry = _write_without_tokens


def _write_without_tokens(
    log: Any, host: Any, date: Any, request: str, **rest: Any
) -> None:
    _write_entry(log, host=host, date=date, request=without_tokens(request), **rest)
