"""What a form may be sent by mistake or malice: refused in words, kept, never consumed.

The table of ``docs/bad-input.md`` names these tests for the lines of the requirements.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pydantic import BaseModel, Field

from approvals import ApprovalPolicy, Upload
from approvals.models import Approval, Delegation
from tests.approvals.conftest import nothing_happened
from tests.pages.conftest import Browser, Desk
from tests.schema_forms.page import Page
from workflows import StepContext, Suspended

TYPED = "Please attach the hotel bill."


class Question(BaseModel):
    title: str = "Order the parts?"
    amount: int = 480


class Row(BaseModel):
    name: str = ""
    number: int = 0


class Answer(BaseModel):
    approved: bool
    comment: str = ""
    short: str = Field("", max_length=40)
    count: int = 1
    ratio: float = 1.0
    price: Decimal = Decimal(1)
    fine: Decimal = Field(Decimal(1), decimal_places=2)
    when: datetime | None = None
    sure: bool | None = None
    rows: list[Row] = []
    named: dict[str, int] = {}
    anything: Any = None
    proof: Upload | None = None


def ordered(
    question: BaseModel, ctx: StepContext[BaseModel, Answer]
) -> Answer | Suspended:
    return ctx.resume_data or ctx.suspend(Question())


@pytest.fixture
def approval(desk: Desk) -> Approval:
    policy = ApprovalPolicy(groups=["managers"], require_comment_on_reject=True)
    schemas: dict[str, Any] = {"suspend_schema": Question, "resume_schema": Answer}
    return desk.ask(policy, execute=ordered, **schemas)


@pytest.fixture
def alice(desk: Desk, browser: Browser) -> Client:
    return browser(desk.alice)


def sent(alice: Client, approval: Approval, **changes: Any) -> HttpResponse:
    """The form of a page just read, its approving button, and these texts in it."""
    page = Page(alice.get(f"/approvals/{approval.pk}/").content.decode())
    form: dict[str, Any] = dict(page.press("answer.approved", "true").lists())
    form["answer.comment"] = TYPED
    form |= {f"answer.{name}".rstrip("."): text for name, text in changes.items()}
    answer = alice.post(f"/approvals/{approval.pk}/", form)
    assert isinstance(answer, HttpResponse)
    return answer


NESTED = {depth: "[" * depth + "]" * depth for depth in (33, 990, 100_000)}
LONG = "x" * 300_000


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("short", LONG, "Shorten this to 40 characters"),
        ("comment", LONG, "too long as a whole"),
        ("comment", "a\0b", "can&#x27;t be stored"),
        ("count", "9" * 400, "This number is too large"),
        ("count", "9" * 4301, "This number is too large"),
        ("count", "9007199254740993", "This number is too large"),
        ("count", "1e3", "Enter a whole number"),
        ("count", "0x10", "Enter a whole number"),
        ("count", "½", "Enter a whole number"),
        ("count", "1\u202e2", "Enter a whole number"),
        ("ratio", "NaN", "Enter a number"),
        ("ratio", "Infinity", "Enter a number"),
        ("ratio", "-inf", "Enter a number"),
        ("ratio", "1e400", "number"),
        ("price", "Infinity", "Enter a number"),
        ("price", "1E+1000000", "number"),
        ("price", "-0.0", "number"),
        ("price", "9" * 5000, "number"),
        ("fine", "0." + "1" * 50, "at most 2 decimal places"),
        ("when", "2026-02-30T10:00", "Enter a date and a time"),
        ("when", "0000-00-00T00:00", "Enter a date and a time"),
        ("when", "99999-01-01T00:00", "Enter a date and a time"),
        ("when", "1", "Enter a date and a time"),
        ("sure", "yes", "Choose yes or no"),
        ("sure", "1", "Choose yes or no"),
        ("sure", "null", "Choose yes or no"),
        ("anything.__json", "{", "not valid JSON"),
        ("anything.__json", "NaN", "not valid JSON"),
        ("anything.__json", "[Infinity]", "not valid JSON"),
        ("anything.__json", "1e400", "not valid JSON"),
        ("anything.__json", '{"a": 1, "a": 2}', "not valid JSON"),
        ("anything.__json", "9" * 4301, "not valid JSON"),
        ("anything.__json", r'"a\u0000b"', "not valid JSON"),
        ("anything.__json", r'{"a\u0000b": 1}', "not valid JSON"),
        ("anything.__json", r'"\ud800"', "not valid JSON"),
        ("anything.__json", NESTED[33], "nested deeper"),
        ("anything.__json", NESTED[990], "nested deeper"),
        ("anything.__json", NESTED[100_000], "nested deeper"),
        ("proof", "{}", "file"),
        ("proof", '{"id": "../../etc/passwd", "size": 1}', "file"),
        ("proof", "[" * 100_000, "file"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_a_text_that_is_no_value_is_refused_in_words_and_kept(
    alice: Client, approval: Approval, name: str, text: str, words: str
) -> None:
    answer = sent(alice, approval, **{name: text})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert TYPED in page or name == "comment"
    kept = [control.kept() for control in Page(page).named(f"answer.{name}")]
    assert "\0" in text or name in ("proof", "sure") or kept == [text]
    assert nothing_happened(approval)


@pytest.mark.parametrize(
    "comment", ["", "   ", "\u200b\u200b", "\u2060 \ufeff", "\u202e"]
)
def test_a_rejection_without_a_word_to_read_is_refused(
    alice: Client, approval: Approval, comment: str
) -> None:
    answer = sent(alice, approval, approved="false", comment=comment, short=TYPED)
    assert answer.status_code == 422
    assert "Say why you reject this." in answer.content.decode()
    assert TYPED in answer.content.decode()
    assert nothing_happened(approval)


@pytest.mark.parametrize("verdict", ["", "yes", "1", "True", "false ", "null", "[]"])
def test_a_verdict_that_is_no_button_is_none(
    alice: Client, approval: Approval, verdict: str
) -> None:
    answer = sent(alice, approval, approved=verdict)
    assert answer.status_code == 422
    assert TYPED in answer.content.decode()
    assert nothing_happened(approval)


def test_the_question_cannot_be_answered_with_another_amount(
    alice: Client, approval: Approval
) -> None:
    """Controls that the form has not are refused, and what was typed is kept."""
    answer = sent(alice, approval, amount="1", title="Free!", decided_by="1")
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "The form has no field “amount”." in shown
    assert TYPED in shown
    assert nothing_happened(approval)
    assert approval.suspension.payload_value == {
        "title": "Order the parts?",
        "amount": 480,
    }


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"digest": None}, 428),
        ({"digest": ""}, 428),
        ({"digest": "0" * 64}, 409),
        ({"digest": "\u202e\0" * 99}, 409),
        ({"version": "2"}, 409),
        ({"version": "-1"}, 428),
        ({"version": "9" * 400}, 409),
        ({"version": "9" * 4301}, 409),
        ({"version": "one"}, 428),
    ],
    ids=str,
)
def test_an_answer_to_nothing_that_was_shown_is_stale_and_kept(
    alice: Client, approval: Approval, changes: dict[str, str | None], status: int
) -> None:
    form = {
        "digest": approval.digest,
        "version": "1",
        "answer.approved": "true",
        "answer.comment": TYPED,
        **changes,
    }
    given = {name: text for name, text in form.items() if text is not None}
    answer = alice.post(f"/approvals/{approval.pk}/", given)
    assert answer.status_code == status
    assert TYPED in answer.content.decode()
    assert nothing_happened(approval)


def test_a_text_that_is_no_utf_8_is_shown_with_marks_and_breaks_nothing(
    alice: Client, approval: Approval
) -> None:
    for raw in (b"%FF%FE", b"%ED%A0%80", b"%C0%80", b"%00"):
        body = b"digest=x&version=1&answer.approved=true&answer.comment=a" + raw
        answer = alice.generic(
            "POST",
            f"/approvals/{approval.pk}/",
            body,
            content_type="application/x-www-form-urlencoded",
        )
        assert 400 <= answer.status_code < 500
    assert nothing_happened(approval)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * 1_100_000, "application/x-www-form-urlencoded", 413),
        (b"&".join([b"a=1"] * 2_100), "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 428),
        (b"", "application/x-www-form-urlencoded", 428),
        (b"no parts", "multipart/form-data; boundary=x", 400),
        (b"no parts", "multipart/form-data", 400),
        (b"<a/>", "text/xml", 428),
    ],
    ids=["1 MB", "many fields", "JSON", "empty", "no parts", "no boundary", "XML"],
)
def test_a_body_that_is_no_form_decides_nothing(
    alice: Client, approval: Approval, body: bytes, kind: str, status: int
) -> None:
    address = f"/approvals/{approval.pk}/"
    answer = alice.generic("POST", address, body, content_type=kind)
    assert answer.status_code in (status, 422)
    assert nothing_happened(approval)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_another_method_is_refused_by_name(
    alice: Client, approval: Approval, method: str
) -> None:
    answer = alice.generic(method, f"/approvals/{approval.pk}/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, POST"
    assert nothing_happened(approval)


@pytest.mark.parametrize(
    "address",
    [
        "/outbox/{huge}/",
        "/outbox/{huge}/html/",
        "/views/{huge}/",
        "/preferences/delegations/{huge}/end/",
        "/approvals/{huge}/",
        "/approvals/{pk}/receipts/{huge}/",
        "/approvals/{pk}/files/{huge}/",
        "/runs/{huge}/",
        "/d/{huge}",
        "/d/%00",
        "/d/%FF",
    ],
)
def test_an_id_that_nothing_has_leads_nowhere(
    alice: Client, approval: Approval, address: str
) -> None:
    path = address.replace("{huge}", "9" * 40).replace("{pk}", approval.pk)
    for ask in (alice.get, alice.post):
        assert ask(path).status_code in (404, 405, 410)
    assert nothing_happened(approval)


ODD_NAMES = ["", "nobody", "bob\0", "x" * 300_000, "\u202ebob"]
ODD_TIMES = ["", "2026-02-30T10:00", "0000-00-00T00:00", "9" * 400, "\0", "now"]


@pytest.mark.parametrize("moment", ODD_TIMES, ids=repr)
@pytest.mark.parametrize(
    "delegate", ["", "nobody", "bob\0", "x" * 300_000, "\u202ebob"]
)
def test_an_odd_stand_in_is_refused_and_kept(
    alice: Client, moment: str, delegate: str
) -> None:
    form = {"delegate": delegate, "starts_at": moment, "ends_at": moment}
    answer = alice.post("/preferences/delegations/", form)
    assert answer.status_code == 422
    assert not Delegation.objects.exists()
    visible = delegate if delegate.isprintable() and len(delegate) < 200 else ""
    assert visible in answer.content.decode()
