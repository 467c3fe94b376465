"""Whatever shows a run or an approval: no secret leaves but by the audited way."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pydantic import BaseModel, SecretStr

import workflows
from approvals import ApprovalPolicy
from approvals.models import Approval, Draft, SearchText
from approvals.notifications.models import Mail, WebhookDelivery
from tests.approvals.conftest import Desk
from workflows import RunEvent, Step, StepContext, Workflow
from workflows.masking import MASK
from workflows.models import Run
from workflows.rest import event_stream
from workflows.run_masking import mask_of
from workflows.testing import run_until_idle

DOOR, TOKEN, SAFE = "door-4711-code", "token-2525-made", "safe-0815-code"
PIN, CONTEXT, ALARM = "pin-9876-state", "context-3131-key", "alarm-6464-code"
EDITED = "alarm-7777-mine"
SECRETS = (DOOR, TOKEN, SAFE, PIN, CONTEXT, ALARM, EDITED)

REVEALING = "approvals/<str:approval_id>/secrets/"


class Order(BaseModel):
    who: str
    door: SecretStr
    fails: bool = False


class State(BaseModel):
    pin: SecretStr | None = None


class Context(BaseModel):
    key: SecretStr


class Made(BaseModel):
    token: SecretStr


class Handover(BaseModel):
    title: str = "Hand over the keys?"
    code: SecretStr
    alarm: SecretStr


class Receipt(BaseModel):
    approved: bool
    alarm: SecretStr | None = None
    safe: SecretStr | None = None


def make(order: Order, ctx: StepContext[Order, Any]) -> Made:
    ctx.set_state({"pin": PIN})
    return Made(token=SecretStr(TOKEN))


def hand_over(made: Made, ctx: StepContext[Made, Receipt]) -> Any:
    if ctx.resume_data is None:
        return ctx.suspend(Handover(code=SecretStr(DOOR), alarm=SecretStr(ALARM)))
    return {"said": f"It was {SAFE}."}


def careless(given: Any, ctx: StepContext[Any, Any]) -> Any:
    """Declares nothing, and tells all it knows."""
    ctx.write({"chunk": [f"Opening {DOOR}"]})
    if ctx.get_init_data()["fails"]:
        raise ValueError(f"{SAFE} does not fit {TOKEN}")
    return {"pin": PIN, **given}


@pytest.fixture
def operator(desk: Desk) -> User:
    User.objects.filter(pk=desk.bob.pk).update(is_superuser=True, is_staff=True)
    return User.objects.get(pk=desk.bob.pk)


@pytest.fixture
def approvals(desk: Desk, operator: User) -> list[Approval]:
    """One answered, one answered whose run then failed, and one open."""
    User.objects.update(email="somebody@example.org")
    asking = ApprovalPolicy(groups=["managers"], editable=["alarm"])(
        Step("ask", hand_over, suspend_schema=Handover, resume_schema=Receipt)
    )
    keys = Workflow(
        "keys",
        input_schema=Order,
        state_schema=State,
        request_context_schema=Context,
    )
    keys.then(Step("make", make)).then(asking).then(Step("careless", careless)).commit()
    found = [_asked(keys, desk, fails=fails) for fails in (False, True, False)]
    for approval in found[:2]:
        given = {"approved": True, "safe": SAFE, "alarm": EDITED}
        desk.answer(approval, desk.alice, data=given)
    run_until_idle()
    assert Run.objects.get(pk=found[1].run_id).status == "failed"
    return found


def _asked(keys: Workflow, desk: Desk, *, fails: bool) -> Approval:
    run: Any = keys.create_run(initiator=desk.ines)
    order = Order(who="Ines", door=SecretStr(DOOR), fails=fails)
    result = run.start(order, request_context={"key": CONTEXT})
    assert result.status == "suspended", result.error
    return Approval.objects.get(run=run.id)


def test_no_route_shows_a_secret(approvals: list[Approval], operator: User) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(operator)
    seen = ""
    for address in dict.fromkeys(addresses(approvals)):
        answer = client.get(address)
        assert answer.status_code < 500, address
        text = _text(answer)
        assert [one for one in SECRETS if one in text] == [], address
        seen += text if answer.status_code == 200 else ""
    assert seen.count(MASK) > 100  # that is: there was something to be hidden


def test_no_act_nor_what_is_sent_shows_a_secret(
    approvals: list[Approval], operator: User, desk: Desk
) -> None:
    client = Client()
    client.force_login(operator)
    answered, failed, waiting = approvals
    place = "/api/v1/runs"
    headers: Any = {"content_type": "application/json"}
    shown = streamed(answered.run_id)
    assert "workflow-finish" in shown
    started = client.post(
        "/api/v1/workflows/keys/runs/",
        {"input_data": {"who": "Ines", "door": DOOR}},
        **headers,
    )
    shown += _text(started)
    shown += _text(client.post(f"{place}/{failed.run_id}/restart/", "{}", **headers))
    wrong = {"approved": "perhaps", "safe": SAFE}
    body = {"data": wrong, "digest": waiting.digest, "version": waiting.version}
    at = f"/api/v1/approvals/{waiting.pk}"
    shown += _text(client.post(f"{at}/validate/", body, **headers))
    shown += _text(client.post(f"{at}/decide/", body, **headers))
    page = {"digest": waiting.digest, "version": "9", "answer.safe": SAFE}
    shown += _text(client.post(f"/approvals/{waiting.pk}/", page))
    shown += _text(client.post(f"{place}/{waiting.run_id}/cancel/", "{}", **headers))
    out = io.StringIO()
    for command in ("check_waiting", "audit_verify"):
        call_command(command, stdout=out, stderr=out)
    shown += out.getvalue()
    for rows in (Mail, WebhookDelivery, SearchText, Draft):
        shown += "".join(str(row) for row in rows.objects.values())
    shown += "".join(f"{each.subject} {each.body}" for each in mail.outbox)
    assert [one for one in SECRETS if one in shown] == []
    assert MASK in shown


def test_the_audited_way_shows_them(approvals: list[Approval], operator: User) -> None:
    client = Client()
    client.force_login(operator)
    page = _text(client.post(f"/approvals/{approvals[0].pk}/secrets/"))
    assert all(one in page for one in (DOOR, EDITED, SAFE))


def test_without_the_code_every_text_of_a_run_is_hidden(
    approvals: list[Approval], operator: User
) -> None:
    Run.objects.update(version="gone")
    client = Client()
    client.force_login(operator)
    for approval in approvals:
        for part in ("", "events/", "snapshots/"):
            answer = client.get(f"/api/v1/runs/{approval.run_id}/{part}")
            assert answer.status_code == 200
            text = _text(answer)
            assert [one for one in SECRETS if one in text] == []


def addresses(approvals: list[Approval]) -> Iterator[str]:
    """Every route, for every approval and run; an admin page for every row."""
    for route in routes(get_resolver(), ""):
        if route == REVEALING or "logout" in route:
            continue
        for approval in approvals:
            address = route
            for name, value in (
                ("<str:approval_id>", approval.pk),
                ("<str:run_id>", approval.run_id),
                ("<str:workflow_id>", "keys"),
            ):
                address = address.replace(name, value)
            if "<" not in address and "^" not in address:
                yield f"/{address}"
    for model in admin.site._registry:
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}"
        for pk in model._default_manager.values_list("pk", flat=True):
            yield f"{place}/{pk}/change/"
    for row in Mail.objects.all():
        yield f"/outbox/{row.pk}/"
        yield f"/outbox/{row.pk}/html/"
    for approval in approvals:
        yield f"/api/v1/runs/{approval.run_id}/?include_state=true"
    yield "/?q=4711"


def routes(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route


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
