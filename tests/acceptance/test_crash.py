"""kill -9 of the server while people work: it goes on by itself and nothing is lost."""

import json
import random
import time
from typing import Any

import pytest

from tests.acceptance.clients import Client
from tests.acceptance.traffic import Errand, Traffic
from tests.servers import ServerFactory, ServerProcess

KILLS = 6
LONGEST_DELAY = 1.0  # seconds that death may be delayed, at random
PATIENCE = 30  # seconds until the first decision after a start
SETTLE_SECONDS = 60
TOKENS = """
import json
from django.contrib.auth.models import User
from knox.models import AuthToken
print(json.dumps({
    user.username: AuthToken.objects.create(user)[1] for user in User.objects.all()
}))
"""
INSPECTION = """
import json
from collections import Counter
from approvals.models import Approval, Decision
from examples.access_requests.models import Grant
from workflows.models import Run
runs = {}
for run in Run.objects.all():
    events = list(run.events.order_by("seq").values_list("seq", "type", "path"))
    recorded = [path for _, kind, path in events if kind == "workflow-step-result"]
    runs[run.pk] = {
        "status": run.status,
        "result": run.result_value,
        "attention": run.attention,
        "gapless": [seq for seq, _, _ in events] == list(range(1, len(events) + 1)),
        "recorded_twice": [p for p, times in Counter(recorded).items() if times > 1],
        "open": Approval.objects.filter(run=run, status="open").count(),
        "decisions": Decision.objects.filter(approval__run=run).count(),
    }
print(json.dumps({"runs": runs, "grants": Grant.objects.count()}))
"""
CLAIM = {
    "employee": "Carol Jimenez",
    "cost_centre": "MKT-120",
    "purpose": "Photographer for half a day.",
    "period_start": "2026-11-06",
    "period_end": "2026-11-06",
    "currency": "EUR",
    "lines": [
        {
            "spent_on": "2026-11-06",
            "merchant": "Ailsa Rae Photography",
            "category": "other",
            "amount": "420.00",
        }
    ],
}
REQUEST = {
    "engineer": "Piotr Zieliński",
    "system": "orders-db",
    "level": "read",
    "hours": 1,
    "reason": "Check one slow query plan with EXPLAIN.",
}
COMPLAINT = {
    "customer": "Håkan Öberg",
    "email": "hakan@example.se",
    "order": "SE-640018",
    "ordered_on": "2026-11-01",
    "received_on": "2026-11-17",
    "items": [{"name": "rain jacket", "unit_price": "159.00"}],
    "message": "The jacket came twelve days after the promised day.",
}


def errands(url: str, tokens: dict[str, str]) -> list[Errand]:
    people = {name: Client(url=url, token=token) for name, token in tokens.items()}
    return [
        Errand(
            workflow="expense-approval",
            submitter=people["carol"],
            reviewer=people["alice"],
            input_data=CLAIM,
            answer=lambda approval: {"approved": True},
        ),
        Errand(
            workflow="access-request",
            submitter=people["piotr"],
            reviewer=people["mei"],
            input_data=REQUEST,
            answer=lambda approval: {"decision": "grant"},
        ),
        Errand(
            workflow="refund-agent",
            submitter=people["refund-agent"],
            reviewer=people["nadia"],
            input_data=COMPLAINT,
            answer=accepted,
        ),
    ]


def accepted(approval: dict[str, Any]) -> dict[str, Any]:
    fields = {name: approval["payload"][name] for name in ("amount", "subject", "body")}
    return {"decision": "send", **fields}


def killed_again_and_again(
    server: ServerProcess, traffic: Traffic, chance: random.Random
) -> None:
    """Kill it in the middle of work, and every third time while it recovers."""
    for life in range(1, KILLS + 1):
        if life % 3:
            assert traffic.decides_within(PATIENCE), "nobody gets anything done"
        time.sleep(chance.uniform(0.02, LONGEST_DELAY))
        server.kill9()
        server.start()


def settled(operator: Client) -> bool:
    """Whether nothing is left to do, without anybody having asked for it."""
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        if not operator.get("runs/?status=pending&status=running")["results"]:
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def demo_server(server_factory: ServerFactory) -> ServerProcess:
    server = server_factory.create_for_demo()
    server.manage("demo", "--no-serve", timeout=120)
    server.start()
    return server


def test_a_killed_server_goes_on_by_itself_and_loses_nothing(
    demo_server: ServerProcess,
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed of the moments of death: {seed}")
    tokens = json.loads(demo_server.shell(TOKENS))
    traffic = Traffic(errands=errands(demo_server.url, tokens))
    traffic.start()
    killed_again_and_again(demo_server, traffic, random.Random(seed))
    assert traffic.decides_within(PATIENCE)
    traffic.stop()

    assert settled(Client(url=demo_server.url, token=tokens["oskar"]))
    demo_server.stop()
    found = json.loads(demo_server.shell(INSPECTION))
    runs = found["runs"]
    assert traffic.faults == []
    assert set(traffic.started) <= runs.keys()
    for run_id in traffic.decided:
        assert runs[run_id]["decisions"] == 1, run_id
        assert runs[run_id]["status"] in ("success", "waiting"), run_id
    for run_id, run in runs.items():
        assert run["gapless"], run_id
        assert run["recorded_twice"] == [], run_id
        assert run["attention"] == "", run_id
        assert run["open"] == (run["status"] == "suspended"), run_id
    waiting = [run for run in runs.values() if run["status"] == "waiting"]
    assert found["grants"] == len(waiting)
    demo_server.manage("audit_verify")
