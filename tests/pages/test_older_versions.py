"""What was typed into an older version of a request, once that was asked anew."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel

from approvals import ApprovalPolicy, change_requests, claiming
from approvals.models import Approval, Decision
from tests.approvals.test_changes import EDITABLE, Offer, offer, send_back
from tests.approvals.test_claiming import by
from tests.pages.conftest import Browser, Desk
from tests.pages.test_acts import page, read
from tests.schema_forms.page import Page

pytestmark = pytest.mark.one_database  # what pages say, and keep


class Sure(BaseModel):
    approved: bool
    comment: str = ""
    note: str = ""  # which the question has, too


def ask(desk: Desk, policy: ApprovalPolicy = EDITABLE, **options: Any) -> Approval:
    return desk.ask(policy, execute=offer, suspend_schema=Offer, **options)


def form_in(client: Client, approval: Approval) -> Page:
    return decision_form(page(client, approval))


def decision_form(shown: str) -> Page:
    """The form of the answer, without those of the other acts."""
    return Page(shown.partition("data-decision-form")[2].partition("</form>")[0])


def post(client: Client, approval: Approval, data: Any) -> Any:
    return client.post(f"/approvals/{approval.pk}/", data)


def asked_again(desk: Desk, approval: Approval, **edits: Any) -> None:
    send_back(approval, desk.alice)
    change_requests.resubmit(
        approval_id=approval.pk, caller=by(desk.ines), edits_made=edits, version=1
    )


@pytest.mark.parametrize("resume_schema", [None, Sure])
def test_a_draft_does_not_bring_the_old_proposal_back(
    desk: Desk, browser: Browser, resume_schema: Any
) -> None:
    options = {"resume_schema": resume_schema} if resume_schema else {}
    approval, alice = ask(desk, **options), browser(desk.alice)
    begun = form_in(alice, approval).fill("answer.comment", "Have fun").press()
    alice.post(f"/approvals/{approval.pk}/draft/", begun)
    asked_again(desk, approval, amount="300", note="As you said")
    form = form_in(alice, approval)
    assert form.named("edits.amount")[0].value == "300"
    assert form.named("answer.comment")[0].value == "Have fun"
    assert (
        post(alice, approval, form.press("answer.approved", "true")).status_code == 302
    )
    decision = Decision.objects.get()
    assert (decision.patch, decision.comment) == ("[]", "Have fun")


def test_a_draft_of_an_edit_stays_beside_what_is_proposed_now(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = ask(desk), browser(desk.alice)
    begun = form_in(alice, approval).fill("edits.amount", "450").press()
    asked_again(desk, approval, amount="300", note="")
    alice.post(f"/approvals/{approval.pk}/draft/", begun)  # from the page of before
    form = form_in(alice, approval)
    assert form.named("edits.amount")[0].value == "450"
    shown = read(page(alice, approval))
    assert "asked anew since you began" in shown
    assert "Amount was 480 → is now 300" in shown
    assert "Proposed: 300" in shown


def test_a_page_that_was_late_undoes_no_colleagues_edit(
    desk: Desk, browser: Browser
) -> None:
    policy = ApprovalPolicy(groups=["managers"], quorum=2, editable=["amount", "note"])
    approval, alice = ask(desk, policy), browser(desk.alice)
    late = (
        form_in(alice, approval)
        .fill("edits.note", "Fine")
        .press("answer.approved", "true")
    )
    desk.answer(approval, desk.bob, edits={"amount": "200"})
    refused = post(alice, approval, late)
    assert refused.status_code == 409
    form = decision_form(refused.content.decode())
    assert form.named("edits.amount")[0].value == "200"
    assert form.named("edits.note")[0].value == "Fine"


@pytest.mark.parametrize("button", ["answer.__action", "edits.__action"])
def test_a_button_inside_a_late_form_says_what_happened(
    desk: Desk, browser: Browser, button: str
) -> None:
    approval, bob = ask(desk), browser(desk.bob)
    typed = form_in(bob, approval).fill("answer.comment", "Looks right").press()
    pressed = {**typed.dict(), button: "check"}
    claiming.claim(approval_id=approval.pk, caller=by(desk.alice))
    refused = post(bob, approval, pressed)
    assert refused.status_code == 409
    assert "Alice Young has claimed this" in refused.content.decode()
    assert "Looks right" in refused.content.decode()
    desk.answer(approval, desk.alice)
    refused = post(bob, approval, pressed)
    assert refused.status_code == 409
    assert "Alice Young was faster" in refused.content.decode()


class Priced(BaseModel):
    approved: bool
    amount: Decimal = Decimal(0)


def test_a_misfit_edit_of_what_the_answer_has_too_is_said_there(
    desk: Desk, browser: Browser
) -> None:
    policy = ApprovalPolicy(groups=["managers"], editable=["amount"])
    approval, alice = ask(desk, policy, resume_schema=Priced), browser(desk.alice)
    form = form_in(alice, approval).fill("answer.amount", "9999")
    refused = post(alice, approval, form.press("answer.approved", "true"))
    assert refused.status_code == 422
    assert "more than the limit" in refused.content.decode()
    assert not Decision.objects.exists()
