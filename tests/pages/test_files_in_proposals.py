"""Files in what is proposed: given by an edit, kept, and read by whom it is shown."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pydantic import BaseModel
from pytest_django import Settings

from approvals import ApprovalPolicy, Upload, files
from approvals.errors import EditMismatch
from approvals.models import Approval
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import send_back
from tests.pages.conftest import Browser
from tests.schema_forms.page import Page
from workflows import StepContext

MULTIPART = 'enctype="multipart/form-data"'
PDF = b"%PDF-1.4 offer"


class Offer(BaseModel):
    title: str = "Take this offer?"
    paper: Upload | None = None


def offer(question: BaseModel, ctx: StepContext[BaseModel, Any]) -> Any:
    return ctx.suspend(Offer()) if ctx.resume_data is None else ctx.resume_data


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def ask(desk: Desk, **options: Any) -> Approval:
    policy = ApprovalPolicy(groups=["managers"], editable=["paper"], **options)
    return desk.ask(policy, suspend_schema=Offer, execute=offer)


def given() -> dict[str, Any]:
    return {"edits.paper.__file": SimpleUploadedFile("offer.pdf", PDF)}


def approve(client: Client, approval: Approval) -> None:
    address = f"/approvals/{approval.pk}/"
    page = client.get(address).content.decode()
    assert MULTIPART in page
    form = Page(page).press("answer.approved", "true").dict() | given()
    assert client.post(address, form).status_code == 302


def is_kept() -> bool:
    return files.remove_unreferenced(before=timezone.now() + timedelta(days=1)) == 0


def readable(client: Client, approval: Approval) -> bool:
    reference: Any = Approval.objects.get(pk=approval.pk).payload_value
    address = f"/approvals/{approval.pk}/files/{reference['paper']['id']}/"
    answer = client.get(address)
    return answer.status_code == 200 and b"".join(answer) == PDF


def test_who_asks_again_gives_a_file_with_it(desk: Desk, browser: Browser) -> None:
    approval = ask(desk)
    send_back(approval, desk.alice)
    client = browser(desk.ines)
    page = client.get(f"/approvals/{approval.pk}/").content.decode()
    assert MULTIPART in page
    form = {"version": "1", "text": "Here it is.", **given()}
    address = f"/approvals/{approval.pk}/act/resubmit/"
    assert client.post(address, form).status_code == 302
    stored: Any = Approval.objects.get().payload_value
    assert stored["paper"]["name"] == "offer.pdf"
    assert readable(browser(desk.bob), approval)
    assert is_kept()


def test_a_reviewers_file_is_everybodys(desk: Desk, browser: Browser) -> None:
    approval = ask(desk)
    approve(browser(desk.alice), approval)
    assert readable(browser(desk.bob), approval)
    assert is_kept()


def test_a_file_that_is_not_kept_here_is_no_edit(desk: Desk) -> None:
    approval = ask(desk)
    made_up = {
        "id": "x" * 43,
        "name": "offer.pdf",
        "size": 1,
        "sha256": "0" * 64,
        "content_type": "application/pdf",
    }
    with pytest.raises(EditMismatch, match="not kept here"):
        desk.answer(approval, desk.alice, edits={"paper": made_up})


def test_a_file_waits_with_its_answer(desk: Desk, browser: Browser) -> None:
    approval = ask(desk, undo_window=timedelta(minutes=1))
    approve(browser(desk.alice), approval)
    assert Approval.objects.get().is_reserved
    assert is_kept()


def test_a_file_in_a_draft_is_kept_for_its_author(desk: Desk, browser: Browser) -> None:
    approval = ask(desk)
    file = SimpleUploadedFile("offer.pdf", PDF)
    kept = files.store(file, uploaded_by=desk.alice, now=timezone.now())
    form = {"version": "1", "edits.paper": json.dumps(kept)}
    browser(desk.alice).post(f"/approvals/{approval.pk}/draft/", form)
    assert is_kept()
    address = f"/approvals/{approval.pk}/files/{kept['id']}/"
    assert browser(desk.bob).get(address).status_code == 404


def test_a_file_that_was_replaced_is_still_read_in_the_history(
    desk: Desk, browser: Browser
) -> None:
    """By those who were shown it, when somebody edits or asks once more."""
    approval = ask(desk, quorum=2)
    approve(browser(desk.alice), approval)
    voted: Any = Approval.objects.get().payload_value
    resubmitted = _asked_again(desk, browser, "second.pdf")
    _asked_again(desk, browser, "third.pdf")
    for paper in (voted["paper"], resubmitted):
        address = f"/approvals/{approval.pk}/files/{paper['id']}/"
        answer = browser(desk.bob).get(address)
        assert b"".join(answer) == PDF
        assert browser(desk.carol).get(address).status_code == 404
    assert is_kept()


def _asked_again(desk: Desk, browser: Browser, name: str) -> dict[str, Any]:
    approval = Approval.objects.get()
    send_back(approval, desk.bob)
    file = {"edits.paper.__file": SimpleUploadedFile(name, PDF)}
    form = {"version": str(approval.version), "text": "Again.", **file}
    address = f"/approvals/{approval.pk}/act/resubmit/"
    assert browser(desk.ines).post(address, form).status_code == 302
    stored: Any = Approval.objects.get().payload_value
    assert stored["paper"]["name"] == name
    return dict(stored["paper"])
