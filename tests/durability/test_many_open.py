"""Ten thousand questions are open, and an inbox or an answer costs what it cost before.

Counted is what the database does, not how long it takes.
"""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals import ApprovalPolicy, inbox
from approvals.models import Approval, ApprovalCandidate
from benchmarks.crowd import multiply
from tests.approvals.conftest import Desk, desk
from tests.settings import ON_POSTGRESQL
from workflows import get_run, selectors

__all__ = ["desk"]

FEW = 2_000  # more than a list that is made at once, so that the way is the same
FLAT = 1.2
# Entries read beyond that. Samples of statistics lead PostgreSQL now and then to a plan
# that reads one group's share; what reads all that was added reads eight times more.
ENTRIES = 1_000
MANY = [10_000, pytest.param(100_000, marks=pytest.mark.long)]
MOST_QUERIES = 15
MOST_BYTES = 20_000  # of a run that waits
PAGE = 50
SIZE = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
if ON_POSTGRESQL:
    SIZE = "SELECT pg_database_size(current_database())"
ENTRIES_READ = """
SELECT sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid))
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""


@pytest.fixture(autouse=True)
def no_dead_rows(db: None) -> None:
    """Rows of tests before, rolled back, change PostgreSQL's plans and are counted."""
    if not ON_POSTGRESQL:
        return
    own = connection.copy()  # VACUUM wants no transaction around it
    try:
        with own.cursor() as cursor:
            cursor.execute("VACUUM")
    finally:
        own.close()


def work(act: Callable[[], object]) -> int:
    """What an act costs: rows and index entries read, or steps of SQLite's machine."""
    if ON_POSTGRESQL:
        before = entries_read()
        act()
        return entries_read() - before
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.connection.set_progress_handler(count, 1)
    try:
        act()
    finally:
        connection.connection.set_progress_handler(None, 1)
    return steps


def entries_read() -> int:
    """Read by this transaction so far, one by one from tables and from indexes."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES_READ)
        (number,) = cursor.fetchone()
    return int(number)


def stored() -> int:
    """The bytes of all tables and indexes."""
    with connection.cursor() as cursor:
        cursor.execute(SIZE)
        (number,) = cursor.fetchone()
    return int(number)


class Crowd:
    """Alice is asked everything, by name and among others of ten groups, by ten people;
    Robert is asked ten things.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk, self.alice = desk, desk.alice
        self.robert = User.objects.create_user("robert")
        self.robert.groups.add(Group.objects.create(name="juniors"))
        self._starters = [User.objects.create_user(f"starter-{n}") for n in range(10)]
        self._groups = [Group.objects.create(name=f"group-{n}") for n in range(10)]
        asking_alice = ApprovalPolicy(users=["alice"], groups=["managers"])
        self._all = desk.ask(asking_alice)
        few = desk.ask(ApprovalPolicy(users=["robert"], groups=["juniors"]))
        multiply(few.run_id, few.pk, 9, prefix="few")
        self._browser = Client()
        self._browser.force_login(self.robert)

    def grow(self, count: int, name: str) -> None:
        """Ask Alice more; by and with whom is told by the last digit."""
        multiply(self._all.run_id, self._all.pk, count, prefix=name)
        for n, (starter, group) in enumerate(
            zip(self._starters, self._groups, strict=True)
        ):
            own = Approval.objects.filter(pk__regex=f"^{name}-.*{n}$")
            own.update(initiator=starter)
            asked = ApprovalCandidate.objects.filter(approval__in=own.values("pk"))
            asked.filter(group__isnull=False).update(group=group)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def costs(self, name: str) -> dict[str, int]:
        """What each act costs; those that change something take a run of ``name``."""
        answer = {"approved": True}
        return {
            "Robert's inbox": work(self.page),
            "Robert's search": work(lambda: self.page("?q=pay")),
            "Alice's list": work(lambda: list(inbox.waiting_for(self.alice)[:PAGE])),
            "a request": work(lambda: inbox.get_visible(self.alice, f"{name}-1")),
            "a decision": work(lambda: self.decide(f"{name}-1")),
            "a cancel": work(lambda: get_run(f"{name}-1").cancel()),
            "an answer": work(lambda: get_run(f"{name}-2").resume(answer)),
            "a worker's look": work(a_workers_look),
        }

    def decide(self, approval_id: str) -> None:
        closed = self.desk.answer(Approval.objects.get(pk=approval_id), self.alice)
        assert not closed.is_open

    def page(self, query: str = "") -> None:
        with CaptureQueriesContext(connection) as queries:
            answered = self._browser.get(f"/{query}")
        assert answered.status_code == 200
        assert len(answered.context["page"].rows) == 10
        assert len(queries) <= MOST_QUERIES


def a_workers_look() -> None:
    assert selectors.due(timezone.now(), PAGE) == selectors.Due([], None)
    assert selectors.held_by_the_dead(PAGE) == []


@pytest.mark.parametrize("many", MANY)
def test_what_waits_costs_those_nothing_who_are_not_asked(
    many: int, desk: Desk
) -> None:
    crowd = Crowd(desk)
    crowd.grow(FEW, "first")
    crowd.grow(2, "warm")
    crowd.costs("warm")  # what is only asked once, such as content types
    few = crowd.costs("first")
    before = stored()
    crowd.grow(many - FEW, "more")
    print(f"bytes of a waiting run: {(stored() - before) // (many - FEW)}")
    assert stored() - before < MOST_BYTES * (many - FEW)
    then = crowd.costs("more")
    print({what: (few[what], cost) for what, cost in then.items()})
    grown = {what for what, cost in then.items() if cost > FLAT * few[what] + ENTRIES}
    assert grown == set()
