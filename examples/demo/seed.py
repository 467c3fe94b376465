"""Fill the desk: start the records of all examples, decide some of them.

Only the public Python API is used; a run's id is made of the record's number, so
seeding twice, or again after it was interrupted, starts nothing twice.
"""

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from django.contrib.auth.models import User
from django.utils import timezone

from approvals import decisions
from approvals.models import Approval
from approvals.proposals import proposed
from approvals.statuses import ApprovalStatus, Channel
from examples.access_requests.workflows import access_request
from examples.expenses.workflows import expense_approval
from examples.kitchen_sink.workflows import kitchen_sink
from examples.office.workflows import WORKFLOWS as OFFICE
from examples.refund_agent.workflows import refund_agent
from workflows import Workflow
from workflows.json_gate import JSONObject
from workflows.models import Run
from workflows.testing import run_until_idle

EXAMPLES = Path(__file__).resolve().parent.parent
SOURCES = (
    (expense_approval, EXAMPLES / "expenses/data/claims.json"),
    (access_request, EXAMPLES / "access_requests/data/requests.json"),
    (refund_agent, EXAMPLES / "refund_agent/data/complaints.json"),
    (kitchen_sink, EXAMPLES / "kitchen_sink/data/orders.json"),
    *((each, EXAMPLES / f"office/data/{each.id}.json") for each in OFFICE),
)
SECONDS = 120  # far more than seeding takes, on any machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody answered to one question of a record."""

    by: str
    answer: JSONObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One request out of the data files, with the decisions it already has."""

    run_id: str
    workflow: Workflow
    submitted_by: str
    input: JSONObject
    decisions: tuple[Decision, ...]


def records() -> Iterator[Record]:
    """All records of the data files, in their order."""
    for workflow, path in SOURCES:
        entries = json.loads(path.read_text(encoding="utf-8"))
        for number, entry in enumerate(entries, start=1):
            yield Record(
                run_id=f"{workflow.id}-{number:03}",
                workflow=workflow,
                submitted_by=entry["submitted_by"],
                input=entry["input"],
                decisions=tuple(Decision(**made) for made in entry["decisions"]),
            )


def seed() -> int:
    """Start and decide every record that isn't there yet; returns how many."""
    existing = set(Run.objects.values_list("id", flat=True))
    missing = [record for record in records() if record.run_id not in existing]
    people = {user.username: user for user in User.objects.all()}
    # The mails of refunds decided here would bury what the command has to say.
    with redirect_stdout(StringIO()):
        for record in missing:
            _start(record, people[record.submitted_by])
        run_until_idle(timeout=SECONDS)
        for turn in range(max((len(r.decisions) for r in missing), default=0)):
            for record in missing:
                for decision in record.decisions[turn : turn + 1]:
                    _decide(record, decision, people[decision.by])
            run_until_idle(timeout=SECONDS)
    return len(missing)


def _start(record: Record, initiator: User) -> None:
    run = record.workflow.create_run(run_id=record.run_id, initiator=initiator)
    run.start(record.input, wait=False)


def _decide(record: Record, decision: Decision, decided_by: User) -> None:
    approval = Approval.objects.get(run_id=record.run_id, status=ApprovalStatus.OPEN)
    decisions.decide(
        approval_id=approval.id,
        decided_by=decided_by,
        data={**_proposed(approval), **decision.answer},
        digest=approval.digest,
        version=approval.version,
        channel=Channel.COMMAND,
        now=timezone.now(),
    )


def _proposed(approval: Approval) -> JSONObject:
    """What the form would start with."""
    asked = approval.suspension
    return proposed(asked.payload_value, asked.answer_schema_value) or {}
