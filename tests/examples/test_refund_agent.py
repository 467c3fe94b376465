"""A workflow with a machine's proposal: the person's words are what goes out."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import SimpleTestCase, TestCase

from approvals.proposals import proposed
from examples.refund_agent import agent
from examples.refund_agent.schemas import (
    Complaint,
    OrderItem,
    RefundOutcome,
    RefundQuestion,
)
from examples.refund_agent.workflows import refund_agent
from workflows import Run, RunResult
from workflows.errors import SchemaMismatch
from workflows.models import Suspension


def complaint(message: str = "Three of the cups are cracked.") -> Complaint:
    return Complaint(
        customer="Håkan Öberg",
        email="hakan@example.com",
        order="DE-331377",
        ordered_on=date(2026, 11, 12),
        received_on=date(2026, 11, 18),
        items=[
            OrderItem(name="espresso cup", quantity=12, unit_price=Decimal("11.00")),
            OrderItem(name="tray", unit_price=Decimal("20.00")),
        ],
        shipping=Decimal("6.90"),
        message=message,
    )


def outcome(result: RunResult) -> RefundOutcome:
    return RefundOutcome.model_validate(result.result)


def question(result: RunResult) -> RefundQuestion:
    return RefundQuestion.model_validate(result.suspend_payload["review-refund"])


class RefundAgentTests(TestCase):
    def ask(self) -> tuple[Run, dict[str, Any]]:
        """A run that waits for review, and the answer that accepts the proposal."""
        run = refund_agent.create_run()
        asked = question(run.start(complaint()))
        proposal = asked.model_dump(include={"amount", "subject", "body"})
        return run, {"decision": "send", **proposal}

    def test_the_form_starts_with_what_the_agent_proposed(self) -> None:
        _, answer = self.ask()
        suspension = Suspension.objects.get()
        start = proposed(suspension.payload_value, suspension.answer_schema_value)

        assert start == {
            "amount": "152.00",
            "subject": answer["subject"],
            "body": answer["body"],
        }

    def test_an_accepted_proposal_is_paid_and_mailed_as_it_stands(self) -> None:
        run, answer = self.ask()
        refund = outcome(run.resume(answer))

        assert refund.amount == Decimal("152.00")
        assert not refund.edited
        (sent,) = mail.outbox
        assert sent.to == ["hakan@example.com"]
        assert sent.body.startswith(answer["body"])
        assert f"Reference: {refund.reference}" in sent.body

    def test_what_the_reviewer_edited_is_what_goes_out(self) -> None:
        run, answer = self.ask()
        body = "Dear Håkan Öberg, we refund the three cups: 33.00 EUR."
        refund = outcome(run.resume({**answer, "amount": "33.00", "body": body}))

        assert refund.amount == Decimal("33.00")
        assert refund.edited
        assert mail.outbox[0].body.startswith(body)

    def test_an_amount_changed_without_the_mail_is_refused(self) -> None:
        run, answer = self.ask()
        with pytest.raises(SchemaMismatch) as refused:
            run.resume({**answer, "amount": "33.00"})

        [error] = refused.value.errors
        assert error["msg"] == "The mail doesn't mention the refund of 33.00."
        assert error["loc"] == ["body"]
        assert run.refresh().status == "suspended"
        assert not mail.outbox

    def test_more_than_was_paid_is_asked_about_again(self) -> None:
        run, answer = self.ask()
        body = "Dear Håkan Öberg, we refund you 900.00 EUR."
        again = run.resume({**answer, "amount": "900.00", "body": body})

        assert question(again).problem == "900.00 is more than the 158.90 paid."
        assert not mail.outbox
        assert outcome(run.resume(answer)).amount == Decimal("152.00")

    def test_a_rejection_sends_neither_money_nor_mail(self) -> None:
        run, answer = self.ask()
        answer |= {"decision": "reject", "comment": "Fraud."}
        refund = outcome(run.resume(answer))

        assert not refund.refunded
        assert refund.reason == "Fraud."
        assert not mail.outbox

    def test_the_agent_is_asked_once_however_often_the_question_is(self) -> None:
        run, answer = self.ask()
        body = "Dear Håkan Öberg, we refund you 900.00 EUR."
        run.resume({**answer, "amount": "900.00", "body": body})
        proposals = [
            event
            for event in run.events()
            if event.type == "workflow-step-start" and event.path == ["propose-refund"]
        ]

        assert len(proposals) == 1


class AgentTests(SimpleTestCase):
    def test_the_same_complaint_gives_the_same_proposal(self) -> None:
        assert agent.propose(complaint()) == agent.propose(complaint())

    def test_only_the_items_named_are_refunded(self) -> None:
        proposal = agent.propose(complaint("The tray is cracked."))
        assert proposal.amount == Decimal("20.00")

    def test_the_mail_names_customer_order_and_amount(self) -> None:
        body = agent.propose(complaint()).body
        assert "Håkan Öberg" in body
        assert "DE-331377" in body
        assert "152.00 EUR" in body

    def test_a_complaint_of_no_known_kind_gets_goodwill_and_little_confidence(
        self,
    ) -> None:
        proposal = agent.propose(complaint("It ticks, and the page says silent."))
        assert proposal.amount == Decimal("15.20")
        assert proposal.confidence < 0.5
