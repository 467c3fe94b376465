"""Secret values: masked on every page and in the API, revealed only with a trace."""

import json
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel, SecretStr

from approvals import ApprovalPolicy
from approvals.models import Approval, AuditRow, SearchText
from approvals.questions import summary_of
from tests.approvals.conftest import Desk
from tests.pages.conftest import Browser, allow
from workflows import StepContext, Suspended
from workflows.json_gate import JSONObject
from workflows.masking import MASK, masked, without_secrets
from workflows.models import Run, Suspension
from workflows.schema import Schema

DOOR, SAFE = "door-4711-code", "safe-0815-code"


class Lock(BaseModel):
    where: str
    code: SecretStr


class Handover(BaseModel):
    title: str = "Hand over the keys?"
    locks: list[Lock | SecretStr]
    spare: dict[str, SecretStr] = {}


class Receipt(BaseModel):
    approved: bool
    comment: str = ""
    safe: SecretStr | None = None


def hand_over(
    question: BaseModel, ctx: StepContext[BaseModel, Receipt]
) -> BaseModel | Suspended:
    if ctx.resume_data is None:
        lock = Lock(where="Front", code=SecretStr(DOOR))
        return ctx.suspend(Handover(locks=[lock, SecretStr(DOOR)]))
    return ctx.resume_data


@pytest.fixture
def approval(desk: Desk) -> Approval:
    return desk.ask(
        suspend_schema=Handover,
        resume_schema=Receipt,
        execute=hand_over,
        output_schema=Receipt,
    )


def everything_shown(approval: Approval, client: Client) -> str:
    places = (
        f"/approvals/{approval.pk}/",
        "/",
        f"/runs/{approval.run_id}/",
        f"/api/v1/approvals/{approval.pk}/",
    )
    pages = [client.get(place) for place in places]
    assert [page.status_code for page in pages] == [200] * len(pages)
    return "".join(page.content.decode() for page in pages)


def test_secrets_are_masked_before_and_after_the_decision(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    client = browser(allow(desk.alice, "view_run"))
    before = everything_shown(approval, client)
    assert DOOR not in before
    assert MASK in before
    assert DOOR not in SearchText.objects.get(approval=approval).text
    desk.answer(approval, desk.alice, data={"approved": True, "safe": SAFE})
    after = everything_shown(approval, client)
    assert DOOR not in after
    assert SAFE not in after


def test_a_person_with_the_right_sees_them_and_the_audit_says_so(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    desk.answer(approval, desk.bob, data={"approved": True, "safe": SAFE})
    client = browser(allow(desk.alice, "reveal_secret"))
    address = f"/approvals/{approval.pk}/"
    assert "Reveal secret values" in client.get(address).content.decode()
    answer = client.post(f"{address}secrets/")
    page = answer.content.decode()
    assert page.count(DOOR) == 2
    assert SAFE in page
    assert "no-store" in answer["Cache-Control"]
    row = AuditRow.objects.latest("seq")
    assert (row.action, row.actor, row.object_id) == (
        "revealed",
        desk.alice,
        approval.pk,
    )
    assert "looked at the secret values" in client.get(address).content.decode()


@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("carol", 404)])
def test_nobody_else_sees_them_and_nothing_is_noted(
    desk: Desk, browser: Browser, approval: Approval, name: str, status: int
) -> None:
    client = browser(getattr(desk, name))
    answer = client.post(f"/approvals/{approval.pk}/secrets/")
    assert answer.status_code == status
    assert DOOR not in answer.content.decode()
    linked = client.get(f"/approvals/{approval.pk}/secrets/")
    assert linked.headers["Location"] == f"/approvals/{approval.pk}/"
    assert not AuditRow.objects.filter(action="revealed").exists()


def test_what_was_typed_in_vain_shows_no_secret(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    sent = {
        "digest": approval.digest,
        "version": approval.version,
        "answer.approved": "true",
        "answer.comment": "Take care.",
        "answer.safe": SAFE,
    }
    desk.answer(approval, desk.bob)
    page = browser(desk.alice).post(f"/approvals/{approval.pk}/", sent)
    assert page.status_code == 409
    assert "Take care." in page.content.decode()
    assert SAFE not in page.content.decode()


class Key(BaseModel):
    alarm: SecretStr


def hand_over_key(question: BaseModel, ctx: StepContext[BaseModel, Receipt]) -> Any:
    if ctx.resume_data is None:
        return ctx.suspend(Key(alarm=SecretStr(DOOR)))
    return ctx.resume_data


def test_what_a_reviewer_changed_shows_no_secret(desk: Desk, browser: Browser) -> None:
    policy = ApprovalPolicy(groups=["managers"], quorum=2, editable=["alarm"])
    approval = desk.ask(policy, suspend_schema=Key, execute=hand_over_key)
    desk.answer(approval, desk.bob, edits={"alarm": SAFE})
    approval = Approval.objects.get()
    desk.answer(approval, desk.alice, edits={"alarm": "alarm-5555-other"})
    page = browser(desk.alice).get(f"/approvals/{approval.pk}/").content.decode()
    assert 'class="amended small"' in page
    assert SAFE not in page


def test_no_key_fact_is_a_secret() -> None:
    schema = Schema.of(Lock).json_schema()
    lock: JSONObject = {"where": "Front", "code": DOOR}
    assert summary_of(fields=None, payload=lock, schema=schema) == [["Where", "Front"]]
    asked = summary_of(fields=("code",), payload=lock, schema=schema)
    assert asked == [["Code", MASK]]


def test_a_secret_in_any_variant_is_a_secret() -> None:
    schema = Schema.of(Handover).json_schema()
    value: JSONObject = {
        "title": "t",
        "locks": [DOOR, {"where": "Front", "code": DOOR}],
        "spare": {"a": DOOR},
    }
    hidden = masked(value, schema)
    assert DOOR not in json.dumps(hidden)
    assert json.dumps(hidden, ensure_ascii=False).count(MASK) == 3
    assert without_secrets(value, schema) == {
        "title": "t",
        "locks": [{"where": "Front"}],
        "spare": {},
    }


def test_a_schema_that_refers_to_itself_is_walked_to_an_end() -> None:
    loop: JSONObject = {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert masked({"a": "b"}, loop) == {"a": "b"}


def test_what_was_secret_when_it_was_asked_stays_so(
    desk: Desk, browser: Browser
) -> None:
    """The code asks for a plain text today, and asked for a secret one then."""
    approval = desk.ask()
    then = approval.suspension.answer_schema_value
    then["properties"]["comment"]["writeOnly"] = True  # type: ignore[index, call-overload]
    Suspension.objects.filter(pk=approval.pk).update(answer_schema=json.dumps(then))
    approval = Approval.objects.get(pk=approval.pk)
    given = {"approved": True, "comment": SAFE}
    desk.answer(approval, desk.alice, data=given)
    receipts = browser(desk.alice).get(f"/api/v1/approvals/{approval.pk}/receipts/")
    assert SAFE not in receipts.content.decode()
    assert MASK in json.dumps(receipts.json(), ensure_ascii=False)


def test_without_its_code_a_question_that_may_hold_secrets_is_hidden(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    plain = desk.ask(title="Pay the printer?")
    Run.objects.update(version="gone")
    client = browser(allow(desk.alice, "view_run"))
    shown = everything_shown(approval, client)
    assert DOOR not in shown
    assert "Front" not in shown
    assert "Pay the printer?" in everything_shown(plain, client)
