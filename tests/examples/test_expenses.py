"""How to test a workflow: start it, see what it asks, answer, look at the result."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import SimpleTestCase, TestCase
from pydantic import ValidationError

from approvals import rendering
from examples.expenses import policy
from examples.expenses.schemas import (
    Category,
    ClaimQuestion,
    Currency,
    ExpenseClaim,
    ExpenseLine,
    FinanceAnswer,
    Reimbursement,
    Route,
)
from examples.expenses.workflows import expense_approval
from workflows import RunResult
from workflows.errors import SchemaMismatch

NOVEMBER = date(2026, 11, 3)


def receipt(amount: str = "40.00", **changes: Any) -> ExpenseLine:
    fields = {
        "spent_on": NOVEMBER,
        "merchant": "Deutsche Bahn",
        "category": Category.TRAVEL,
        "amount": Decimal(amount),
    }
    return ExpenseLine(**{**fields, **changes})


def claim(*lines: ExpenseLine, currency: Currency = Currency.EUR) -> ExpenseClaim:
    return ExpenseClaim(
        employee="Carol Jimenez",
        cost_centre="MKT-120",
        purpose="Train to the printer and back.",
        period_start=NOVEMBER,
        period_end=NOVEMBER,
        currency=currency,
        lines=list(lines),
    )


def outcome(result: RunResult) -> Reimbursement:
    return Reimbursement.model_validate(result.result)


def question(result: RunResult, step: str) -> ClaimQuestion:
    return ClaimQuestion.model_validate(result.suspend_payload[step])


class ExpenseApprovalTests(TestCase):
    def test_a_small_plain_claim_is_paid_without_asking_anybody(self) -> None:
        result = expense_approval.create_run().start(claim(receipt("99.50")))

        assert result.status == "success"
        assert outcome(result).paid
        assert outcome(result).amount == Decimal("99.50")

    def test_a_finding_brings_in_the_manager_however_small_the_claim(self) -> None:
        odd = claim(receipt("30.00", has_receipt=False))
        result = expense_approval.create_run().start(odd)

        assert result.suspended == [["manager-approval"]]
        asked = question(result, "manager-approval")
        assert asked.title == "Reimburse Carol Jimenez 30.00 EUR?"
        assert asked.findings == ["Deutsche Bahn, 3 Nov: no receipt for 30.00 EUR."]

    def test_every_date_of_the_question_is_written_as_its_reader_writes_dates(
        self,
    ) -> None:
        run = expense_approval.create_run()
        asked = run.start(claim(receipt("600.00"))).suspend_payload["manager-approval"]
        shown = rendering.shown(asked, ClaimQuestion.model_json_schema())
        assert str(NOVEMBER) in str(asked)
        assert str(NOVEMBER) not in str(shown)

    def test_a_manager_alone_is_enough_for_a_middling_claim(self) -> None:
        run = expense_approval.create_run()
        run.start(claim(receipt("1500.00")))
        result = run.resume({"approved": True})

        assert result.status == "success"
        assert outcome(result).amount == Decimal("1500.00")
        assert "finance-approval" not in result.steps

    def test_finance_is_asked_after_the_manager_about_a_large_claim(self) -> None:
        run = expense_approval.create_run()
        run.start(claim(receipt("1500.01")))
        asked = run.resume({"approved": True})
        assert asked.suspended == [["finance-approval"]]
        paid = outcome(run.resume({"decision": "pay"}))

        assert paid.paid
        assert paid.reference is not None
        assert paid.reference.startswith("SEPA-")

    def test_a_rejection_ends_the_run_unpaid_and_says_why(self) -> None:
        run = expense_approval.create_run()
        run.start(claim(receipt("600.00")))
        result = run.resume({"approved": False, "comment": "Not agreed before."})

        assert result.status == "success"
        assert not outcome(result).paid
        assert outcome(result).reason == "Not agreed before."
        assert "reimburse" not in result.steps

    def test_finance_may_pay_less_than_was_claimed(self) -> None:
        run = expense_approval.create_run()
        run.start(claim(receipt("2000.00")))
        run.resume({"approved": True})
        result = run.resume({"decision": "pay_reduced", "reduced_amount": "1800.00"})

        assert outcome(result).amount == Decimal("1800.00")

    def test_a_reduced_amount_that_is_not_less_is_asked_about_again(self) -> None:
        run = expense_approval.create_run()
        run.start(claim(receipt("2000.00")))
        run.resume({"approved": True})
        again = run.resume({"decision": "pay_reduced", "reduced_amount": "2000.00"})

        assert again.status == "suspended"
        problem = question(again, "finance-approval").problem
        assert problem == "2,000.00 is not less than the 2,000.00 claimed."
        assert run.resume({"decision": "pay"}).status == "success"

    def test_an_answer_that_contradicts_itself_never_reaches_the_run(self) -> None:
        run = expense_approval.create_run()
        run.start(claim(receipt("2000.00")))
        run.resume({"approved": True})
        with pytest.raises(SchemaMismatch) as refused:
            run.resume({"decision": "pay", "reduced_amount": "10.00"})

        assert refused.value.errors[0]["loc"] == ["reduced_amount"]
        assert run.refresh().suspended == [["finance-approval"]]

    def test_a_receipt_from_outside_the_period_is_refused_at_the_start(self) -> None:
        late = claim(receipt()).model_dump(mode="json")
        late["period_end"] = late["period_start"] = "2026-10-01"
        run = expense_approval.create_run()
        with pytest.raises(SchemaMismatch) as refused:
            run.start(late)

        assert refused.value.errors[0]["loc"] == ["lines"]  # where the form shows it
        assert run.refresh().status == "pending"


class PolicyTests(SimpleTestCase):
    def test_amounts_in_other_currencies_count_at_the_book_rate(self) -> None:
        assert policy.in_euros(Decimal("412000"), Currency.JPY) == Decimal("2513.20")

    def test_the_total_is_the_sum_of_all_receipts(self) -> None:
        assert policy.total(claim(receipt("0.10"), receipt("0.20"))) == Decimal("0.30")

    def test_a_dinner_for_six_is_measured_by_the_head(self) -> None:
        dinner = receipt("412.00", category=Category.MEALS, units=6)
        assert policy.findings(claim(dinner)) == []
        alone = receipt("412.00", category=Category.MEALS)
        assert policy.findings(claim(alone)) == [
            "Deutsche Bahn, 3 Nov: 412.00 EUR for meals is over the ceiling of 75 EUR."
        ]

    def test_who_has_to_agree_depends_on_amount_and_findings(self) -> None:
        assert policy.route(Decimal("100.00"), []) is Route.AUTOMATIC
        assert policy.route(Decimal("100.01"), []) is Route.MANAGER
        assert policy.route(Decimal("5.00"), ["odd"]) is Route.MANAGER
        assert policy.route(Decimal("1500.01"), []) is Route.MANAGER_AND_FINANCE

    def test_a_reduced_payment_without_an_amount_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="Say which reduced amount"):
            FinanceAnswer(decision="pay_reduced")
