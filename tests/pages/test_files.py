"""Files in answers: given with the form, kept, checked, shown to the right people."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pydantic import BaseModel, Field
from pytest_django import Settings

from approvals import Upload, UploadLimits, files
from approvals.file_models import StoredFile
from approvals.models import Approval, Decision
from tests.approvals.conftest import Desk
from tests.pages.conftest import Browser
from tests.schema_forms.page import Page
from workflows import StepContext, Suspended
from workflows.errors import SchemaMismatch
from workflows.testing import run_until_idle

PDF = b"%PDF-1.4 receipt"
Receipt = Annotated[Upload, UploadLimits(max_size=100, types=("application/pdf",))]


class Question(BaseModel):
    title: str = "Attach the receipt?"


class Answer(BaseModel):
    approved: bool
    comment: str = ""
    amount: int = Field(ge=1)
    receipt: Receipt
    others: list[Upload] = []
    photo: Upload | None = None


def attach(
    question: BaseModel, ctx: StepContext[BaseModel, Answer]
) -> Answer | Suspended:
    if ctx.resume_data is None:
        return ctx.suspend(Question())
    with ctx.resume_data.receipt.open() as receipt:
        assert receipt.read() == PDF
    return ctx.resume_data


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def approval(desk: Desk) -> Approval:
    return desk.ask(
        suspend_schema=Question,
        resume_schema=Answer,
        execute=attach,
        output_schema=Answer,
    )


def pdf(name: str = "receipt.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    # What a client says a file is, is not believed.
    return SimpleUploadedFile(name, content, content_type="text/html")


def send(client: Client, approval: Approval, **changes: Any) -> HttpResponse:
    page = Page(client.get(f"/approvals/{approval.pk}/").content.decode())
    form = page.press("answer.approved", "true").dict() | changes
    answer = client.post(f"/approvals/{approval.pk}/", form)
    assert isinstance(answer, HttpResponse)
    return answer


def given(name: str, file: object) -> dict[str, Any]:
    return {f"answer.{name}.__file": file}


def test_a_file_is_stored_answered_with_and_read_by_the_step(
    desk: Desk, browser: Browser, approval: Approval, storage: Path
) -> None:
    client = browser(desk.alice)
    page = client.get(f"/approvals/{approval.pk}/").content.decode()
    assert 'enctype="multipart/form-data"' in page
    answer = send(client, approval, **given("receipt", pdf()), **{"answer.amount": "3"})
    assert answer.status_code == 302
    reference: Any = Decision.objects.get().answer_value
    receipt = reference["receipt"]
    assert (receipt["name"], receipt["size"]) == ("receipt.pdf", len(PDF))
    assert receipt["content_type"] == "application/pdf"
    (stored,) = [path for path in storage.rglob("*") if path.is_file()]
    assert stored.name == receipt["id"]
    assert len(receipt["id"]) == 43
    run_until_idle()
    assert desk.run_of(approval).refresh().status == "success"


def test_a_file_outlives_a_mistake_elsewhere_in_the_form(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    client = browser(desk.alice)
    answer = send(client, approval, **given("receipt", pdf()), **{"answer.amount": "x"})
    assert answer.status_code == 422
    page = Page(answer.content.decode())
    assert "receipt.pdf" in page.text
    again = page.fill("answer.amount", "3").press("answer.approved", "true").dict()
    assert client.post(f"/approvals/{approval.pk}/", again).status_code == 302
    assert StoredFile.objects.count() == 1


def test_a_file_can_be_taken_out_again(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    client = browser(desk.alice)
    answer = send(client, approval, **given("receipt", pdf()), **{"answer.amount": "x"})
    page = Page(answer.content.decode())
    post = page.press("answer.__action", "remove:answer.receipt")
    page = Page(client.post(f"/approvals/{approval.pk}/", post.dict()).content.decode())
    assert "receipt.pdf" not in page.text
    assert page.named("answer.receipt") == []


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (pdf("notes.txt"), "Give a file of one of these types: PDF."),
        (pdf(content=b"x" * 101), "This file is larger than"),
        (pdf(content=b""), "This file is empty."),
        (None, "This field is required."),
    ],
)
def test_what_does_not_fit_is_said_at_the_field(
    desk: Desk,
    browser: Browser,
    approval: Approval,
    file: SimpleUploadedFile | None,
    words: str,
) -> None:
    client = browser(desk.alice)
    if file:
        file.seek(0)
    changes = given("receipt", file) if file else {}
    answer = send(client, approval, **changes, **{"answer.amount": "3"})
    assert answer.status_code == 422
    page = Page(answer.content.decode())
    (control,) = page.named("answer.receipt.__file")
    assert control.attributes["aria-invalid"] == "true"
    assert f"Receipt: {words}" in page.text
    assert not Decision.objects.exists()


def test_a_reference_that_was_made_up_is_refused(
    desk: Desk, approval: Approval
) -> None:
    true = files.store(pdf(), uploaded_by=desk.alice, now=timezone.now())
    for change in ({"id": "A" * 43}, {"name": "invoice.pdf"}, {"size": 3}):
        data = {"approved": True, "amount": 3, "receipt": {**true, **change}}
        with pytest.raises(SchemaMismatch) as refused:
            desk.answer(approval, desk.alice, data=data)
        assert refused.value.errors[0]["loc"] == ["receipt"]
    desk.answer(
        approval, desk.alice, data={"approved": True, "amount": 3, "receipt": true}
    )


def test_a_file_is_given_to_who_may_see_the_approval_to_be_saved(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    page = pdf("evil\u202efdp.html", b"<script>alert(1)</script>")
    reference = files.store(page, uploaded_by=desk.alice, now=timezone.now())
    assert reference["name"] == "evilfdp.html"
    address = f"/approvals/{approval.pk}/files/{reference['id']}/"
    assert browser(desk.bob).get(address).status_code == 404  # nobody answered with it
    receipt = files.store(pdf(), uploaded_by=desk.alice, now=timezone.now())
    data = {"approved": True, "amount": 3, "receipt": receipt, "others": [reference]}
    desk.answer(approval, desk.alice, data=data)
    answer: Any = browser(desk.bob).get(address)
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"] == 'attachment; filename="evilfdp.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert browser(desk.carol).get(address).status_code == 404
    page_of_bob = browser(desk.bob).get(f"/approvals/{approval.pk}/").content.decode()
    assert f'href="{address}"' in page_of_bob


def test_nobody_stores_what_they_may_not_answer_with(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    form = {"answer.receipt.__file": pdf(), "digest": approval.digest, "version": 1}
    browser(desk.ines).post(f"/approvals/{approval.pk}/", form)
    browser(desk.carol).post(f"/approvals/{approval.pk}/", form)
    assert not StoredFile.objects.exists()


def test_a_client_uploads_and_answers_with_the_reference(
    desk: Desk, browser: Browser, approval: Approval
) -> None:
    client = browser(desk.alice)
    address = f"/api/v1/approvals/{approval.pk}/files/"
    reference = client.post(address, {"file": pdf()})
    assert reference.status_code == 201
    data = {"approved": True, "amount": 3, "receipt": reference.json()}
    desk.answer(approval, desk.alice, data=data)
    file = client.get(f"{address}{reference.json()['id']}/")
    assert b"".join(file.streaming_content) == PDF  # type: ignore[attr-defined]
    assert client.post(address, {"other": pdf()}).status_code == 403  # it is over


def test_files_nobody_answered_with_are_removed_in_time(
    desk: Desk, approval: Approval, storage: Path
) -> None:
    long_ago = timezone.now() - timedelta(days=2)
    kept = files.store(pdf(), uploaded_by=desk.alice, now=long_ago)
    files.store(pdf("late.pdf"), uploaded_by=desk.alice, now=long_ago)
    fresh = files.store(pdf("new.pdf"), uploaded_by=desk.alice, now=timezone.now())
    desk.answer(
        approval, desk.alice, data={"approved": True, "amount": 3, "receipt": kept}
    )
    call_command("remove_unused_uploads")
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {
        kept["id"],
        fresh["id"],
    }
    assert len([path for path in storage.rglob("*") if path.is_file()]) == 2


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("\u200b", "file"),
        ("...", "file"),
        ("x" * 400 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_lose_their_paths_and_what_is_hidden(
    desk: Desk, name: str, kept: str
) -> None:
    file = pdf()
    file._name = name  # type: ignore[attr-defined]  # as a client may send it
    stored = files.store(file, uploaded_by=desk.alice, now=timezone.now())
    assert stored["name"] == kept
