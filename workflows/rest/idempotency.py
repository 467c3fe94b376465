"""`Idempotency-Key`: a repeated request gets the first answer and does nothing.

The key commits in the transaction of what the request does. So a request that got
no answer took full effect, key included, or none, and a repeat finds out which.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from workflows import json_gate
from workflows.json_gate import JSONObject
from workflows.rest.access import caller
from workflows.rest.models import IdempotencyKey
from workflows.rest.problems import Refused

KEY = re.compile(r"[\x21-\x7e]{1,255}")
GRACE = timedelta(seconds=5)
DEFAULT_RETENTION = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A successful answer, as it is sent and as it is kept."""

    status: int
    body: JSONObject
    location: str = ""

    def response(self) -> Response:
        headers = {"Location": self.location} if self.location else {}
        return Response(self.body, status=self.status, headers=headers)


class _KeyTaken(Exception):
    """Somebody holds this key already."""


def answer_once(
    request: Request,
    act: Callable[[], Answer | Exception],
    *,
    wait: float = 0.0,
    then: Callable[[Answer], Answer] | None = None,
) -> Response:
    """Answer by `act`, which commits as a whole or not at all; with a key only once.

    `then` may make a better answer after the commit, within `wait` seconds. A repeat
    in that time is asked to come back; after a crash it gets what `act` answered.

    An exception that `act` gives back is raised after the commit; it takes no key.
    """
    better = then if then is not None and wait else _unchanged
    key = _read_key(request)
    if key is None:
        return better(_raised(act())).response()
    digest = _digest(request)
    try:
        with transaction.atomic():
            row = _take(request, key, digest, wait)
            done = act()
            if isinstance(done, Answer):
                _keep(row, done)
            else:
                row.delete()
    except _KeyTaken:
        return _repeat(request, key, digest)
    answer = _raised(done)
    if row.open_until is not None:
        answer = better(answer)
        row.open_until = None
        _keep(row, answer)
    return answer.response()


def _raised(done: Answer | Exception) -> Answer:
    if isinstance(done, Exception):
        raise done
    return done


def _unchanged(answer: Answer) -> Answer:
    return answer


def _read_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise Refused(
            400,
            "Idempotency-Key must be 1 to 255 visible ASCII characters.",
            code="bad-idempotency-key",
        )
    return key


def _digest(request: Request) -> str:
    body = request.data if request.stream.getvalue().strip() else {}
    return json_gate.digest([request.method, request.path, body])


def _take(request: Request, key: str, digest: str, wait: float) -> IdempotencyKey:
    """Claim the key by its unique constraint; PostgreSQL awaits a rival's commit."""
    now = timezone.now()
    mine = IdempotencyKey.objects.filter(user=caller(request))
    mine.filter(created_at__lt=now - _retention()).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                user=caller(request),
                key=key,
                request_digest=digest,
                status=0,
                answer="",
                created_at=now,
                open_until=now + timedelta(seconds=wait) + GRACE if wait else None,
            )
    except IntegrityError as error:
        raise _KeyTaken from error


def _keep(row: IdempotencyKey, answer: Answer) -> None:
    row.status = answer.status
    row.answer = json_gate.dumps(answer.body)
    row.location = answer.location
    row.save(update_fields=["status", "answer", "location", "open_until"])


def _repeat(request: Request, key: str, digest: str) -> Response:
    row = IdempotencyKey.objects.get(user=caller(request), key=key)
    if row.request_digest != digest:
        raise Refused(
            422,
            "This Idempotency-Key was used for another request.",
            code="idempotency-key-reused",
        )
    left = (row.open_until - timezone.now()).total_seconds() if row.open_until else 0
    if left > 0:
        raise Refused(
            409,
            "The first request with this Idempotency-Key is still in flight.",
            code="in-flight",
            headers={"Retry-After": str(max(1, min(math.ceil(left), 5)))},
        )
    body = json_gate.loads(row.answer)
    assert isinstance(body, dict)
    return Answer(status=row.status, body=body, location=row.location).response()


def _retention() -> timedelta:
    days = settings.WORKFLOWS.get("IDEMPOTENCY_DAYS")
    return DEFAULT_RETENTION if days is None else timedelta(days=days)
