"""Floor and engine in turn on one database; prints one JSON line per figure.

Started by ``python -m benchmarks`` in a process of its own, because Django reads its
settings once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from benchmarks.floor import Floor, PostgresFloor, SqliteFloor

CALLERS = 32
LARGE = 1_000_000
SEEN = "POST decide to the next one seen,"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--postgres", default="")
    parser.add_argument("--crowd", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=10_000)
    parser.add_argument("--decisions", type=int, default=100)
    options = parser.parse_args()
    django.setup()
    logging.disable(logging.INFO)  # a line for each request would bury the table
    call_command("migrate", verbosity=0)
    settings.WORKFLOWS["MAX_PAYLOAD_BYTES"] = 2 * LARGE
    with tempfile.TemporaryDirectory(dir=".") as directory:
        floor: Floor = (
            PostgresFloor(options.postgres)
            if options.postgres
            else SqliteFloor(Path(directory) / "floor.sqlite3")
        )
        for _ in range(options.rounds):
            measure(floor, options.cycles)
        floor.close()
    measure_desk(options.decisions, options.rounds)
    measure_crowd(options.crowd, options.rounds)
    measure_page(options.page, options.rounds)
    measure_behind(options.page, options.rounds)


def measure(floor: Floor, cycles: int) -> None:
    """One round: each figure of the floor, then the same of the engine."""
    from benchmarks import job

    show("cycle p50", "ms", p50(floor.cycle, cycles), asyncio.run(p50_of(job, cycles)))
    show(
        f"cycles/s, {CALLERS} callers",
        "/s",
        throughput(floor, cycles),
        asyncio.run(throughput_of(job, cycles)),
    )
    for length in (5, 50, 200):
        compare_steps(floor, job, length)

    raw = floor.read(LARGE) * 1000
    large = asyncio.run(job.answer_heavy(LARGE)) * 1000
    small = asyncio.run(job.answer_heavy(1)) * 1000
    show("answer beside 1 MB", "ms", raw, large)
    show("what 1 MB adds to an answer", "ms", raw, max(0.0, large - small))


def measure_desk(decisions: int, rounds: int) -> None:
    """A real server, and what one browser sees of another's decisions."""
    from benchmarks import desk

    for _ in range(rounds):
        seen = sorted(desk.times(decisions))
        show(f"{SEEN} p50", "ms", 60, statistics.median(seen))
        show(f"{SEEN} p99", "ms", 250, seen[int(0.99 * (len(seen) - 1))])


def measure_page(count: int, rounds: int) -> None:
    """The inbox as a browser gets it; the floor is the limit."""
    from benchmarks import page

    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES["staticfiles"]["BACKEND"] = plain
    page.fill(count)
    client = page.signed_in()
    page.first_page(client)  # reads the templates
    for _ in range(rounds):
        times = [page.first_page(client) for _ in range(10)]
        show(f"inbox page of {count}", "ms", 100, statistics.median(times))
        show(f"inbox queries of {count}", "", 12, page.queries(client))


def measure_crowd(count: int, rounds: int) -> None:
    """What a crowd of waiting runs costs those who come; the floor is the limit."""
    from benchmarks import crowd

    crowd.fill(count)
    for number in range(rounds):
        pages = [crowd.first_page() for _ in range(20)]
        show(f"first 50 of {count}, SQL", "ms", 3, statistics.median(pages))
        alone = [crowd.answer_alone() for _ in range(10)]
        many = [crowd.answer(10 * number + each + 1) for each in range(10)]
        medians = statistics.median(alone), statistics.median(many)
        show(f"answer one of {count}, or a lone one", "ms", *medians)
        show(f"start-up beside {count} waiting", "ms", 2000, crowd.start_up())


def measure_behind(count: int, rounds: int) -> None:
    """The crowd's first page where as many of others' are more urgent."""
    from benchmarks import crowd

    for _ in range(rounds):
        pages = [crowd.first_page() for _ in range(20)]
        show(
            f"the first 50 behind {count} of others", "ms", 3, statistics.median(pages)
        )


def show(figure: str, unit: str, floor: float, ours: float) -> None:
    line = {"figure": figure, "unit": unit, "floor": floor, "ours": ours}
    print(json.dumps(line), flush=True)


def p50(cycle: Callable[[], None], cycles: int) -> float:
    times = []
    for _ in range(cycles):
        began = time.perf_counter()
        cycle()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


async def p50_of(job: Any, cycles: int) -> float:
    times = []
    for _ in range(cycles):
        began = time.perf_counter()
        await job.cycle()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def throughput(floor: Floor, cycles: int) -> float:
    each = max(1, cycles // CALLERS)

    def one(_: int) -> None:
        for _ in range(each):
            floor.cycle()

    with ThreadPoolExecutor(CALLERS) as pool:
        began = time.perf_counter()
        list(pool.map(one, range(CALLERS)))
        return CALLERS * each / (time.perf_counter() - began)


async def throughput_of(job: Any, cycles: int) -> float:
    each = max(1, cycles // CALLERS)
    began = time.perf_counter()
    await job.together(CALLERS, each)
    return float(CALLERS * each / (time.perf_counter() - began))


FLOWS: dict[int, Any] = {}


def compare_steps(floor: Floor, job: Any, length: int) -> None:
    flow = FLOWS.setdefault(length, None) or job.chain(length)
    FLOWS[length] = flow
    raw = floor.steps(length)
    ours = asyncio.run(job.steps(flow))
    show(
        f"per step of {length}, p50",
        "ms",
        statistics.median(raw) * 1000,
        statistics.median(ours) * 1000,
    )
    tenth = max(1, len(ours) // 10)
    show(
        f"last tenth to first tenth of {length}",
        "ratio",
        1.0,
        statistics.median(ours[-tenth:]) / statistics.median(ours[:tenth]),
    )


if __name__ == "__main__":
    main()
