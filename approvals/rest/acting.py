"""What the endpoints of acts share: one shape, one answer for each key."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.utils import timezone
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.locking import Caller
from approvals.models import Approval
from approvals.rest import bodies
from approvals.rest.guard import address, token_id
from approvals.rest.views import detail, visible
from approvals.statuses import Channel
from workflows.rest.access import caller
from workflows.rest.base import read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented
from workflows.rest.idempotency import Answer, answer_once
from workflows.rest.problems import pointing_at
from workflows.rest.query import NoQuery, read_query

Body = TypeVar("Body", bound=BaseModel)

# How the method of an act is documented, whose answer `acted` gives.
documented_act = partial(
    documented,
    tag="approvals",
    headers=[IDEMPOTENCY_KEY],
    answers={200: bodies.ApprovalDetail},
    problems=(409,),
)


def acted(
    request: Request,
    approval_id: str,
    form: type[Body],
    service: Callable[[str, Body, Caller], object],
    *,
    required: bool = True,
) -> Response:
    """Do one act, once for each key, and show the approval as it is then."""
    found = found_in(request, approval_id)
    body = read_body(request, form, required=required)

    def act() -> Answer:
        with pointing_at(""):
            service(found.pk, body, who(request))
        return Answer(status=200, body=detail(request, found.pk))

    return answer_once(request, act)


def who(request: Request) -> Caller:
    """The caller of this request, for the services and the audit chain."""
    return Caller(
        user=caller(request),
        channel=Channel.REST,
        now=timezone.now(),
        token_id=token_id(request),
        address=address(request),
    )


def found_in(request: Request, approval_id: str) -> Approval:
    read_query(request.query_params, NoQuery)
    return visible(request, approval_id)
