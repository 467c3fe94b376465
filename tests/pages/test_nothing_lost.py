"""Whatever comes in between, what somebody typed stands on the page that says so."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from approvals.models import Approval
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import EDITABLE, Offer, offer
from tests.pages.conftest import Browser

TYPED = "Please attach the hotel bill."
EDITS = {"edits.amount": "321", "edits.note": "The cheaper one"}


@pytest.fixture
def approval(desk: Desk) -> Approval:
    return desk.ask(EDITABLE, execute=offer, suspend_schema=Offer)


def address(approval: Approval) -> str:
    return f"/approvals/{approval.pk}/"


def send(client: Client, approval: Approval, **changes: Any) -> HttpResponse:
    """What the form of a page just read would send."""
    sent = {
        "digest": approval.digest,
        "version": approval.version,
        "answer.approved": "true",
        "answer.comment": TYPED,
        **EDITS,
        **changes,
    }
    answer = client.post(address(approval), sent)
    assert isinstance(answer, HttpResponse)
    return answer


def copied(response: Any) -> list[str]:
    """The texts in the boxes that hold what had been typed."""
    page = response.content.decode()
    return re.findall(r'<pre id="(?:typed|unsent)-\d+"[^>]*>([^<]*)</pre>', page)


def decided(desk: Desk, approval: Approval) -> int:
    desk.answer(approval, desk.bob)
    return 409


def claimed(desk: Desk, approval: Approval) -> int:
    client = Client()
    client.force_login(desk.bob)
    client.post(f"{address(approval)}act/claim/")
    return 409


def shut_out(desk: Desk, _approval: Approval) -> int:
    desk.alice.groups.clear()
    return 403


@pytest.mark.parametrize("meanwhile", [decided, claimed, shut_out])
def test_edits_that_come_too_late_can_be_copied(
    desk: Desk, browser: Browser, approval: Approval, meanwhile: Any
) -> None:
    status = meanwhile(desk, approval)
    late = send(browser(desk.alice), approval)
    assert late.status_code == status
    assert copied(late) == ["321", "The cheaper one", TYPED]


def test_only_what_was_edited_is_to_be_copied(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    decided(desk, approval)
    unchanged = {"edits.amount": "480", "edits.note": ""}
    assert copied(send(browser(desk.alice), approval, **unchanged)) == [TYPED]


def test_edits_of_a_draft_that_is_too_late_can_be_copied(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    alice = browser(desk.alice)
    alice.post(f"{address(approval)}draft/", {**EDITS, "answer.comment": TYPED})
    decided(desk, approval)
    page = alice.get(address(approval))
    assert copied(page) == ["321", "The cheaper one", TYPED]


def test_a_file_that_came_too_late_is_named(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    decided(desk, approval)
    file = SimpleUploadedFile("bill.pdf", b"%PDF-1.4")
    late = send(browser(desk.alice), approval, **{"answer.receipt.__file": file})
    assert copied(late)[-1] == "bill.pdf"
