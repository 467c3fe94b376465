"""Several machines: web and workers that share a database, perhaps a Redis too."""

import time
from typing import Any

import pytest
from celery import Celery

from tests.servers import ServerProcess
from tests.settings import ON_POSTGRESQL
from tests.workers import (
    CELERY,
    PATIENCE,
    RUN_WORKER,
    PrivateRedis,
    eventually,
    working,
)
from workflows import Run, dispatch, registry
from workflows.models import Event
from workflows.models import Run as RunRow
from workflows.publisher import TIMEOUT, Publisher
from workflows.worker import SWEEP

REFUND = {
    "customer": "Håkan Öberg",
    "email": "hakan@example.se",
    "order": "SE-640018",
    "ordered_on": "2026-11-01",
    "received_on": "2026-11-17",
    "items": [{"name": "rain jacket", "unit_price": "159.00"}],
    "message": "The jacket came twelve days after the promised day.",
}
ACCESS = {
    "engineer": "Piotr Zieliński",
    "system": "orders-db",
    "level": "read",
    "hours": 1,
    "reason": "Check one slow query plan with EXPLAIN.",
}
QUEUES = "refund-agent=heavy"


def started(workflow: str, given: Any, number: int = 1) -> list[Run]:
    """Runs that were handed in, for workers to execute."""
    installed: Any = registry.get(workflow)
    runs = [installed.create_run() for _ in range(number)]
    for run in runs:
        run.start(given, wait=False)
    return runs


def executed_by(run: Run) -> int:
    """The process that first executed the run."""
    claims = Event.objects.filter(run=run.id, type="workflow-claimed")
    return int(str(claims.order_by("seq")[0].payload["holder"]).split("|")[3])


def all_are(status: str) -> bool:
    return set(RunRow.objects.values_list("status", flat=True)) == {status}


def test_a_worker_takes_the_runs_of_its_queues_only(shared: ServerProcess) -> None:
    refunds, access = (
        started("refund-agent", REFUND, 2),
        started("access-request", ACCESS, 2),
    )
    shared.extra["QUEUES"] = QUEUES
    shared.manage("run_worker", "--until-idle", "--queues", "heavy")
    assert {run.refresh().status for run in refunds} == {"suspended"}
    assert {run.refresh().status for run in access} == {"pending"}
    with working(shared, *RUN_WORKER) as worker:
        eventually(lambda: all_are("suspended"))
        assert {executed_by(run) for run in access} == {worker.pid}
        assert worker.stop() == 0


if ON_POSTGRESQL:

    @pytest.fixture
    def cluster(shared: ServerProcess, private_redis: PrivateRedis) -> ServerProcess:
        shared.extra |= {"REDIS_URL": private_redis.url, "QUEUES": QUEUES}
        return shared

    def test_workers_on_celery_execute_the_runs_of_their_queues(
        cluster: ServerProcess,
    ) -> None:
        refunds, access = (
            started("refund-agent", REFUND, 3),
            started("access-request", ACCESS, 3),
        )
        with (
            working(cluster, *CELERY, "-Q", "default", "-n", "a@test") as plain,
            working(cluster, *CELERY, "-Q", "heavy", "-n", "b@test") as heavy,
        ):
            eventually(lambda: all_are("suspended"))
            assert plain.stop() == heavy.stop() == 0
        assert {executed_by(run) for run in access} == {plain.pid}
        assert {executed_by(run) for run in refunds} == {heavy.pid}

    def test_a_job_wakes_a_worker_long_before_its_sweep(
        cluster: ServerProcess,
        private_redis: PrivateRedis,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        first = started("refund-agent", REFUND)
        with working(cluster, *CELERY):
            eventually(lambda: first[0].refresh().status == "suspended")
            eventually(lambda: private_redis.command("PUBSUB", "NUMPAT") != "0")
            publisher = Publisher(Celery(broker=private_redis.url))
            monkeypatch.setattr(dispatch, "_messengers", [publisher.publish])
            took = []
            for _ in range(3):
                # The worker has just looked, so without a job it would do so again
                # only a whole sweep from now.
                began = time.monotonic()
                started("refund-agent", REFUND)
                eventually(lambda: all_are("suspended"))
                took.append(time.monotonic() - began)
            assert min(took) < SWEEP / 2

    def test_without_its_broker_a_worker_finds_its_runs_in_the_database(
        cluster: ServerProcess, private_redis: PrivateRedis
    ) -> None:
        private_redis.stop()
        with working(cluster, *CELERY) as worker:
            (run,) = started("access-request", ACCESS)
            eventually(lambda: all_are("suspended"))
            assert executed_by(run) == worker.pid

    def test_a_worker_nobody_sends_jobs_to_is_not_started(
        cluster: ServerProcess,
    ) -> None:
        with working(cluster, *CELERY, CELERY="false") as worker:
            assert worker.process is not None
            assert worker.process.wait(timeout=PATIENCE) != 0
            assert "manage.py run_worker" in worker.log()

    def test_a_worker_of_a_misspelt_queue_is_not_started(
        cluster: ServerProcess,
    ) -> None:
        with working(cluster, *CELERY, "-Q", "heavvy") as worker:
            assert worker.process is not None
            assert worker.process.wait(timeout=PATIENCE) != 0
            assert "QUEUES knows default, heavy" in worker.log()


@pytest.mark.one_database
def test_a_broker_that_takes_nothing_holds_nobody_up(
    private_redis: PrivateRedis,
) -> None:
    publisher = Publisher(Celery(broker=private_redis.url))
    publisher.publish("before")
    eventually(lambda: private_redis.command("LLEN", "default") == "1")
    for breaks, mends in (
        (private_redis.freeze, private_redis.thaw),
        (private_redis.stop, private_redis.start),
    ):
        breaks()
        began = time.monotonic()
        for number in range(200):
            publisher.publish(f"lost-{number}")
        assert time.monotonic() - began < TIMEOUT / 5
        time.sleep(TIMEOUT)
        mends()
        eventually(lambda: arrives_again(publisher, private_redis))


def arrives_again(publisher: Publisher, redis: PrivateRedis) -> bool:
    before = redis.command("LLEN", "default")
    publisher.publish("after")
    time.sleep(0.1)
    return redis.command("LLEN", "default") != before
