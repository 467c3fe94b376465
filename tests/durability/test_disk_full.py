"""T14: the disk is full in the midst of work, then there is room again."""

import json
import os
import resource
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.acceptance.clients import Refused
from tests.acceptance.test_crash import TOKENS, errands
from tests.acceptance.traffic import Errand
from tests.durability.test_outages import PEOPLE
from tests.servers import ServerFactory, ServerProcess
from tests.settings import ON_POSTGRESQL
from tests.workers import eventually

ROUNDS = [3, pytest.param(100, marks=pytest.mark.long)]
MOST = 200  # starts until the disk must be full
UNLIMITED = resource.RLIM_INFINITY

if not ON_POSTGRESQL:  # of another user's server no file can be limited

    @pytest.mark.parametrize("rounds", ROUNDS)
    def test_a_full_disk_refuses_and_loses_nothing(
        rounds: int, server_factory: ServerFactory
    ) -> None:
        server = server_factory.create(LEASE="2")
        tokens = json.loads(server.shell(PEOPLE + TOKENS))
        server.start()
        errand = errands(server.url, tokens)[2]
        acknowledged: list[str] = []
        for number in range(rounds):
            fill_disk(server)
            refusals = started_until_refused(errand, f"full-{number}", acknowledged)
            assert set(refusals) <= {503, 507}
            free_disk(server)
            start(errand, f"free-{number}", acknowledged)
        eventually(lambda: all_asked(errand, acknowledged))
        server.stop()
        with sqlite3.connect(database_of(server)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        server.manage("audit_verify")


def database_of(server: ServerProcess) -> Path:
    return Path("/" + urlsplit(server.database_url).path.lstrip("/"))


def fill_disk(server: ServerProcess) -> None:
    """No file of the server can become longer than its journal is now."""
    limit(server, os.path.getsize(f"{database_of(server)}-wal"))


def free_disk(server: ServerProcess) -> None:
    limit(server, UNLIMITED)


def limit(server: ServerProcess, size: int) -> None:
    assert server.process is not None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def started_until_refused(
    errand: Errand, prefix: str, acknowledged: list[str]
) -> list[int]:
    """Start runs until three were refused; how they were."""
    refusals: list[int] = []
    for number in range(MOST):
        try:
            start(errand, f"{prefix}-{number}", acknowledged)
        except Refused as refused:
            refusals.append(refused.status)
        if len(refusals) == 3:
            return refusals
    raise AssertionError("the disk was never full")


def start(errand: Errand, run_id: str, acknowledged: list[str]) -> None:
    errand.submitter.post(
        f"workflows/{errand.workflow}/runs/",
        input_data=errand.input_data,
        run_id=run_id,
    )
    acknowledged.append(run_id)


def all_asked(errand: Errand, run_ids: list[str]) -> bool:
    """Whether each run has come to its question by itself."""
    runs = [errand.submitter.get(f"runs/{run_id}/") for run_id in run_ids]
    return {run["status"] for run in runs} == {"suspended"}
