"""T2: the power is cut at any moment, and no acknowledged decision is lost.

`kill -9` would not show it: the kernel keeps what a dead process wrote. So the writes
of a working process are recorded, and the disk rebuilt as it could look after a cut.
"""

import random
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.durability import power
from tests.servers import ROOT, ServerFactory

RUNS = 16
SHEET = "acknowledged"
POINTS = [500, pytest.param(20_000, marks=pytest.mark.long)]
HALF = """
SELECT 'events', COUNT(*) FROM workflows_run r WHERE head <>
  (SELECT COUNT(*) FROM workflows_event e WHERE e.run_id = r.id AND e.seq <= r.head)
UNION ALL
SELECT 'suspensions', COUNT(*) FROM workflows_suspension s
  JOIN approvals_approval a ON a.id = s.id
  WHERE (s.status = 'open') <> (a.status = 'open')
UNION ALL
SELECT 'approvals', COUNT(*) FROM workflows_suspension
  WHERE id NOT IN (SELECT id FROM approvals_approval)
UNION ALL
SELECT 'decisions', COUNT(*) FROM approvals_decision d JOIN approvals_approval a
  ON a.id = d.approval_id WHERE a.status = 'open'
UNION ALL
SELECT 'audit', (SELECT COUNT(*) FROM approvals_decision)
  <> (SELECT COALESCE(MAX(seq), 0) FROM approvals_auditrow)
UNION ALL
SELECT 'head', (SELECT COALESCE(MAX(seq), 0) FROM approvals_audithead)
  <> (SELECT COUNT(*) FROM approvals_auditrow)
"""
KEPT = {
    "asked": "SELECT run_id FROM workflows_suspension",
    "decided": "SELECT s.run_id FROM approvals_decision d"
    " JOIN workflows_suspension s ON s.id = d.approval_id",
    "finished": "SELECT id FROM workflows_run WHERE status = 'success'",
}


@pytest.mark.one_database
@pytest.mark.parametrize("points", POINTS)
def test_a_power_cut_loses_nothing_acknowledged_and_halves_nothing(
    points: int, server_factory: ServerFactory, tmp_path: Path
) -> None:
    found = cut(worked(server_factory, tmp_path, "FULL"), points, tmp_path)
    assert found == {"cuts": points}


@pytest.mark.one_database
def test_the_emulation_finds_what_a_weaker_setting_loses(
    server_factory: ServerFactory, tmp_path: Path
) -> None:
    found = cut(worked(server_factory, tmp_path, "NORMAL"), 100, tmp_path)
    assert found["lost"] > 10
    assert set(found) == {"cuts", "lost"}


def worked(
    server_factory: ServerFactory, tmp_path: Path, synchronous: str
) -> tuple[power.Disk, list[power.Record]]:
    """The disk before a process did its work, and what it did."""
    server = server_factory.create()
    database = Path("/" + urlsplit(server.database_url).path.lstrip("/"))
    disk = power.Disk({database.name: database.read_bytes()})
    below = database.parent / database.name
    record = tmp_path / "record"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.durability.power_work", str(RUNS)),
            *(synchronous, f"{below}-{SHEET}"),
        ],
        cwd=ROOT,
        env={
            **server.environment,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LD_PRELOAD": str(power.library(tmp_path)),
            "RECORD_BELOW": str(below),
            "RECORD_INTO": str(record),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return disk, list(power.records(record))


def cut(
    work: tuple[power.Disk, list[power.Record]], points: int, tmp_path: Path
) -> Counter[str]:
    """Cut the power that often; what was wrong with the databases afterwards."""
    disk, records = work
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the power cuts: {seed}")
    chance = random.Random(seed)
    moments = Counter(chance.randint(1, len(records)) for _ in range(points))
    found = Counter(cuts=points)
    for number, record in enumerate(records, start=1):
        disk.do(record)
        for _ in range(moments[number]):
            found.update(faults(disk, chance, tmp_path))
    return found


def faults(disk: power.Disk, chance: random.Random, tmp_path: Path) -> list[str]:
    sheets = [name for name in disk.files if name.endswith(SHEET)]
    (database,) = (name for name in disk.files if name.endswith(".sqlite3"))
    for name in (database, f"{database}-wal"):
        path = tmp_path / name.replace(database, "after")
        path.unlink(missing_ok=True)
        if name in disk.files:
            path.write_bytes(disk.files[name].after_crash(chance))
    (tmp_path / "after-shm").unlink(missing_ok=True)
    lines = [
        line for name in sheets for line in disk.everything(name).decode().splitlines()
    ]
    acknowledged = [line.split() for line in lines]
    try:
        return _compared(acknowledged, tmp_path / "after")
    except sqlite3.DatabaseError as error:
        return [f"unreadable: {error}"]


def _compared(acknowledged: list[list[str]], database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA synchronous=OFF")  # of this look, for speed
        wrong = _says(connection, "PRAGMA integrity_check")
        wrong = [] if wrong == ["ok"] else ["corrupt"]
        halves = connection.execute(HALF)
        wrong += [f"half: {name}" for name, number in halves if number]
        kept = {what: set(_says(connection, query)) for what, query in KEPT.items()}
    connection.close()
    lost = [run for what, run in acknowledged if run not in kept[what]]
    return wrong + ["lost"] * bool(lost)


def _says(connection: sqlite3.Connection, query: str) -> list[str]:
    return [row[0] for row in connection.execute(query)]
