"""What somebody typed is there again when they come back; and only for them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import BaseModel, Field, SecretStr

from approvals import ApprovalPolicy
from approvals.models import Approval, Draft
from approvals.statuses import Channel
from tests.pages.conftest import Browser, Desk
from tests.schema_forms.page import Page

pytestmark = pytest.mark.one_database  # what pages say, and keep

TYPED = "Which hotel was it?"


def keep(client: Client, approval: Approval, text: str = TYPED) -> int:
    typed = {"answer.comment": text, "digest": "x", "password": "y"}
    return client.post(f"/approvals/{approval.pk}/draft/", typed).status_code


def page(client: Client, approval: Approval) -> str:
    return client.get(f"/approvals/{approval.pk}/").content.decode()


def test_a_draft_is_back_on_another_device_and_for_nobody_else(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    assert keep(browser(desk.alice), approval, "Half a sen") == 200
    assert keep(browser(desk.alice), approval) == 200
    shown = page(browser(desk.alice), approval)
    assert TYPED in shown
    assert "Draft saved" in shown
    assert "problem" not in shown
    assert TYPED in browser(desk.alice).get(f"/?open={approval.pk}").content.decode()
    assert TYPED not in page(browser(desk.bob), approval)
    assert Draft.objects.get().fields == "answer.comment=Which+hotel+was+it%3F"


def test_a_draft_goes_with_the_decision_or_when_its_author_says_so(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    keep(alice, approval)
    alice.post(f"/approvals/{approval.pk}/draft/", {"discard": "1"})
    assert TYPED not in page(alice, approval)
    keep(alice, approval)
    answer = {"answer.approved": "true", "answer.comment": "Fine."}
    sent = {"digest": approval.digest, "version": approval.version, **answer}
    alice.post(f"/approvals/{approval.pk}/", sent)
    assert not Draft.objects.exists()


def test_what_was_begun_too_late_can_still_be_copied(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    keep(alice, approval)
    desk.answer(approval, desk.bob)
    shown = page(alice, approval)
    assert "What you had begun to answer" in shown
    assert TYPED in shown


def test_a_draft_survives_a_new_version_of_the_request(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    keep(alice, approval)
    Approval.objects.update(version=2)
    assert TYPED in page(alice, approval)


def test_what_was_typed_while_a_colleague_was_faster_can_be_copied(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    desk.answer(approval, desk.bob)
    assert keep(alice, approval) == 200
    assert TYPED in page(alice, approval)
    assert keep(browser(desk.bob), approval) == 409  # who answered has begun nothing


def test_who_may_still_undo_an_answer_has_begun_no_other(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], undo_window=60))
    desk.answer(approval, desk.bob)
    assert keep(browser(desk.alice), approval) == 200
    assert keep(browser(desk.bob), approval) == 409


class Safe(BaseModel):
    code: SecretStr


class Sealed(BaseModel):
    approved: bool
    note: str = ""
    code: SecretStr | None = None
    locks: list[SecretStr] = []
    safe: Safe | None = Field(None, json_schema_extra={"widget": "json"})


SEALED = {
    "answer.note": "Half",
    "answer.code.__secret": "door-4711",
    "answer.locks.__row": "0",
    "answer.locks.0.__secret": "safe-0815",
    "answer.safe.__json.__secret": '{"code": "safe-0815"}',
}


def test_a_secret_is_typed_again(desk: Desk, browser: Browser) -> None:
    """No draft holds it, not even of an answer that may be taken back."""
    policy = ApprovalPolicy(groups=["managers"], undo_window=60)
    approval = desk.ask(policy, resume_schema=Sealed)
    alice = browser(desk.alice)
    shown = Page(page(alice, approval))
    assert shown.named("answer.code.__secret")
    address = f"/approvals/{approval.pk}/"
    assert alice.post(f"{address}draft/", SEALED).status_code == 200
    _holds_no_secret()
    sent = shown.press("answer.approved", "true").dict() | SEALED
    assert alice.post(address, sent).status_code == 302
    assert Approval.objects.get().is_reserved
    _holds_no_secret()
    alice.post(f"{address}undo/")
    again = page(alice, approval)
    assert "Half" in again
    assert again.count("Type this again") == 3


def test_a_secret_is_asked_for_again_where_something_else_is_wrong(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(resume_schema=Sealed)
    address = f"/approvals/{approval.pk}/"
    refused = browser(desk.alice).post(address, SEALED)  # no verdict
    assert refused.status_code == 422
    assert "4711" not in refused.content.decode()
    assert "Type this again" in refused.content.decode()


def test_a_draft_counts_the_characters_of_any_language(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    assert keep(browser(desk.alice), approval, "承認" * 50_000) == 200


def _holds_no_secret() -> None:
    fields = Draft.objects.get().fields
    assert "Half" in fields
    assert "4711" not in fields
    assert "0815" not in fields


def test_an_answer_by_another_way_leaves_the_draft_until_it_goes_ahead(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(ApprovalPolicy(groups=["managers"], undo_window=60))
    alice = browser(desk.alice)
    keep(alice, approval)
    desk.answer(approval, desk.alice, channel=Channel.REST)
    assert TYPED not in page(alice, approval)
    alice.post(f"/approvals/{approval.pk}/undo/")
    assert TYPED in page(alice, approval)


def test_who_may_not_see_a_request_keeps_no_draft_of_it(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    assert keep(browser(desk.carol), approval) == 404
    assert keep(browser(desk.ines), approval) == 409
    assert keep(browser(desk.alice), approval, "x" * 200_001) == 413
    assert not Draft.objects.exists()


# A copy that a browser held while the server was away

HOUR = 3_600_000  # ms


def bring(client: Client, approval: Approval, text: str, **sent: Any) -> Any:
    typed = {"answer.comment": text, "answer.__shown": "1", "age": str(HOUR), **sent}
    return client.post(f"/approvals/{approval.pk}/draft/", typed)


def test_a_copy_is_a_draft_of_when_it_was_typed(desk: Desk, browser: Browser) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    assert bring(alice, approval, "Half a sentence").status_code == 200
    assert bring(alice, approval, TYPED, age="60000").status_code == 200
    assert TYPED in page(alice, approval)
    age = timezone.now() - Draft.objects.get().saved_at
    assert timedelta(minutes=1) <= age < timedelta(minutes=2)


def test_a_copy_that_is_older_than_the_draft_is_given_back(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    keep(alice, approval)
    refused = bring(alice, approval, "Which room?")
    assert refused.status_code == 412
    assert "Which room?" in refused.content.decode()
    assert TYPED in page(alice, approval)
    assert bring(alice, approval, TYPED).status_code == 200  # it holds nothing else
    assert bring(alice, approval, "").status_code == 200
    assert TYPED in page(alice, approval)


def test_what_was_typed_last_is_the_draft_of_whichever_version(
    desk: Desk, browser: Browser
) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    Approval.objects.update(version=2)
    keep(alice, approval)
    assert bring(alice, approval, "Which room?", version="1").status_code == 412
    Draft.objects.update(saved_at=timezone.now() - timedelta(hours=2))
    assert bring(alice, approval, "Which room?", version="1").status_code == 200
    shown = page(alice, approval)
    assert "Which room?" in shown
    assert "asked anew since you began" in shown


@pytest.mark.parametrize("age", ["", "-1", "²", "1e3"])
def test_an_age_that_is_none_makes_nothing_older(
    desk: Desk, browser: Browser, age: str
) -> None:
    approval, alice = desk.ask(), browser(desk.alice)
    keep(alice, approval)
    assert bring(alice, approval, "Which room?", age=age).status_code == 200
    assert "Which room?" in page(alice, approval)
