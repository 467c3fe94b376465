"""T6 and T7: the database, or Redis, goes away and comes back while people work."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any, TypeAlias

import psycopg
import pytest

from tests.acceptance.clients import Client, Refused
from tests.acceptance.crowd import Browser
from tests.acceptance.test_crash import INSPECTION, REQUEST, TOKENS, errands, settled
from tests.acceptance.traffic import Errand, Traffic
from tests.durability.postgres import PrivatePostgres, private_postgres
from tests.servers import ServerFactory, ServerProcess
from tests.workers import CELERY, PrivateRedis, eventually, working

Fault: TypeAlias = tuple[Callable[[], object], Callable[[], object]]
Asked: TypeAlias = dict[str, Any]

pytestmark = pytest.mark.one_database
OUTAGES = [3, pytest.param(300, marks=pytest.mark.long)]
BREAKDOWNS = [3, pytest.param(150, marks=pytest.mark.long)]
LONGEST = 5.0  # seconds that the database is gone, at random
BACK = 15.0  # seconds until work goes on after the database is back
UNDISTURBED = 1.0  # seconds a decision may take because of a Redis
SWEPT = 15.0  # seconds until a run goes on that no job told of
BATCH = 60  # answers of one request
SHOWN = ("digest", "version")
DECIDED = (
    "SELECT count(*) FROM approvals_decision d JOIN approvals_approval a"
    " ON a.id = d.approval_id WHERE a.run_id LIKE %s"
)
PEOPLE = """
from examples.demo import people
people.make_people()
"""
SIGN_IN = """
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.get(username="mei"))
print(client.session.session_key)
"""
ASKING = """
import time
from django.contrib.auth.models import Group
from django.db import connection
from workflows import StepContext, Workflow, step

@step
async def count(_: None, ctx: StepContext) -> int:
    return await Group.objects.acount()

@step
def count_again(_: int) -> int:
    return Group.objects.count()

flow = Workflow("asking").then(count).then(count_again).commit()
print(flow.create_run().start(None).status)
with connection.cursor() as cursor:
    cursor.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
time.sleep(1.1)
print(flow.create_run().start(None).status)
"""


@dataclass(frozen=True, kw_only=True)
class Office:
    server: ServerProcess
    tokens: dict[str, str]

    @property
    def errand(self) -> Errand:
        return errands(self.server.url, self.tokens)[2]

    def asked(self, prefix: str, number: int) -> list[Asked]:
        """What Mei is asked by so many runs of Piotr's."""
        piotr, mei = self._client("piotr"), self._client("mei")
        runs = [f"{prefix}-{nth}" for nth in range(number)]
        for run_id in runs:
            path = "workflows/access-request/runs/"
            piotr.post(path, input_data=REQUEST, run_id=run_id)
        found = []
        for run_id in runs:
            path = f"approvals/?run={run_id}"
            eventually(lambda path=path: mei.get(path)["results"])  # type: ignore[misc]
            (row,) = mei.get(path)["results"]
            found.append(mei.get(f"approvals/{row['id']}/"))
        return found

    def browser(self) -> Browser:
        """In which Mei is signed in."""
        return Browser(self.server.url, self.server.shell(SIGN_IN).strip())

    def by_rest(self, asked: list[Asked]) -> tuple[int, int]:
        """Answer all of them at once; how many are in, and got no answer."""
        items = [
            {name: each[name] for name in ("id", "digest", "version")} for each in asked
        ]
        said = self._client("mei").post(
            "approvals/bulk-decide/", items=items, data={"decision": "grant"}
        )
        statuses = Counter(result["status"] for result in said["results"])
        assert said["unavailable"] == statuses[503]
        return statuses[200] + statuses[409], statuses[503]

    def by_page(self, browser: Browser, asked: list[Asked]) -> tuple[int, int]:
        fields: dict[str, Any] = {"id": [each["id"] for each in asked]}
        for each in asked:
            fields |= {f"{name}.{each['id']}": each[name] for name in SHOWN}
        status, page = browser.ask("/bulk/", verdict="grant", **fields)
        assert status == 200
        done, lost = page.count(">Done</span>"), page.count(">Not known</span>")
        return done + page.count("You answered this"), lost

    def decided(self, prefix: str) -> int:
        """How many answers to them are in."""
        with psycopg.connect(self.server.database_url) as connection:
            row = connection.execute(DECIDED, [f"{prefix}-%"]).fetchone()
        assert row is not None
        return int(row[0])

    def _client(self, name: str) -> Client:
        return Client(url=self.server.url, token=self.tokens[name])


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
def staff(factory: ServerFactory) -> Office:
    """People who may start and decide."""
    server = factory.create()
    tokens = json.loads(server.shell(PEOPLE + TOKENS))
    return Office(server=server, tokens=tokens)


@pytest.fixture
def office(staff: Office) -> Iterator[Office]:
    """The same, at a server that isn't started yet and is ended with the test."""
    (staff.server.data_dir / "server.log").unlink(missing_ok=True)
    yield staff
    staff.server.stop()
    staff.server.extra.clear()


