"""Whatever leaves by an act, a socket, a mail, a command or a log holds no secret."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import workflows
from approvals import pokes
from approvals.models import Approval, ApprovalComment, AuditRow, Draft, SearchText
from approvals.notifications.courier import MailChore
from approvals.notifications.models import Mail, Webhook, WebhookDelivery
from approvals.notifications.spreading import SpreadChore
from approvals.notifications.webhooks.sending import WebhookChore
from config import logs
from tests.approvals.conftest import Desk
from tests.notifications.test_webhooks import Receiver
from tests.pages.secret_scene import (
    ALARM,
    DOOR,
    EDITED,
    SAFE,
    SECRETS,
    VAULT,
    approvals,
    asked,
    everything,
    operator,
    workflow,
)
from tests.pages.test_live import layer, listening
from workflows import RunEvent
from workflows.masking import MASK
from workflows.models import Run
from workflows.rest import event_stream
from workflows.run_masking import mask_of

pytestmark = pytest.mark.one_database  # what pages say, and keep

__all__ = ["approvals", "layer", "operator"]


@pytest.fixture
def client(operator: User) -> Client:
    client = Client(headers={"content-type": "application/json"})
    client.force_login(operator)
    return client


def hides(text: str) -> bool:
    """Something was to be hidden, and nothing of it can be read."""
    assert [one for one in SECRETS if one in text] == []
    masks = (MASK, json.dumps(MASK)[1:-1], repr(MASK.encode())[2:-1])
    return any(mask in text for mask in masks)


def test_no_answer_of_the_api_shows_one(
    approvals: list[Approval], client: Client
) -> None:
    answered, failed, waiting = approvals
    shown = ""
    for path, body in (
        ("workflows/keys/runs/", {"input_data": {"who": "Ines", "door": DOOR}}),
        (f"runs/{failed.run_id}/restart/", {}),
        (f"runs/{answered.run_id}/time-travel/", {"step": "make"}),
        *_answers(waiting),
        (f"approvals/{waiting.pk}/comments/", {"text": f"Is it {ALARM}?"}),
        (f"approvals/{waiting.pk}/claim/", {}),
        (f"runs/{waiting.run_id}/cancel/", {}),
    ):
        answer = client.post(f"/api/v1/{path}", body, content_type="application/json")
        shown += _text(answer)
    assert hides(shown)


def _answers(waiting: Approval) -> list[tuple[str, Any]]:
    """Answers that do not fit, and are told why."""
    seen = {"digest": waiting.digest, "version": waiting.version}
    place = f"approvals/{waiting.pk}"
    wrong = [
        {"approved": "perhaps", "safe": SAFE},
        {"approved": True, "vault": {"where": "Cellar", "code": VAULT, "more": SAFE}},
    ]
    return [
        (f"{place}/{act}/", {"data": data, **seen})
        for act in ("validate", "decide")
        for data in wrong
    ]


def test_no_page_that_refuses_shows_one(
    approvals: list[Approval], client: Client
) -> None:
    waiting = approvals[2]
    shown = ""
    for sent in (
        {"digest": waiting.digest, "version": "9", "answer.safe.__secret": SAFE},
        {"digest": waiting.digest, "version": str(waiting.version)},
        {
            "digest": "other",
            "version": str(waiting.version),
            "answer.safe.__secret": SAFE,
        },
    ):
        shown += _text(client.post(f"/approvals/{waiting.pk}/", sent))
    shown += _text(client.post("/workflows/keys/start/", {"input.door.__secret": DOOR}))
    client.post(f"/approvals/{waiting.pk}/draft/", {"answer.note": "Not yet."})
    shown += _text(client.get(f"/approvals/{waiting.pk}/"))
    assert hides(shown)


def test_no_command_prints_one(approvals: list[Approval], operator: User) -> None:
    said = io.StringIO()
    waiting = approvals[2]
    given = json.dumps({"who": "Ines", "door": DOOR})
    answer = json.dumps({"approved": True, "safe": SAFE, "alarm": ALARM})
    for command, *options in (
        ("start_run", "keys", "--data", given),
        ("start_run", "keys", "--data", given, "--wait"),
        ("start_run", "keys", "--data", json.dumps({"door": DOOR, "more": SAFE})),
        ("decide", waiting.pk, "--as", "bob", "--data", json.dumps({"safe": SAFE})),
        ("decide", waiting.pk, "--as", "alice", "--data", answer),
        ("check_waiting",),
        ("audit_verify",),
    ):
        try:
            call_command(command, *options, stdout=said, stderr=said)
        except CommandError as refusal:
            said.write(str(refusal))
    hides(said.getvalue())


def test_no_mail_and_no_program_is_sent_one(
    approvals: list[Approval], desk: Desk, settings: Any
) -> None:
    receiver = Receiver()
    settings.APPROVALS = {
        **settings.APPROVALS,
        "SEND_MAILS": True,
        "KEEP_MAILS": True,
        "WEBHOOK_LOCAL_RECEIVERS": (receiver.origin,),
    }
    Webhook.objects.create(url=f"{receiver.origin}/hook")
    given = {"approved": True, "comment": f"Take {EDITED}.", "alarm": EDITED}
    waiting = approvals[2]
    desk.answer(waiting, desk.alice, data=given)
    while SpreadChore().do_due() or MailChore().do_due() or WebhookChore().do_due():
        pass
    receiver.stop()
    parts = [part for one in mail.outbox for part in one.message().walk()]
    sent = "".join(str(part.get_payload(decode=True)) for part in parts)
    assert receiver.told
    assert "Take" in sent
    assert "<html" in sent
    assert hides(sent + "".join(body.decode() for _headers, body in receiver.told))
    assert hides(_rows(Mail, WebhookDelivery))


def test_no_row_made_to_be_shown_holds_one(
    approvals: list[Approval], client: Client
) -> None:
    """What is kept beside the journal; what people said is masked when it is shown."""
    waiting = approvals[2]
    client.post(f"/approvals/{waiting.pk}/draft/", {"answer.note": "Not yet."})
    assert hides(_rows(Mail, SearchText, Draft, AuditRow))
    approval = "".join(f"{one.title}{one.summary}" for one in Approval.objects.all())
    patches = "".join(one.patch for one in ApprovalComment.objects.all())
    assert "replace" in patches
    assert hides(approval + patches)


def _rows(*models: Any) -> str:
    return "".join(str(row) for model in models for row in model.objects.values())


@pytest.mark.django_db(transaction=True)
async def test_no_socket_tells_one(desk: Desk, operator: User, layer: None) -> None:
    opened = await sync_to_async(lambda: asked(workflow(), desk, fails=False))()
    given = {"approved": True, "safe": SAFE, "alarm": EDITED}
    async with (
        listening("/ws/inbox/", desk.alice) as inbox,
        listening(f"/ws/runs/{opened.run_id}/", operator) as run,
    ):
        await inbox.send_json_to({"type": "subscribe", "id": DOOR, "door": DOOR})
        refused = await inbox.receive_from()
        await sync_to_async(desk.answer)(opened, desk.alice, data=given)
        await pokes.poke_inboxes(opened.pk, opened.run_id)
        await pokes.poke_run(opened.run_id, 9)
        heard = (refused, await inbox.receive_from(), await run.receive_from())
        shown = "".join(map(str, heard))
    assert opened.pk in shown
    hides(shown.replace(DOOR, "", 1))  # the sender's own id of the frame


def test_the_event_stream_shows_none(approvals: list[Approval]) -> None:
    shown = streamed(approvals[0].run_id)
    assert "workflow-finish" in shown
    assert hides(shown)


def test_no_log_line_shows_one(
    desk: Desk, operator: User, written: io.StringIO
) -> None:
    everything(desk)
    assert "opening a door" in written.getvalue()
    hides(written.getvalue())


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that the product's own configuration would write to its log."""
    configured = logs.configure(level="DEBUG", style="json")["formatters"]["lines"]
    formatter = configured.pop("()")(**configured)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    names = ("workflows", "approvals")
    for name in names:
        logging.getLogger(name).addHandler(handler)
    yield stream
    for name in names:
        logging.getLogger(name).removeHandler(handler)


def test_no_span_shows_one(
    desk: Desk, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    everything(desk)
    spans = kept.get_finished_spans()
    assert {"step make", "workflow keys"} <= {span.name for span in spans}
    assert hides("".join(span.to_json() for span in spans))


def _text(answer: Any) -> str:
    return str(answer.getvalue().decode())


def streamed(run_id: str) -> str:
    """What a client that listens from the start on is sent, to the last frame."""
    row = Run.objects.get(pk=run_id)
    told = workflows.get_run(run_id).events()

    class Listened:
        id = run_id

        async def observe(self, after: int) -> AsyncIterator[RunEvent]:
            for event in told:
                yield event

        async def arow(self) -> Run:
            return row

    run: Any = Listened()
    mask = mask_of(row)

    async def frames() -> str:
        sent = event_stream._frames(run, 0, lambda: True, mask)
        return "".join([frame async for frame in sent])

    return asyncio.run(frames())
