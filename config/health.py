"""Health of this process, for whoever watches over it."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import broker
from workflows import soundness


@login_not_required
@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers. Looks at nothing else, so a restart is the right cure."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Requests can be served: the database answers and has every migration.

    A Redis that is gone is told of, but nobody is turned away because of it.
    """
    trouble = _trouble()
    answer = {"status": trouble or "ok"}
    if missing := broker.trouble():
        answer["redis"] = missing
    return JsonResponse(answer, status=503 if trouble else 200)


def _trouble() -> str:
    try:
        waiting = soundness.waiting_migrations()
    except DatabaseError:
        return "the database does not answer"
    return f"migrations not applied: {waiting}" if waiting else ""
