"""Production access: asked for, approved, granted, and taken back in time."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from approvals import approval_policy
from workflows import Bailed, StepContext, Suspended, Workflow, step

from . import grants, risk
from .schemas import (
    AccessAnswer,
    AccessOutcome,
    AccessQuestion,
    AccessRequest,
    ApprovedAccess,
    AssessedRequest,
    OpenAccess,
)


@step(description="Rate the risk of the request")
def assess_risk(request: AccessRequest) -> AssessedRequest:
    """Write down what the reviewer should weigh."""
    found = risk.concerns(request)
    rating = risk.rate(request, found)
    return AssessedRequest(request=request, risk=rating, concerns=found)


def urgency(question: AccessQuestion) -> str:
    """An incident can't wait; the other requests can, for some hours."""
    return "urgent" if (question.ticket or "").startswith("INC-") else "normal"


def time_to_answer(question: AccessQuestion) -> timedelta:
    """How soon somebody on call should have answered."""
    return timedelta(minutes=30 if urgency(question) == "urgent" else 240)


@approval_policy(
    groups=["platform-on-call"],
    require_comment_on_reject=True,
    priority=urgency,
    due_in=time_to_answer,
    summary=("duration", "risk", "ticket"),
)
@step(
    description="Somebody on call grants or rejects",
    suspend_schema=AccessQuestion,
    resume_schema=AccessAnswer,
)
def on_call_approval(
    assessed: AssessedRequest, ctx: StepContext[AssessedRequest, AccessAnswer]
) -> ApprovedAccess | Suspended | Bailed:
    """Ask the people on call; they may shorten the time, never stretch it."""
    answer = ctx.resume_data
    if answer is None:
        return ctx.suspend(_question(assessed))
    if answer.decision == "reject":
        return ctx.bail(AccessOutcome(granted=False, reason=answer.comment))
    request = assessed.request
    return ApprovedAccess(
        engineer=request.engineer,
        system=request.system,
        level=request.level,
        hours=min(answer.hours or request.hours, request.hours),
    )


@step(description="Open the access", retries=3, retry_delay=5)
def grant_access(
    access: ApprovedAccess, ctx: StepContext[ApprovedAccess, None]
) -> OpenAccess:
    """Open it once: a repeated attempt finds the grant of the first by its key."""
    grant = grants.open_access(
        key=ctx.idempotency_key, access=access, now=timezone.now()
    )
    return OpenAccess(key=grant.key, system=access.system, expires_at=grant.expires_at)


def end_of_access(ctx: StepContext[Any, None]) -> datetime:
    """When to wake up and take the access back."""
    return datetime.fromisoformat(ctx.input_data["expires_at"])


@step(description="Take the access back", retries=10, retry_delay=30)
def revoke_access(opened: OpenAccess) -> AccessOutcome:
    """Close what was opened; trying again does no harm."""
    revoked_at = grants.revoke_access(key=opened.key, now=timezone.now())
    return AccessOutcome(granted=True, revoked_at=revoked_at)


# Not registered: nobody may start it on its own, past the approval.
timed_access = (
    Workflow("timed-access", input_schema=ApprovedAccess, output_schema=AccessOutcome)
    .then(grant_access)
    .sleep_until(end_of_access, id="access-is-open")
    .then(revoke_access)
    .commit(register=False)
)

access_request = (
    Workflow(
        "access-request",
        input_schema=AccessRequest,
        output_schema=AccessOutcome,
        description="Give an engineer production access for some hours, "
        "once somebody on call agreed, and take it back by itself.",
    )
    .then(assess_risk)
    .then(on_call_approval)
    .then(timed_access)
    .commit()
)


def _question(assessed: AssessedRequest) -> AccessQuestion:
    request = assessed.request
    hours = f"{request.hours} hour" + ("s" if request.hours > 1 else "")
    return AccessQuestion(
        title=f"Give {request.engineer} {request.level} access to {request.system}?",
        engineer=request.engineer,
        system=request.system,
        level=request.level,
        duration=hours,
        risk=assessed.risk,
        concerns=assessed.concerns,
        ticket=request.ticket,
        reason=request.reason,
    )
