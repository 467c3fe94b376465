"""Addresses that work in a mail."""

from __future__ import annotations

from approvals import conf


def absolute(path: str) -> str:
    """A path of this site as a whole address."""
    return str(conf.get("SITE_URL")).rstrip("/") + path
