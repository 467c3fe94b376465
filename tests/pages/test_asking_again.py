"""The requester edits what was sent back: nothing is sent early, and nothing lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, QueryDict
from django.test import Client
from pydantic import BaseModel, ConfigDict

from approvals import ApprovalPolicy, Upload, change_requests
from approvals.models import Approval
from tests.approvals.conftest import Desk
from tests.approvals.test_changes import resubmit, send_back
from tests.approvals.test_claiming import by
from tests.pages.conftest import Browser
from tests.pages.test_standing import another_workflow_installed
from tests.schema_forms.page import Page
from workflows import Step, StepContext, Workflow
from workflows.testing import isolated_registry

pytestmark = pytest.mark.one_database  # what pages say, and keep

TYPED = "The second one is the right one."
NOTE = "The cheaper one"


class Order(BaseModel):
    title: str
    note: str = ""
    tags: list[str] = []
    quote: Upload | None = None


class WithoutNote(BaseModel):
    title: str
    tags: list[str] = []


class Lenient(WithoutNote):
    model_config = ConfigDict(extra="ignore")


def order(question: Any, ctx: StepContext[Any, Any]) -> Any:
    if ctx.resume_data is None:
        return ctx.suspend(Order(title="Order it?", note="As quoted", tags=["new"]))
    return {}


POLICY = ApprovalPolicy(groups=["managers"], editable=["note", "tags", "quote"])


@pytest.fixture
def approval(desk: Desk) -> Approval:
    asked = desk.ask(POLICY, execute=order, suspend_schema=Order)
    send_back(asked, desk.alice)
    return asked


@pytest.fixture
def ines(desk: Desk, browser: Browser) -> Client:
    return browser(desk.ines)


def form_on(page: Any) -> Page:
    """The form to ask again with, as it stands on a page."""
    html: str = page.content.decode()
    part = html.partition('act/resubmit/" hx-post')[2].partition(">")[2]
    return Page(part.partition("</form>")[0])


def address(approval: Approval) -> str:
    return f"/approvals/{approval.pk}/"


def send(client: Client, approval: Approval, sent: QueryDict, **files: Any) -> Any:
    given: dict[str, Any] = {name: texts for name, texts in sent.lists()} | files
    answer = client.post(f"{address(approval)}act/resubmit/", given)
    assert isinstance(answer, HttpResponse)
    return answer


def begun(ines: Client, approval: Approval) -> Page:
    form = form_on(ines.get(address(approval)))
    return form.fill("edits.note", NOTE).fill("text", TYPED)


def boxes(response: Any) -> dict[str, str]:
    found = re.findall(
        r'<pre id="lost-\d+"[^>]*label="([^"]*)">([^<]*)</pre>',
        response.content.decode(),
    )
    return dict(found)


def is_still_away(approval: Approval) -> bool:
    approval.refresh_from_db()
    return approval.sent_back_at is not None and approval.version == 1


def test_a_row_button_edits_and_asks_nothing(ines: Client, approval: Approval) -> None:
    form = begun(ines, approval)
    for button in ("add:edits.tags", "up:edits.tags:1", "down:edits.tags:1"):
        answer = send(ines, approval, form.press("edits.__action", button))
        assert answer.status_code == 200
        form = form_on(answer)
        assert len(form.named("edits.tags.__row")) == 2
        assert 'class="notice notice--bad"' not in answer.content.decode()
    remove = form.press("edits.__action", "remove:edits.tags:1")
    form = form_on(send(ines, approval, remove))
    restored = form.press("edits.__action", "restore:edits.note")
    form = form_on(send(ines, approval, restored))
    sent = form.press()
    assert sent["edits.note"] == "As quoted"
    assert sent["text"] == TYPED
    assert is_still_away(approval)
    assert send(ines, approval, sent).status_code == 302
    approval.refresh_from_db()
    assert approval.version == 2


def recalled(desk: Desk, approval: Approval) -> int:
    change_requests.recall(approval_id=approval.pk, caller=by(desk.bob))
    return 403


def canceled(desk: Desk, approval: Approval) -> int:
    desk.run_of(approval).cancel()
    return 403


def answered_elsewhere(desk: Desk, approval: Approval) -> int:
    resubmit(approval, desk.ines, edits_made={"tags": ["old"]})
    return 403


@pytest.mark.parametrize("button", ["", "add:edits.tags"])
@pytest.mark.parametrize("meanwhile", [recalled, canceled, answered_elsewhere])
def test_what_can_not_be_asked_again_can_be_copied(
    desk: Desk,
    ines: Client,
    approval: Approval,
    meanwhile: Callable[[Desk, Approval], int],
    button: str,
) -> None:
    form = begun(ines, approval)
    status = meanwhile(desk, approval)
    sent = form.press("edits.__action" if button else "", button)
    late = send(ines, approval, sent)
    assert late.status_code == status
    assert 'act/resubmit/" hx-post' not in late.content.decode()
    kept = boxes(late)
    assert kept["Note"] == NOTE
    assert kept["Your text"] == TYPED


def test_a_file_that_came_too_late_is_named(
    desk: Desk, ines: Client, approval: Approval
) -> None:
    sent = begun(ines, approval).press()
    recalled(desk, approval)
    file = SimpleUploadedFile("quote.pdf", b"%PDF-1.4")
    late = send(ines, approval, sent, **{"edits.quote.__file": file})
    assert boxes(late) == {"Note": NOTE, "Your text": TYPED, "File": "quote.pdf"}


@pytest.mark.parametrize("button", ["", "add:edits.tags"])
def test_a_form_about_an_older_version_keeps_the_edits_and_brings_the_rest_up_to_date(
    desk: Desk, ines: Client, approval: Approval, button: str
) -> None:
    form = begun(ines, approval)
    resubmit(approval, desk.ines, edits_made={"tags": ["old", "used"]})
    send_back(Approval.objects.get(), desk.alice)
    sent = form.press("edits.__action" if button else "", button)
    late = send(ines, approval, sent)
    assert late.status_code == 409
    assert "asked anew since" in late.content.decode()
    again = form_on(late).press()
    assert (again["edits.note"], again["text"]) == (NOTE, TYPED)
    assert again["version"] == "2"
    if not button:
        assert (again["edits.tags.0"], again["edits.tags.1"]) == ("old", "used")
    assert boxes(late) == {}
    assert send(ines, approval, again).status_code == 302


def test_a_text_that_is_too_long_takes_no_edits_along(
    ines: Client, approval: Approval
) -> None:
    sent = begun(ines, approval).fill("text", "x" * 10_001).press()
    refused = send(ines, approval, sent)
    assert refused.status_code == 422
    again = form_on(refused).press()
    assert (again["edits.note"], len(again["text"])) == (NOTE, 10_001)
    assert is_still_away(approval)


def test_where_the_code_of_the_step_is_gone_no_edit_is_dropped_in_silence(
    ines: Client, approval: Approval
) -> None:
    form = begun(ines, approval)
    with another_workflow_installed(approval):
        refused = send(ines, approval, form.press())
        assert refused.status_code == 409
        assert "no longer installed" in refused.content.decode()
        assert boxes(refused) == {"Note": NOTE}
        assert form_on(refused).press()["text"] == TYPED
        pressed = form.press("edits.__action", "add:edits.tags")
        assert send(ines, approval, pressed).status_code == 409
    assert is_still_away(approval)


@pytest.mark.parametrize("schema", [WithoutNote, Lenient])
def test_nor_is_one_whose_field_is_gone(
    ines: Client, approval: Approval, schema: type[BaseModel]
) -> None:
    sent = begun(ines, approval).press()
    with isolated_registry():
        policy = ApprovalPolicy(groups=["managers"], editable=["tags"])
        step = Step("ask", order, suspend_schema=schema)
        Workflow(approval.workflow, input_schema=Order).then(policy(step)).commit()
        refused = send(ines, approval, sent)
    assert refused.status_code == 422
    assert boxes(refused) == {"Note": NOTE}
    again = form_on(refused).press()
    assert again["text"] == TYPED
    assert is_still_away(approval)
