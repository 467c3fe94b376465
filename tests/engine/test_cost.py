"""What a run costs the database, counted: a count says the same on every machine."""

from __future__ import annotations

import asyncio

import pytest
from django.db import connection

from tests.engine.making import Calls, asks, on_engine, stored
from workflows import Workflow, process

pytestmark = pytest.mark.django_db(transaction=True)
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


class Told:
    """What the engine's own connection is told, from one look to the next."""

    def look(self) -> list[str]:
        """The statements since the last look, with ``BEGIN`` and ``COMMIT``."""
        return on_engine(process.in_database(self._look))

    def _look(self) -> list[str]:
        connection.force_debug_cursor = True
        told = [query["sql"] for query in connection.queries_log]
        connection.queries_log.clear()
        return told


@pytest.fixture
def asking(calls: Calls) -> Workflow:
    flow = Workflow("flow").then(calls.step("prepare", 1))
    flow = flow.then(calls.step("ask", asks()))
    return flow.then(calls.step("finish", 2)).commit()


@pytest.fixture
def told(asking: Workflow) -> Told:
    """Ends with the connection: the engine's thread closes it after each test."""
    on_engine(cycles(asking, 1))  # the audit chain begins
    watch = Told()
    watch.look()
    return watch


def transactions(told: list[str]) -> int:
    """How often the disk is waited for: once for what stands in no transaction."""
    count, inside = 0, False
    for statement in told:
        if statement.startswith("BEGIN"):
            inside = True
        elif statement == "COMMIT":
            count, inside = count + 1, False
        elif statement.startswith(WRITES) and not inside:
            count += 1
    return count


def statements(told: list[str]) -> int:
    return sum(not sql.startswith(("BEGIN", "COMMIT")) for sql in told)


async def cycles(flow: Workflow, count: int) -> None:
    """So many runs at the same time, each from start to success with its answer."""

    async def one() -> None:
        run = await flow.acreate_run()
        await run.astart(None)
        assert (await (await flow.aget_run(run.id)).aresume("yes")).status == "success"

    await asyncio.gather(*(one() for _ in range(count)))


def test_a_cycle_costs_seven_transactions(told: Told, asking: Workflow) -> None:
    on_engine(cycles(asking, 1))
    seen = told.look()
    assert transactions(seen) == 7
    assert statements(seen) == (25 if connection.vendor == "postgresql" else 31)


def test_many_runs_at_a_time_share_transactions_and_the_audit_chain(
    told: Told, asking: Workflow
) -> None:
    on_engine(cycles(asking, 20))
    seen = told.look()
    assert transactions(seen) < 7 * 20 / 2
    heads = [sql for sql in seen if sql.startswith("UPDATE approvals_audithead")]
    assert len(heads) < 10


def test_a_run_of_many_steps_is_read_by_few_statements(
    calls: Calls, told: Told
) -> None:
    """Of a run with a snapshot the values are fetched together, not one by one."""
    body = Workflow("body").then(calls.step("x", lambda ctx: ctx.input_data)).commit()
    flow = Workflow("many").foreach(body, concurrency=60).commit()
    run = flow.create_run()
    items = list(range(60))
    assert run.start(items).result == items
    assert stored(run).snapshot_seq
    told.look()
    result = run.refresh()
    assert (result.result, len(result.steps)) == (items, 121)
    assert result.steps["body[59].x"].payload == 59
    assert statements(told.look()) <= 6
    told.look()
    last = run.events(after=stored(run).head - 1)
    assert [event.payload["result"] for event in last] == [items]
    assert statements(told.look()) <= 6
