"""Fixtures, markers and rules of the whole suite.

Fixtures (each skips its test where the thing is missing):
  postgres_url, redis_url, chromium_path   addresses of what the machine offers
  server_factory       `.create(**env)` gives a `ServerProcess` that isn't started
  live_server_process  a started `ServerProcess` with an empty, migrated database:
                       `.url .ws_url .port .manage() .shell() .log() .stop() .kill9()
                       .start()`; it is ended with the test
Servers use SQLite, or PostgreSQL when the suite itself runs on PostgreSQL.

The suite runs on SQLite; with TEST_DATABASE=postgresql those tests run that touch
the database, except the ones marked `one_database`. Tests marked `long` run only
with --long, and then alone. With REQUIRE_ALL=1 a skipped test is a failed one.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django import DjangoDbBlocker

from tests import flushing, services
from tests.servers import ServerFactory, ServerProcess
from tests.settings import ON_POSTGRESQL, SCRATCH

DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "live_server",
    "live_server_process",
    "server_factory",
}
SLOW = {"acceptance", "browser", "durability", "house"}  # folders
BEFORE = 0.8  # of the other tests
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
if ON_POSTGRESQL:
    flushing.install()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    return _found(services.postgres)


@pytest.fixture(scope="session")
def redis_url() -> str:
    return _found(services.redis)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    return _found(services.chromium)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """As pytest-django's; no thread's leftover connection keeps the database alive."""
    yield
    if ON_POSTGRESQL:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _nobodys_language() -> Iterator[None]:
    """A request leaves the language of its reader behind in the thread."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def _all_servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServerFactory]:
    url = services.postgres() if ON_POSTGRESQL else None
    directory = tmp_path_factory.mktemp("servers")
    factory = ServerFactory(directory, shared=SCRATCH, postgres_url=url)
    yield factory
    factory.end_servers()
    factory.drop_databases()


@pytest.fixture
def server_factory(_all_servers: ServerFactory) -> Iterator[ServerFactory]:
    yield _all_servers
    _all_servers.end_servers()


@pytest.fixture
def live_server_process(server_factory: ServerFactory) -> ServerProcess:
    server = server_factory.create()
    server.start()
    return server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long tests alone")
    parser.addoption("--totals", type=Path, help="write the numbers to this file")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    wanted = [item for item in items if _is_wanted(item, config.getoption("--long"))]
    rest = [item for item in items if item not in set(wanted)]
    config.hook.pytest_deselected(items=rest)
    items[:] = _spread(wanted)
    if ON_POSTGRESQL:
        _skip_without_postgres(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    engine = sys.modules.get("workflows.process")
    if engine is not None and engine.process._pool and _uses_database(item):
        engine.process.watcher.start()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """No thread of the engine asks the database between two tests."""
    engine = sys.modules.get("workflows.process")  # it needs settings to be imported
    if engine is not None:
        engine.process.watcher.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1, but: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1, but: {_reason(report)}"
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # all workers are done
        everywhere = ServerFactory(
            SCRATCH, shared=SCRATCH, postgres_url=services.POSTGRES_URL
        )
        everywhere.drop_template()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    stats = terminalreporter.stats
    totals = {
        "passed": len(stats.get("passed", [])),
        "failed": len(stats.get("failed", [])) + len(stats.get("error", [])),
        "skipped": Counter(_reason(report) for report in stats.get("skipped", [])),
    }
    if path := config.getoption("--totals"):
        path.write_text(json.dumps(totals))


def _found(finder: services.Finder) -> str:
    try:
        return finder()
    except services.Missing as missing:
        pytest.skip(str(missing))


def _is_wanted(item: pytest.Item, long: bool) -> bool:
    if (item.get_closest_marker("long") is not None) != long:
        return False
    if not ON_POSTGRESQL:
        return True
    return item.get_closest_marker("one_database") is None and _uses_database(item)


def _spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """File by file; those of real processes evenly among the others, and early.

    They take longest: no worker is left with them in the end while others idle, and
    not all have one at the same time.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    slow = [path for path in files if SLOW & set(path.parts)]
    quick = [path for path in files if not SLOW & set(path.parts)]
    share = BEFORE * len(quick) / max(len(slow), 1)
    places = {path: place * share for place, path in enumerate(slow)}
    places |= {path: float(place) for place, path in enumerate(quick)}
    return [
        item for path in sorted(files, key=places.__getitem__) for item in files[path]
    ]


def _uses_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db") is not None:
        return True
    if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    test_case = getattr(item, "cls", None)
    return test_case is not None and issubclass(test_case, TransactionTestCase)


def _skip_without_postgres(items: list[pytest.Item]) -> None:
    try:
        services.postgres()
    except services.Missing as missing:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=str(missing)))


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)
