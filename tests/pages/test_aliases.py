"""A field has one name, under which it is stored, whatever it is called outside."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.alias_generators import to_camel

from approvals import ApprovalPolicy, errors
from approvals.models import Approval, Decision
from tests.pages.conftest import Browser, Desk
from tests.schema_forms.page import Page
from workflows import StepContext
from workflows.errors import SchemaMismatch

pytestmark = pytest.mark.one_database  # what pages say, and keep


class Order(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    title: str = "Pay?"
    api_key: SecretStr = SecretStr("hunter2-secret")
    pay_amount: int = 12345


class Sure(BaseModel):
    ok: bool = Field(alias="outcomeIsOk")
    approved: bool = Field(alias="isFine")
    pay_amount: int = Field(0, alias="payAmount")
    comment: str = Field("", alias="remark")


def order(question: Any, ctx: StepContext[Any, Any]) -> Any:
    return ctx.suspend(Order()) if ctx.resume_data is None else ctx.resume_data


def ask(desk: Desk, **options: Any) -> Approval:
    policy = ApprovalPolicy(groups=["managers"], **options)
    return desk.ask(policy, suspend_schema=Order, resume_schema=Sure, execute=order)


def test_a_secret_under_an_alias_is_covered(desk: Desk, browser: Browser) -> None:
    approval, alice = ask(desk), browser(desk.alice)
    for address in (
        f"/approvals/{approval.pk}/",
        f"/api/v1/approvals/{approval.pk}/",
        f"/runs/{approval.run_id}/",
        f"/api/v1/runs/{approval.run_id}/",
    ):
        shown = alice.get(address)
        assert shown.status_code == 200
        assert "hunter2" not in shown.content.decode()


def test_a_verdict_under_an_alias_is_one(desk: Desk) -> None:
    approval = ask(desk, require_comment_on_reject=True, quorum=2)
    no = {"ok": True, "isFine": False}
    with pytest.raises(SchemaMismatch, match="Say why"):
        desk.answer(approval, desk.alice, data=no)
    desk.answer(approval, desk.alice, data={**no, "remark": "Too dear."})
    [vote] = Decision.objects.all()
    assert (vote.verdict, vote.rejection, vote.closing) == ("rejected", True, True)
    assert vote.comment == "Too dear."


def test_proposals_and_edits_go_by_the_same_names(desk: Desk, browser: Browser) -> None:
    approval = ask(desk, editable=["pay_amount"], summary=["pay_amount"])
    assert approval.key_facts[0][:2] == ["Pay amount", "12345"]
    alice = browser(desk.alice)
    page = Page(alice.get(f"/approvals/{approval.pk}/").content.decode())
    assert page.named("answer.pay_amount")[0].value == "12345"
    edits: Any = {"data": {"ok": True, "approved": True, "pay_amount": 7}}
    desk.answer(approval, desk.alice, **edits)
    assert Decision.objects.get().patch.count("/pay_amount") == 1
    with pytest.raises(errors.AlreadyDecided):
        desk.answer(approval, desk.bob, **edits)


def test_an_edit_under_an_alias_is_one(desk: Desk) -> None:
    approval = ask(desk, editable=["pay_amount"], quorum=dear_ones_need_two)
    sent = {"ok": True, "isFine": True, "payAmount": 99999}
    desk.answer(approval, desk.alice, data=sent)
    [vote] = Decision.objects.all()
    assert not vote.closing
    assert "99999" in vote.patch
    twice = {**sent, "payAmount": 5}
    approval.refresh_from_db()
    with pytest.raises(SchemaMismatch, match="edited in the answer"):
        desk.answer(approval, desk.bob, data=twice, edits={"pay_amount": 6})


def dear_ones_need_two(proposal: Order) -> int:
    return 2 if proposal.pay_amount > 20000 else 1
