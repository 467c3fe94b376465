"""What the machine offers to the tests: PostgreSQL, Redis, Chromium.

Each finder gives an address, or raises `Missing` with words for the summary. The
addresses come from TEST_POSTGRES_URL, TEST_REDIS_URL and CHROMIUM; without them the
usual local places are tried.
"""

import os
import shutil
import socket
from collections.abc import Callable
from functools import cache
from typing import TypeAlias
from urllib.parse import urlsplit

import psycopg

POSTGRES_URL = os.environ.get(
    "TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
# The first is the same browser without windows, at a quarter of the processor time.
CHROMIUM_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
)
CONNECT_SECONDS = 3
Finder: TypeAlias = Callable[[], str]


class Missing(Exception):
    """A service is not there; the message says which and where it was looked for."""


@cache
def postgres() -> str:
    try:
        with psycopg.connect(POSTGRES_URL, connect_timeout=CONNECT_SECONDS):
            return POSTGRES_URL
    except psycopg.Error as error:
        raise Missing("no PostgreSQL (TEST_POSTGRES_URL)") from error


@cache
def redis() -> str:
    parts = urlsplit(REDIS_URL)
    address = (parts.hostname or "127.0.0.1", parts.port or 6379)
    try:
        with socket.create_connection(address, timeout=CONNECT_SECONDS):
            return REDIS_URL
    except OSError as error:
        raise Missing("no Redis (TEST_REDIS_URL)") from error


@cache
def chromium() -> str:
    for name in (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES):
        path = shutil.which(name) if name else None
        if path:
            return path
    raise Missing("no Chromium (CHROMIUM)")
