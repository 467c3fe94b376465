"""``make bench``: floors and engine, interleaved, on SQLite and PostgreSQL.

Prints a table with minimum, median and maximum of the ratio ours / floor over the
rounds. Nothing here fails a test run: speed is looked at, not asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What the ratio ours / floor may be: at most, but for a rate at least.
TARGETS = {
    "cycle p50": {"SQLite": 5.0, "PostgreSQL": 3.5},
    "cycles/s": {"SQLite": 0.6, "PostgreSQL": 0.55},
    "per step": {"SQLite": 3.0, "PostgreSQL": 3.0},
    "last tenth": {"SQLite": 1.2, "PostgreSQL": 1.2},
    "answer beside": {"SQLite": 2.0, "PostgreSQL": 2.0},
    "what 1 MB adds": {"SQLite": 2.0, "PostgreSQL": 2.0},
    "POST decide": {"SQLite": 1.0, "PostgreSQL": 1.0},
    "inbox page": {"SQLite": 1.0, "PostgreSQL": 1.0},
    "inbox queries": {"SQLite": 1.0, "PostgreSQL": 1.0},
    "first 50": {"SQLite": 1.0, "PostgreSQL": 1.0},
    "answer one": {"SQLite": 1.2, "PostgreSQL": 1.2},
    "start-up": {"SQLite": 1.0, "PostgreSQL": 1.0},
}
POSTGRES = "postgresql://127.0.0.1:5432/postgres"
Figures = dict[tuple[str, str], list[tuple[float, float]]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--crowd", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=10_000)
    parser.add_argument("--decisions", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="one small round")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.cycles, options.crowd = 1, 64, 5_000
        options.decisions = 40
    sizes = [
        f"--rounds={options.rounds}",
        f"--cycles={options.cycles}",
        f"--crowd={options.crowd}",
        f"--page={options.page}",
        f"--decisions={options.decisions}",
    ]
    with tempfile.TemporaryDirectory(dir=".") as directory:
        database = Path(directory).resolve() / "bench.sqlite3"
        table("SQLite, WAL, synchronous=FULL", run(f"sqlite:///{database}", sizes))
    with scratch_database() as url:
        if url:
            figures = run(url, [*sizes, f"--postgres={url}"])
            table("PostgreSQL, synchronous_commit=on", figures)
        else:
            print("PostgreSQL: not reachable; set TEST_POSTGRES_URL")
    return 0


def run(url: str, arguments: list[str]) -> Figures:
    """The rounds on one database, in a process of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.rounds", *arguments],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    figures: Figures = {}
    for line in output.splitlines():
        if line.startswith('{"figure"'):
            found = json.loads(line)
            key = (found["figure"], found["unit"])
            figures.setdefault(key, []).append((found["floor"], found["ours"]))
    return figures


def table(title: str, figures: Figures) -> None:
    print(f"\n{title}\n")
    print(f"{'':42}{'floor':>10}{'ours':>10}   ours / floor: min  median   max  target")
    for (figure, unit), pairs in figures.items():
        floor = statistics.median(floor for floor, _ in pairs)
        ours = statistics.median(ours for _, ours in pairs)
        ratios = sorted(ours / floor for floor, ours in pairs)
        middle = statistics.median(ratios)
        print(
            f"{figure:36}{unit:>6}{floor:10.2f}{ours:10.2f}"
            f"{ratios[0]:20.2f}{middle:8.2f}{ratios[-1]:6.2f}"
            f"{verdict(title, figure, unit, ratios)}"
        )


def verdict(title: str, figure: str, unit: str, ratios: list[float]) -> str:
    """The target, and whether every round met it; nothing where there is none."""
    of = next((of for name, of in TARGETS.items() if figure.startswith(name)), None)
    if of is None:
        return ""
    target = of[title.partition(",")[0]]
    met = min(ratios) >= target if unit == "/s" else max(ratios) <= target
    return f"{target:8.2f}  {'met' if met else 'missed'}"


@contextmanager
def scratch_database() -> Iterator[str]:
    """The address of an empty PostgreSQL database; "" where there is no server."""
    import psycopg

    server = os.environ.get("TEST_POSTGRES_URL", POSTGRES)
    name = f"countersign_bench_{os.getpid()}"
    try:
        admin = psycopg.connect(server, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield ""
        return
    with admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    sys.exit(main())
