"""T6 and T7: the database, or Redis, goes away and comes back while people work."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.acceptance.clients import Client
from tests.acceptance.test_crash import INSPECTION, TOKENS, errands, settled
from tests.acceptance.traffic import Errand, Traffic
from tests.durability.postgres import PrivatePostgres, private_postgres
from tests.servers import ServerFactory, ServerProcess
from tests.workers import CELERY, PrivateRedis, eventually, working

pytestmark = pytest.mark.one_database
BACK = 15.0  # seconds until work goes on after the database is back
UNDISTURBED = 1.0  # seconds a decision may take because of a Redis
SWEPT = 15.0  # seconds until a run goes on that no job told of
PEOPLE = """
from examples.demo import people
people.make_people()
"""


@dataclass(frozen=True, kw_only=True)
class Office:
    server: ServerProcess
    tokens: dict[str, str]

    @property
    def errand(self) -> Errand:
        return errands(self.server.url, self.tokens)[2]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    with private_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def factory(
    postgres: PrivatePostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerFactory]:
    directory = tmp_path_factory.mktemp("s")
    made = ServerFactory(directory, shared=directory, postgres_url=postgres.url)
    yield made
    made.end_servers()


@pytest.fixture(scope="module")
def office(factory: ServerFactory) -> Office:
    """A server, not started yet, with people who may start and decide."""
    server = factory.create()
    tokens = json.loads(server.shell(PEOPLE + TOKENS))
    return Office(server=server, tokens=tokens)


def test_a_database_that_goes_and_comes_back_costs_nothing_but_time(
    postgres: PrivatePostgres, office: Office
) -> None:
    server = office.server
    server.start()
    traffic = Traffic(errands=[office.errand])
    traffic.start()
    for leave, come_back in (
        (postgres.stop, postgres.start),
        (postgres.cut_off, lambda: None),
        (postgres.freeze, postgres.thaw),
    ):
        assert traffic.decides_within(BACK), server.log()[-3000:]
        leave()
        time.sleep(1.0)
        come_back()
    assert traffic.decides_within(BACK), server.log()[-3000:]
    traffic.stop()
    assert settled(Client(url=server.url, token=office.tokens["oskar"]))
    server.stop()
    found = json.loads(server.shell(INSPECTION))["runs"]
    assert {fault[:4] for fault in traffic.faults} <= {"503:"}
    for run_id in traffic.decided:
        assert found[run_id]["decisions"] == 1, run_id
    for run_id, run in found.items():
        assert run["gapless"], run_id
        assert run["recorded_twice"] == [], run_id
        assert run["attention"] == "", run_id
        assert run["open"] == (run["status"] == "suspended"), run_id
    server.manage("audit_verify")


def test_a_redis_that_goes_and_comes_back_is_not_noticed_by_who_decides(
    office: Office, private_redis: PrivateRedis
) -> None:
    office.server.extra["REDIS_URL"] = private_redis.url
    office.server.start()
    errand = office.errand
    with working(office.server, *CELERY):
        seen_through(errand, "before")
        for number, (leave, come_back) in enumerate(breakdowns(private_redis)):
            leave()
            assert seen_through(errand, f"down-{number}") < UNDISTURBED
            come_back()
            assert seen_through(errand, f"back-{number}") < UNDISTURBED
    office.server.stop()


def seen_through(errand: Errand, run_id: str) -> float:
    """A run from its start to its end; the seconds its decision took."""
    errand.submitter.post(
        f"workflows/{errand.workflow}/runs/",
        input_data=errand.input_data,
        run_id=run_id,
    )
    asked = f"approvals/?status=open&run={run_id}"
    eventually(lambda: errand.reviewer.get(asked)["results"], SWEPT)
    found = errand.reviewer.get(asked)["results"][0]["id"]
    approval = errand.reviewer.get(f"approvals/{found}/")
    began = time.monotonic()
    errand.reviewer.post(
        f"approvals/{approval['id']}/decide/",
        data=errand.answer(approval),
        digest=approval["digest"],
        version=approval["version"],
    )
    took = time.monotonic() - began
    run = f"runs/{run_id}/"
    eventually(lambda: errand.submitter.get(run)["status"] == "success", SWEPT)
    return took


def breakdowns(
    redis: PrivateRedis,
) -> list[tuple[Callable[[], object], Callable[[], object]]]:
    return [
        (redis.stop, redis.start),
        (lambda: redis.command("FLUSHALL"), lambda: None),
        (redis.freeze, redis.thaw),
    ]