@pytest.mark.parametrize("outages", OUTAGES)
def test_a_database_that_goes_and_comes_back_costs_nothing_but_time(
    outages: int, postgres: PrivatePostgres, office: Office
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the outages: {seed}")
    chance = random.Random(seed)
    server = office.server
    server.start()
    traffic = Traffic(errands=[office.errand])
    traffic.start()
    for leave, come_back in some(outages, outages_of(postgres)):
        assert traffic.decides_within(BACK), server.log()[-3000:]
        leave()
        time.sleep(chance.uniform(0.0, LONGEST))
        come_back()
    assert traffic.decides_within(BACK), server.log()[-3000:]
    traffic.stop()
    assert settled(Client(url=server.url, token=office.tokens["oskar"]))
    server.stop()
    found = json.loads(server.shell(INSPECTION))["runs"]
    assert {(fault.status, fault.retry_after) for fault in traffic.faults} <= {
        (503, "2")
    }
    for run_id in traffic.decided:
        assert found[run_id]["decisions"] == 1, run_id
    for run_id, run in found.items():
        assert run["gapless"], run_id
        assert run["recorded_twice"] == [], run_id
        assert run["attention"] == "", run_id
        assert run["open"] == (run["status"] == "suspended"), run_id
    server.manage("audit_verify")


def test_a_batch_keeps_what_came_before_the_database_went_and_takes_the_rest_later(
    postgres: PrivatePostgres, office: Office
) -> None:
    office.server.start()
    ways: dict[str, Callable[[list[Asked]], tuple[int, int]]] = {
        "page": partial(office.by_page, office.browser()),
        "rest": office.by_rest,
    }
    asked = {way: office.asked(way, BATCH) for way in ways}
    answers = {}
    with ThreadPoolExecutor(len(ways)) as pool:
        for way, answer_all in ways.items():
            answers[way] = pool.submit(answer_all, asked[way])
            eventually(partial(office.decided, way))
        postgres.stop()
    postgres.start()
    for way, answer_all in ways.items():
        done, lost = answers[way].result()
        assert 0 < done < BATCH
        assert done + lost == BATCH
        # What was in the middle of its commit is in, or is not; all behind it are not.
        assert office.decided(way) in (done, done + 1)
        assert answer_all(asked[way]) == (BATCH, 0)
        assert office.decided(way) == BATCH
    assert '"code": 500' not in office.server.log()


def test_a_connection_that_was_lost_while_nothing_went_on_fails_no_run(
    staff: Office,
) -> None:
    """Neither the engine's own nor that of its async steps, nor those in the pool."""
    assert staff.server.shell(ASKING).split() == ["success", "success"]


def test_who_meets_a_lost_database_is_told_what_is_known(
    postgres: PrivatePostgres, office: Office
) -> None:
    office.server.start()
    (asked,) = office.asked("lonely", 1)
    browser, path = office.browser(), f"/approvals/{asked['id']}/"
    answer = {"answer.decision": "grant", "digest": asked["digest"], "version": 1}
    postgres.stop()
    with ThreadPoolExecutor(3) as pool:
        read = pool.submit(browser.ask, path)
        answered = pool.submit(browser.ask, path, **answer)
        called = pool.submit(office.by_rest, [asked])
    postgres.start()
    for status, page in (read.result(), answered.result()):
        assert status == 503
        assert "The database does not answer just now" in page
    assert f'href="{path}">Try again' in read.result()[1]
    assert "is not known" in answered.result()[1]
    with pytest.raises(Refused, match="may have been made or not") as refused:
        called.result()
    assert (refused.value.status, refused.value.retry_after) == (503, "2")
    assert '"code": 500' not in office.server.log()
    assert office.server.log().count('"code": 503') == 3
    eventually(lambda: browser.ask(path, **answer)[0] == 302)


@pytest.mark.parametrize("number", BREAKDOWNS)
def test_a_redis_that_goes_and_comes_back_is_not_noticed_by_who_decides(
    number: int, office: Office, private_redis: PrivateRedis
) -> None:
    office.server.extra["REDIS_URL"] = private_redis.url
    office.server.start()
    errand = office.errand
    with working(office.server, *CELERY):
        seen_through(errand, "before")
        for nth, (leave, come_back) in enumerate(
            some(number, breakdowns(private_redis))
        ):
            leave()
            assert seen_through(errand, f"down-{nth}") < UNDISTURBED
            come_back()
            assert seen_through(errand, f"back-{nth}") < UNDISTURBED


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


def some(number: int, faults: list[Fault]) -> Iterator[Fault]:
    """So many, each kind in its turn."""
    return islice(cycle(faults), number)


def outages_of(postgres: PrivatePostgres) -> list[Fault]:
    return [
        (postgres.stop, postgres.start),
        (postgres.cut_off, lambda: None),
        (postgres.freeze, postgres.thaw),
    ]


def breakdowns(redis: PrivateRedis) -> list[Fault]:
    return [
        (redis.stop, redis.start),
        (lambda: redis.command("FLUSHALL"), lambda: None),
        (redis.freeze, redis.thaw),
    ]
