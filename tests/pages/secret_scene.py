"""A workflow that knows secrets and is careless with them, and everybody it asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pydantic import BaseModel, Field, Secret, SecretStr

from approvals import ApprovalPolicy, change_requests, delegations, saved_views
from approvals.locking import Caller
from approvals.models import Approval
from approvals.statuses import Channel
from tests.approvals.conftest import Desk
from workflows import Step, StepContext, Workflow, schedules
from workflows.models import Run
from workflows.testing import run_until_idle

DOOR, TOKEN, SAFE = "door-4711-code", "token-2525-made", "safe-0815-code"
PIN, CONTEXT, ALARM = "pin-9876-state", "context-3131-key", "alarm-6464-code"
EDITED, VAULT, PLATE = "alarm-7777-mine", "vault-8989-code", "plate-1212-code"
SECRETS = (DOOR, TOKEN, SAFE, PIN, CONTEXT, ALARM, EDITED, VAULT, PLATE)


class Order(BaseModel):
    who: str
    door: SecretStr
    fails: bool = False


class State(BaseModel):
    pin: SecretStr | None = None


class Context(BaseModel):
    key: Secret[str]


class Made(BaseModel):
    token: SecretStr


class Vault(BaseModel):
    where: str = "Cellar"
    code: SecretStr


class Handover(BaseModel):
    title: str
    code: SecretStr = Field(json_schema_extra={"public": True})
    alarm: SecretStr
    vault: Vault = Field(json_schema_extra={"public": True})
    said: dict[str, str] = {}
    note: str = ""
    plate: SecretStr


class Receipt(BaseModel):
    approved: bool
    comment: str = ""
    alarm: SecretStr | None = None
    safe: Secret[str] | None = None
    vault: Vault | None = Field(None, json_schema_extra={"widget": "json"})
    note: str = ""
    plate: str = ""  # secret in the question, and forgotten here


def make(order: Order, ctx: StepContext[Order, Any]) -> Made:
    ctx.set_state({"pin": PIN})
    return Made(token=SecretStr(TOKEN))


def hand_over(made: Made, ctx: StepContext[Made, Receipt]) -> Any:
    if ctx.resume_data is None:
        return ctx.suspend(
            Handover(
                title=f"Hand over the keys to {DOOR}?",
                code=SecretStr(DOOR),
                alarm=SecretStr(ALARM),
                vault=Vault(code=SecretStr(VAULT)),
                said={f"about {TOKEN}": f"{PIN} and {CONTEXT}"},
                note=f"The key to it is {TOKEN}.",
                plate=SecretStr(PLATE),
            )
        )
    return {"said": f"It was {SAFE}."}


def careless(given: Any, ctx: StepContext[Any, Any]) -> Any:
    """Declares nothing, and tells all it knows."""
    ctx.write({"chunk": [f"Opening {DOOR}"]})
    ctx.logger.warning("opening a door")
    if ctx.get_init_data().fails:
        raise ValueError(f"{SAFE} does not fit {TOKEN}")
    return {"pin": PIN, **given}


def workflow() -> Workflow:
    asking = ApprovalPolicy(
        groups=["managers"],
        editable=["alarm", "note"],
        summary=["note", "code", "vault.where"],
        decide_by_link=True,
        exclude_initiator=False,
    )(Step("ask", hand_over, suspend_schema=Handover, resume_schema=Receipt))
    keys = Workflow(
        "keys",
        input_schema=Order,
        state_schema=State,
        request_context_schema=Context,
        schedule={"cron": "0 0 1 1 *", "input_data": {"who": "Ines", "door": DOOR}},
    )
    keys.then(Step("make", make)).then(asking).then(Step("careless", careless))
    return keys.commit()


def asked(keys: Workflow, desk: Desk, *, fails: bool) -> Approval:
    run: Any = keys.create_run(initiator=desk.ines)
    order = Order(who="Ines", door=SecretStr(DOOR), fails=fails)
    spans = {"request_context_keys": ["key"]}
    result = run.start(order, request_context={"key": CONTEXT}, tracing=spans)
    assert result.status == "suspended", result.error
    return Approval.objects.get(run=run.id)


def everything(desk: Desk) -> list[Approval]:
    """One answered, one answered whose run then failed, and one open and edited."""
    User.objects.update(email="somebody@example.org")
    keys = workflow()
    found = [asked(keys, desk, fails=fails) for fails in (False, True, False)]
    _sent_back(found[2], desk)
    for approval in found[:2]:
        given = {
            "approved": True,
            "safe": SAFE,
            "alarm": EDITED,
            "comment": f"Take {SAFE} with you.",
            "vault": {"where": "Attic", "code": VAULT},
        }
        desk.answer(approval, desk.alice, data=given)
    run_until_idle()
    assert Run.objects.get(pk=found[1].run_id).status == "failed"
    _around(desk)
    return [Approval.objects.get(pk=approval.pk) for approval in found]


@pytest.fixture
def operator(desk: Desk) -> User:
    User.objects.filter(pk=desk.bob.pk).update(is_superuser=True, is_staff=True)
    return User.objects.get(pk=desk.bob.pk)


@pytest.fixture
def approvals(desk: Desk, operator: User) -> list[Approval]:
    return everything(desk)


def _sent_back(approval: Approval, desk: Desk) -> None:
    """Changes asked for, and made: of the secret, and with the secret in the words."""
    change_requests.request_changes(
        approval_id=approval.pk,
        caller=_by(desk.alice),
        text=f"Not {ALARM}.",
        digest=approval.digest,
        version=approval.version,
    )
    change_requests.resubmit(
        approval_id=approval.pk,
        caller=_by(desk.ines),
        text=f"Now {EDITED}.",
        edits_made={"alarm": EDITED},
        version=approval.version,
    )


def _around(desk: Desk) -> None:
    """What else has a page of its own."""
    now = timezone.now()
    delegations.delegate(
        caller=_by(desk.alice),
        delegator=desk.alice,
        delegate="bob",
        starts_at=now,
        ends_at=now + timedelta(days=1),
    )
    saved_views.save(owner=desk.bob, name="Keys", address="?q=keys", now=now)
    schedules.sync()


def _by(user: User) -> Caller:
    return Caller(user=user, channel=Channel.PAGE, now=timezone.now())
