"""Ids the engine makes: UUIDv7 (RFC 9562), so that they sort by time."""

from __future__ import annotations

import os
import re
import time
from uuid import UUID

RUN_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def uuid7() -> str:
    """A new UUIDv7 in text: 48 bits of milliseconds, 74 random bits."""
    random = int.from_bytes(os.urandom(10))
    value = (time.time_ns() // 1_000_000) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))
