"""Links out of mails: 256 random bits each, of which only a hash is kept.

A link is for one person, one approval in one version, and its outcomes. By default it
leads to the login. Where the policy allows it (``link_policy``), it decides: once, by
the same ``decisions.decide`` as everything else.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import workflows
from approvals import conf, decisions
from approvals.models import Approval
from approvals.notifications import link_policy
from approvals.notifications.kinds import Purpose
from approvals.notifications.link_policy import LinkUnusable
from approvals.notifications.models import Link
from approvals.openings import question_of
from approvals.policies import eligibility
from approvals.statuses import Channel
from approvals.verdicts import SUBMITTED, verdict_field, verdict_of
from workflows.json_gate import JSONObject, JSONValue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BYTES = 32


def issue(approval: Approval, recipient: User, *, now: datetime) -> str:
    """The path of a new link; what it may do is settled here."""
    token = secrets.token_urlsafe(BYTES)
    purpose = Purpose.DECIDE if _may_decide(approval) else Purpose.OPEN
    Link.objects.create(
        token_hash=_hash(token),
        approval=approval,
        version=approval.version,
        recipient=recipient,
        purpose=purpose,
        outcomes=json.dumps(_outcomes(approval)),
        created_at=now,
        expires_at=now + _life(purpose),
    )
    return f"/d/{token}"


def find(token: str, *, now: datetime) -> Link:
    """The link while it can be used; else ``LinkUnusable``, whatever the reason."""
    link = issued(token, now=now)
    if link is None:
        raise LinkUnusable
    if link.purpose == Purpose.DECIDE and (link.used_at or not _is_current(link)):
        raise LinkUnusable
    return link


def issued(token: str, *, now: datetime) -> Link | None:
    """The link until it expires: whoever has it got the mail of its recipient."""
    valid = Link.objects.filter(
        token_hash=_hash(token), expires_at__gt=now, recipient__is_active=True
    )
    return valid.select_related("approval__suspension__run", "recipient").first()


def decide(
    link: Link, data: JSONValue, *, digest: str, now: datetime, address: str | None
) -> Approval:
    """Decide as the link's recipient. A refused answer does not use the link up."""
    approval = link.approval
    if verdict_of(data, _schema(approval)).value not in json.loads(link.outcomes):
        raise LinkUnusable
    if not _take(link, now=now):
        raise LinkUnusable
    try:
        return decisions.decide(
            approval_id=approval.pk,
            decided_by=link.recipient,
            data=data,
            digest=digest,
            version=link.version,
            channel=Channel.LINK,
            now=now,
            token_id=f"link-{link.pk}",
            address=address,
        )
    except BaseException:
        # Nothing was decided, so it may be tried again with a better answer.
        Link.objects.filter(pk=link.pk, used_at=now).update(used_at=None)
        raise


def _life(purpose: Purpose) -> timedelta:
    if purpose == Purpose.DECIDE:
        return timedelta(minutes=conf.get("DECIDING_LINK_MINUTES"))
    return timedelta(hours=conf.get("LINK_HOURS"))


def _take(link: Link, *, now: datetime) -> bool:
    """Of any number of posts at once, one goes on."""
    return bool(Link.objects.filter(pk=link.pk, used_at=None).update(used_at=now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _may_decide(approval: Approval) -> bool:
    asked_for = question_of(approval.suspension).rule.decide_by_link
    return link_policy.allows(approval, asked_for=asked_for)


def _is_current(link: Link) -> bool:
    """Whether what the mail was about is still what is asked, of this person."""
    approval = link.approval
    return (
        approval.is_open
        and approval.version == link.version
        and _may_decide(approval)
        and workflows.suspended_step(approval.suspension) is not None
        and eligibility(link.recipient, approval).may_decide
    )


def _outcomes(approval: Approval) -> list[str]:
    schema = _schema(approval)
    field = verdict_field(schema)
    if field is None:
        return [SUBMITTED]
    return [verdict_of({field.name: each}, schema).value for each in field.choices]


def _schema(approval: Approval) -> JSONObject:
    return approval.suspension.answer_schema_value
