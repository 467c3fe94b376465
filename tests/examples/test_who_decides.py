"""Who may answer: Alice may decide, Bob is her colleague, Carol must be kept out."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import TestCase
from django.utils import timezone

from approvals import decisions
from approvals.errors import AlreadyDecided, ApprovalNotFound, NotYourDecision
from approvals.models import Approval, Decision
from approvals.statuses import Channel
from examples.expenses.schemas import Reimbursement
from examples.expenses.workflows import expense_approval
from tests.examples.test_expenses import claim, receipt
from workflows import Run
from workflows.errors import SchemaMismatch
from workflows.testing import run_until_idle


class WhoDecidesTests(TestCase):
    alice: User
    bob: User
    carol: User

    @classmethod
    def setUpTestData(cls) -> None:
        managers = Group.objects.create(name="managers")
        cls.alice = User.objects.create(username="alice")
        cls.bob = User.objects.create(username="bob")
        cls.carol = User.objects.create(username="carol")
        managers.user_set.add(cls.alice, cls.bob)

    def submit(self, initiator: User) -> Run:
        run = expense_approval.create_run(initiator=initiator)
        run.start(claim(receipt("420.00")))
        return run

    def decide(self, run: Run, decided_by: User, **data: Any) -> None:
        approval = Approval.objects.get(run_id=run.id)
        decisions.decide(
            approval_id=approval.id,
            decided_by=decided_by,
            data=data,
            digest=approval.digest,
            version=approval.version,
            channel=Channel.CODE,
            now=timezone.now(),
        )

    def test_the_manager_is_told_that_finance_will_perhaps_be_asked(self) -> None:
        run = self.submit(self.carol)
        self.client.force_login(self.alice)
        address = Approval.objects.get(run_id=run.id).get_absolute_url()
        page = self.client.get(address).content.decode()
        ahead = page.partition("What happens next")[2].partition("</section>")[0]
        assert "Finance approval" in ahead
        assert ahead.count("perhaps") == 1

    def test_a_manager_decides_and_the_run_goes_on(self) -> None:
        run = self.submit(self.carol)
        self.decide(run, self.alice, approved=True)
        run_until_idle()

        outcome = Reimbursement.model_validate(run.refresh().result)
        assert outcome.amount == Decimal("420.00")
        assert Decision.objects.get().decided_by == self.alice

    def test_the_second_manager_comes_too_late(self) -> None:
        run = self.submit(self.carol)
        self.decide(run, self.alice, approved=True)
        with pytest.raises(AlreadyDecided):
            self.decide(run, self.bob, approved=False, comment="Too much.")

    def test_a_manager_may_see_her_own_claim_but_not_decide_it(self) -> None:
        run = self.submit(self.alice)
        with pytest.raises(NotYourDecision):
            self.decide(run, self.alice, approved=True)
        self.decide(run, self.bob, approved=True)

    def test_somebody_who_is_no_manager_does_not_even_see_it(self) -> None:
        run = self.submit(self.bob)
        with pytest.raises(ApprovalNotFound):
            self.decide(run, self.carol, approved=True)

    def test_a_rejection_without_a_comment_is_refused(self) -> None:
        run = self.submit(self.carol)
        with pytest.raises(SchemaMismatch):
            self.decide(run, self.alice, approved=False)

        assert run.refresh().status == "suspended"
