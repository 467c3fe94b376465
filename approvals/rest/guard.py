"""What an approval means for the engine's API: who sees a run, and who answers it."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from approvals import audit, errors, inbox
from approvals.models import Approval
from approvals.statuses import Channel
from workflows.json_gate import JSONObject
from workflows.rest import access, problems

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ApprovalGuard:
    """Candidates see the run of their approval; what they are asked, they answer."""

    def may_see(self, user: "User") -> Q:
        return Q(pk__in=inbox.visible_to(user).order_by().values("run"))

    def answered_elsewhere(self, suspension_ids: Collection[str]) -> dict[str, str]:
        asked = Approval.objects.open().filter(pk__in=suspension_ids)
        return {
            pk: reverse("approvals-rest:decide", args=[pk])
            for pk in asked.values_list("pk", flat=True)
        }

    def links(self, run_id: str) -> dict[str, str]:
        return {"approvals": f"{reverse('approvals-rest:approvals')}?run={run_id}"}

    def acting(self, request: Request) -> AbstractContextManager[None]:
        return audit.acting(
            access.caller(request),
            Channel.REST,
            token_id=token_id(request),
            address=address(request),
        )


def register() -> None:
    """Bring the guard and the errors' statuses to the engine's API."""
    access.register(ApprovalGuard())
    problems.register(
        errors.STATUS_FOR,
        {
            errors.NotAllowed: lambda error: {"reasons": list(error.reasons)},
            errors.StalePage: lambda error: {"changes": list(error.changes)},
            errors.AlreadyDecided: _winner,
            errors.AlreadyClaimed: _claimer,
        },
    )


def token_id(request: Request) -> str | None:
    """The public part of the token the caller used, if it was one."""
    return getattr(request.auth, "token_key", None)


def address(request: Request) -> str | None:
    """Where the caller is, as far as the configured proxies say."""
    ident = BaseThrottle().get_ident(request)
    return ident[:64] if ident else None


def _winner(error: errors.AlreadyDecided) -> JSONObject:
    return {
        "winner": error.winner,
        "at": error.at.isoformat(),
        "outcome": error.outcome,
    }


def _claimer(error: errors.AlreadyClaimed) -> JSONObject:
    return {"winner": error.winner, "at": error.at.isoformat()}
