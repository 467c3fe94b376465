"""A power cut, emulated: what the disk holds when only synced writes are certain.

A preloaded library (``recorder.c``) writes down every write and sync of a process. A
crash is then a number of records, after which each file is rebuilt: what was synced
is there; of what was not, nothing, the beginning, or any part.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HEADER = struct.Struct("=cQQQ")


@dataclass(frozen=True, slots=True)
class Record:
    """One thing a process did to a file."""

    what: bytes  # O, W, S, T, U as in recorder.c
    file: int
    at: int
    data: bytes


def library(directory: Path) -> Path:
    """The recorder, compiled; skips the test where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source = Path(__file__).with_name("recorder.c")
    target = directory / "recorder.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", target, source, "-ldl", "-lpthread"],
        check=True,
    )
    return target


def records(path: Path) -> Iterator[Record]:
    content = path.read_bytes()
    position = 0
    while position < len(content):
        what, file, at, length = HEADER.unpack_from(content, position)
        position += HEADER.size
        yield Record(what, file, at, content[position : position + length])
        position += length


@dataclass(slots=True)
class File:
    """A file as synced, and what was done to it since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[Record] = field(default_factory=list)

    def sync(self) -> None:
        for record in self.since:
            _apply(self.synced, record)
        self.since = []

    def after_crash(self, chance: random.Random) -> bytes:
        content = bytearray(self.synced)
        for record in _survivors(self.since, chance):
            _apply(content, record)
        return bytes(content)


class Disk:
    """The files of a recorded process, moved on record by record."""

    def __init__(self, present: dict[str, bytes]) -> None:
        self.files = {name: File(bytearray(data)) for name, data in present.items()}
        self._names: dict[int, str] = {}

    def do(self, record: Record) -> None:
        match record.what:
            case b"O":
                name = Path(record.data.decode()).name
                self._names[record.file] = name
                self.files.setdefault(name, File())
            case b"U":
                self.files.pop(Path(record.data.decode()).name, None)
            case b"S":
                self.files[self._names[record.file]].sync()
            case _:
                self.files[self._names[record.file]].since.append(record)

    def everything(self, name: str) -> bytes:
        """A file as its writers see it, synced or not."""
        content = bytearray(self.files[name].synced)
        for record in self.files[name].since:
            _apply(content, record)
        return bytes(content)


def _survivors(since: list[Record], chance: random.Random) -> list[Record]:
    """What of the unsynced reached the disk: nothing, a beginning, or any part."""
    kind = chance.randrange(3)
    if kind == 0 or not since:
        return []
    if kind == 1:
        *whole, last = since[: chance.randint(1, len(since))]
        torn = last.data[: chance.randint(0, len(last.data))]
        return [*whole, Record(last.what, last.file, last.at, torn)]
    return [record for record in since if chance.random() < 0.5]


def _apply(content: bytearray, record: Record) -> None:
    if record.what == b"T":
        del content[record.at :]
        content.extend(bytes(max(0, record.at - len(content))))
        return
    end = record.at + len(record.data)
    content.extend(bytes(max(0, end - len(content))))
    content[record.at : end] = record.data
