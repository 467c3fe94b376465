"""The records of the demo fit the schemas they are sent to, strictly."""

import json

import pytest
from pydantic import BaseModel

from examples.access_requests.schemas import AccessAnswer, AccessRequest
from examples.demo import people, seed
from examples.expenses.schemas import ExpenseClaim, FinanceAnswer, ManagerAnswer
from examples.kitchen_sink.schemas import Order
from examples.office import schemas as office
from examples.refund_agent import agent
from examples.refund_agent.schemas import Complaint, RefundAnswer

INPUTS: dict[str, type[BaseModel]] = {
    "expense-approval": ExpenseClaim,
    "access-request": AccessRequest,
    "refund-agent": Complaint,
    "kitchen-sink": Order,
    "room-booking": office.RoomBooking,
    "chair-order": office.ChairOffer,
    "first-week": office.NewColleague,
    "lease": office.Lease,
    "announcement": office.Announcement,
    "missed-call": office.MissedCall,
    "leave-request": office.Leave,
    "parking-permit": office.ParkingPermit,
    "mailing": office.Mailing,
}
RECORDS = list(seed.records())


def answer_schema(record: seed.Record, turn: int) -> type[BaseModel]:
    if record.workflow.id == "expense-approval":
        return (ManagerAnswer, FinanceAnswer)[turn]
    return AccessAnswer if record.workflow.id == "access-request" else RefundAnswer


def proposed(record: seed.Record) -> dict[str, object]:
    if record.workflow.id != "refund-agent":
        return {}
    proposal = agent.propose(Complaint.model_validate(record.input))
    return proposal.model_dump(mode="json", include={"amount", "subject", "body"})


def test_there_are_at_least_sixty_records_of_every_kind() -> None:
    assert len(RECORDS) >= 60
    assert {record.workflow.id for record in RECORDS} == INPUTS.keys()


def test_every_record_is_submitted_and_decided_by_people_of_the_demo() -> None:
    known = {person.username for person in people.PEOPLE}
    named = {record.submitted_by for record in RECORDS}
    named |= {made.by for record in RECORDS for made in record.decisions}

    assert named <= known


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.run_id)
def test_a_record_would_be_accepted_from_a_person_too(record: seed.Record) -> None:
    schema = INPUTS[record.workflow.id]
    schema.model_validate_json(json.dumps(record.input), strict=True, extra="forbid")
    for turn, made in enumerate(record.decisions):
        answer = json.dumps({**proposed(record), **made.answer})
        answer_schema(record, turn).model_validate_json(
            answer, strict=True, extra="forbid"
        )
