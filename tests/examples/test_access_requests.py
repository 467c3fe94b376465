"""A workflow that sleeps: move the clock, let the worker look, see what it did."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import SimpleTestCase, TestCase
from pydantic import ValidationError

from examples.access_requests import grants, risk
from examples.access_requests.models import Grant
from examples.access_requests.schemas import (
    AccessQuestion,
    AccessRequest,
    ApprovedAccess,
    Level,
    Risk,
    System,
)
from examples.access_requests.workflows import access_request, timed_access
from workflows import registry
from workflows.errors import WorkflowNotFound
from workflows.testing import run_until_idle

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def request(**changes: Any) -> AccessRequest:
    fields: dict[str, Any] = {
        "engineer": "Piotr Zieliński",
        "system": System.ORDERS_DB,
        "level": Level.READ,
        "hours": 4,
        "reason": "Check one slow query plan with EXPLAIN.",
    }
    return AccessRequest(**{**fields, **changes})


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


class AccessRequestTests(TestCase):
    @pytest.fixture(autouse=True)
    def _keep_clock(self, clock: time_machine.Traveller) -> None:
        self.clock = clock

    def test_granted_access_is_taken_back_when_its_time_is_over(self) -> None:
        run = access_request.create_run()
        run.start(request(hours=4))
        assert run.resume({"decision": "grant"}).status == "waiting"
        grant = Grant.objects.get()
        assert grant.expires_at == NOON + timedelta(hours=4)

        self.clock.move_to(NOON + timedelta(hours=3, minutes=59))
        run_until_idle()
        assert run.refresh().status == "waiting"

        self.clock.move_to(NOON + timedelta(hours=4))
        run_until_idle()
        assert run.refresh().status == "success"
        grant.refresh_from_db()
        assert grant.revoked_at == NOON + timedelta(hours=4)

    def test_the_person_on_call_may_shorten_the_time(self) -> None:
        run = access_request.create_run()
        run.start(request(hours=8))
        run.resume({"decision": "grant", "hours": 2})

        assert Grant.objects.get().expires_at == NOON + timedelta(hours=2)

    def test_nobody_gets_longer_than_was_asked_for(self) -> None:
        run = access_request.create_run()
        run.start(request(hours=2))
        run.resume({"decision": "grant", "hours": 72})

        assert Grant.objects.get().expires_at == NOON + timedelta(hours=2)

    def test_a_rejection_opens_nothing(self) -> None:
        run = access_request.create_run()
        run.start(request())
        result = run.resume({"decision": "reject", "comment": "Use the replica."})

        assert result.result == {
            "granted": False,
            "revoked_at": None,
            "reason": "Use the replica.",
        }
        assert not Grant.objects.exists()

    def test_a_canceled_request_is_never_granted(self) -> None:
        run = access_request.create_run()
        run.start(request())

        assert run.cancel() == "canceled"
        run_until_idle()
        assert not Grant.objects.exists()

    def test_the_question_names_the_risk_and_its_reasons(self) -> None:
        result = access_request.create_run().start(
            request(system=System.CUSTOMER_DATA, hours=24)
        )
        question = AccessQuestion.model_validate(
            result.suspend_payload["on-call-approval"]
        )

        assert question.title == "Give Piotr Zieliński read access to customer-data?"
        assert question.risk is Risk.HIGH
        assert len(question.concerns) == 2

    def test_the_timed_part_can_not_be_started_past_the_approval(self) -> None:
        with pytest.raises(WorkflowNotFound):
            registry.get(timed_access.id)


class GrantTests(TestCase):
    access = ApprovedAccess(
        engineer="Lena Vogt", system=System.DNS, level=Level.WRITE, hours=1
    )

    def test_opening_twice_with_one_key_keeps_the_first_grant(self) -> None:
        first = grants.open_access(key="k", access=self.access, now=NOON)
        later = NOON + timedelta(minutes=5)
        second = grants.open_access(key="k", access=self.access, now=later)

        assert second == first
        assert second.expires_at == NOON + timedelta(hours=1)

    def test_revoking_twice_keeps_the_first_time(self) -> None:
        grants.open_access(key="k", access=self.access, now=NOON)
        grants.revoke_access(key="k", now=NOON + timedelta(hours=1))
        again = grants.revoke_access(key="k", now=NOON + timedelta(hours=2))

        assert again == NOON + timedelta(hours=1)


class RequestTests(SimpleTestCase):
    def test_changing_things_needs_a_ticket(self) -> None:
        with pytest.raises(ValidationError, match="Write access needs a ticket"):
            request(level=Level.WRITE)

    def test_admin_access_is_for_one_working_day(self) -> None:
        with pytest.raises(ValidationError, match="at most 8 hours"):
            request(level=Level.ADMIN, ticket="CHG-2231", hours=9)

    def test_the_risk_grows_with_the_concerns(self) -> None:
        harmless = request()
        assert risk.rate(harmless, risk.concerns(harmless)) is Risk.LOW
        long = request(hours=24)
        assert risk.rate(long, risk.concerns(long)) is Risk.ELEVATED
        admin = request(level=Level.ADMIN, ticket="CHG-2231")
        assert risk.rate(admin, risk.concerns(admin)) is Risk.HIGH
