"""Whatever comes in between, what somebody typed stands on the page that says so."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pydantic import BaseModel

from approvals import Upload
from approvals.models import Approval, Draft
from approvals.views import decision
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import EDITABLE, Offer, offer
from tests.approvals.test_undo import let_it_go_ahead, policy
from tests.pages.conftest import Browser

pytestmark = pytest.mark.one_database  # what pages say, and keep

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


class Choosy(BaseModel):
    """Fields that are answered by a choice, and one that begins with a text."""

    approved: bool
    comment: str = ""
    urgent: bool
    insured: bool = True
    greeting: str = "Dear all"
    others: list[Upload] = []


class Photographed(BaseModel):
    approved: bool
    comment: str = ""
    photo: Upload | None = None


def boxes(response: Any) -> list[tuple[str, str]]:
    """The label of each box, and the text in it."""
    page = response.content.decode()
    found = re.findall(r'<pre id="typed-\d+"[^>]*label="([^"]*)">([^<]*)</pre>', page)
    return [(label, text) for label, text in found]


def test_a_choice_and_an_emptied_field_can_be_read_on_the_page_that_refuses(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(resume_schema=Choosy)
    desk.answer(approval, desk.bob, data={"approved": True, "urgent": True})
    given = {"answer.urgent": "false", "answer.insured": "true", "answer.greeting": ""}
    late = send(browser(desk.alice), approval, **given, **{"answer.comment": ""})
    assert boxes(late) == [("Urgent", "No"), ("Greeting", "(emptied)")]


def test_files_that_came_too_late_stand_under_one_label(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask(resume_schema=Choosy)
    desk.answer(approval, desk.bob, data={"approved": True, "urgent": True})
    files = {
        f"answer.{name}.__file": SimpleUploadedFile(f"{name}.pdf", b"%PDF-1.4")
        for name in ("bill", "offer")
    }
    given = {"answer.insured": "true", "answer.greeting": "Dear all"}
    late = send(browser(desk.alice), approval, **given, **files)
    assert boxes(late) == [("Comment", TYPED), ("Files", "bill.pdf\noffer.pdf")]


def test_a_file_that_was_stored_before_the_refusal_stands_there_once(
    desk: Desk,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    approval = desk.ask(resume_schema=Photographed)
    decide = decision._decide

    def decide_second(*given: Any) -> Approval:
        desk.answer(approval, desk.bob)
        return decide(*given)

    monkeypatch.setattr(decision, "_decide", decide_second)
    photo = {"answer.photo.__file": SimpleUploadedFile("desk.png", b"PNG")}
    late = send(browser(desk.alice), approval, **photo)
    assert late.status_code == 409
    assert boxes(late) == [("Comment", TYPED), ("Photo", "desk.png (3\xa0bytes)")]


# Acts besides the answer


def act(client: Client, approval: Approval, name: str, **sent: str) -> Any:
    given = {"digest": approval.digest, "version": str(approval.version), **sent}
    return client.post(f"{address(approval)}act/{name}/", given)


def lost(response: Any) -> list[str]:
    page = response.content.decode()
    return re.findall(r'<pre id="(?:typed|lost)-\d+"[^>]*>([^<]*)</pre>', page)


@pytest.mark.parametrize("meanwhile", [decided, claimed])
def test_changes_asked_for_too_late_can_be_copied(
    desk: Desk, browser: Browser, approval: Approval, meanwhile: Any
) -> None:
    meanwhile(desk, approval)
    late = act(browser(desk.alice), approval, "request-changes", text=TYPED)
    assert late.status_code == 403
    assert lost(late) == [TYPED]


@pytest.mark.parametrize("name", ["request-changes", "comment"])
def test_who_may_not_even_read_it_any_more_is_told_so_and_keeps_the_text(
    desk: Desk, browser: Browser, approval: Approval, name: str
) -> None:
    alice = browser(desk.alice)
    assert f'name="digest" value="{approval.digest}"' in (
        alice.get(address(approval)).content.decode()
    )
    shut_out(desk, approval)
    late = act(alice, approval, name, text=TYPED)
    assert late.status_code == 403
    assert lost(late) == [TYPED]
    assert alice.get(address(approval)).status_code == 404


def test_what_does_not_fit_when_asking_again_is_said_at_its_field(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    act(browser(desk.alice), approval, "request-changes", text="Cheaper!")
    ines = browser(desk.ines)
    edits = {"edits.amount": "5000000", "edits.note": "The cheaper one"}
    refused = act(ines, approval, "resubmit", text=TYPED, **edits)
    assert refused.status_code == 422
    page = refused.content.decode()
    for kept in (TYPED, "5000000", "The cheaper one", "more than the limit"):
        assert kept in page
    edits["edits.amount"] = "lots"
    page = act(ines, approval, "resubmit", text=TYPED, **edits).content.decode()
    assert 'value="lots"' in page
    assert 'aria-invalid="true"' in page
    assert "- amount:" not in page


# An answer that is taken back


@pytest.mark.parametrize("comes_back", [True, False])
def test_an_answer_taken_back_is_in_the_form_again(
    desk: Desk, browser: Browser, comes_back: bool
) -> None:
    approval = desk.ask(policy())
    alice = browser(desk.alice)
    sent = {
        "digest": approval.digest,
        "version": approval.version,
        "answer.approved": "true",
        "answer.comment": TYPED,
    }
    assert alice.post(address(approval), sent).status_code == 302
    assert TYPED not in alice.get(address(approval)).content.decode()
    if comes_back:
        alice.post(f"{address(approval)}undo/")
        assert TYPED in alice.get(address(approval)).content.decode()
    else:
        let_it_go_ahead(approval)
        assert not Draft.objects.exists()
