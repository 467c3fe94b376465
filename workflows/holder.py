"""Who holds a lease, and whether that process still lives.

A holder names host, boot, pid namespace, pid and start time of a process. Only a
process of the same boot and namespace can say that it is dead; for all others the
lease must run out.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path
from uuid import uuid4

_SEPARATOR = "|"


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _started(pid: int) -> str:
    """The start time of a process in clock ticks since boot; "" when over."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    # A process that ended stays listed until its parent has asked how.
    over = not fields or fields[0] in ("Z", "X")
    return "" if over else fields[19]


@cache
def _place() -> str:
    boot = _read("/proc/sys/kernel/random/boot_id")
    return _SEPARATOR.join([socket.gethostname(), boot, _namespace()])


@cache
def _process(pid: int) -> str:
    return _SEPARATOR.join([_place(), str(pid), _started(pid), uuid4().hex[:8]])


def current() -> str:
    """The holder that this process is, as stored with a lease."""
    return _process(os.getpid())


def neighbours() -> str:
    """What the names of all holders begin with that this process can judge."""
    return _place() + _SEPARATOR


def is_dead(holder: str) -> bool:
    """True only when it is certain: same boot and namespace, process gone."""
    if not holder.startswith(neighbours()) or not _started(os.getpid()):
        return False
    pid, started, _ = holder.removeprefix(neighbours()).split(_SEPARATOR)
    return _started(int(pid)) != started
