"""What is told to programs, and the chore that sends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from approvals import conf
from approvals.notifications import outbox
from approvals.notifications.addresses import absolute
from approvals.notifications.kinds import Kind
from approvals.notifications.models import Notice, Webhook, WebhookDelivery
from approvals.notifications.webhooks import posting, signing
from approvals.notifications.webhooks.guard import Refused
from approvals.statuses import ApprovalStatus
from workflows.rows import database_now

AT_ONCE = 20  # deliveries in one go
WHILE_OPEN = frozenset(Kind) - {Kind.OUTCOME, Kind.ATTENTION}


class WebhookChore:
    """Sends what is due."""

    def next_in(self) -> float | None:
        return outbox.next_in(WebhookDelivery)

    def do_due(self) -> int:
        for done in range(AT_ONCE):
            delivery = outbox.claim(WebhookDelivery, now=database_now())
            if delivery is None:
                return done
            deliver(delivery)
        return AT_ONCE


def deliveries(notice: Notice, *, now: datetime) -> Iterator[WebhookDelivery]:
    """One for each subscription that wants to hear of it; none while switched off."""
    if not conf.get("WEBHOOK_HOSTS") and not conf.get("WEBHOOK_LOCAL_RECEIVERS"):
        return
    if notice.is_of_lapse:  # the approval is open: no outcome for a program
        return
    for webhook in Webhook.objects.filter(active=True):
        if not webhook.kinds or notice.kind in webhook.kinds:
            body = _body(notice)
            yield WebhookDelivery(webhook=webhook, notice=notice, body=body, due_at=now)


def deliver(delivery: WebhookDelivery) -> None:
    """Send a claimed delivery and record how that went."""
    if not delivery.webhook.active:
        outbox.skip(delivery, "the webhook is switched off")
        return
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Countersign",
        **signing.headers(
            event_id=delivery.event_id,
            timestamp=int(database_now().timestamp()),
            body=body,
            seed=delivery.webhook.seed,
        ),
    }
    try:
        status = posting.post(delivery.webhook.url, body, headers)
    except Exception as error:
        # Whatever a receiver, its name or its certificate comes up with.
        known = isinstance(error, Refused | OSError)
        words = f": {error}" if known else ""
        outbox.put_off(delivery, type(error).__name__ + words)
        return
    if 200 <= status < 300:
        outbox.sent(delivery, answer=status)
    else:
        outbox.put_off(delivery, f"HTTP {status}", answer=status)


def _body(notice: Notice) -> str:
    """Ids and outcomes; who wants to read more asks REST, with rights of its own.

    Whatever became of the approval since, this tells how it stood at the event.
    """
    approval = notice.approval
    open_then = notice.kind in WHILE_OPEN
    return json.dumps(
        {
            "type": f"approval.{notice.kind}",
            "timestamp": notice.at.isoformat(),
            "data": {
                "approval_id": approval.pk,
                "run_id": approval.run_id,
                "workflow": approval.workflow,
                "step": approval.step_path,
                "version": approval.version,
                "status": ApprovalStatus.OPEN if open_then else approval.status,
                "outcome": "" if open_then else approval.outcome,
                "url": absolute(f"/api/v1/approvals/{approval.pk}/"),
            },
        }
    )
