"""Who stands in for whom."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import delegations
from approvals.rest import bodies, presenting
from approvals.rest.acting import who
from approvals.rest.moments import moment_in
from workflows.rest.access import caller
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented
from workflows.rest.idempotency import Answer, answer_once
from workflows.rest.problems import pointing_at
from workflows.rest.query import NoQuery, read_query


class DelegationList(Endpoint):
    @documented(
        id="list_delegations",
        tag="delegations",
        summary="Who stands in for you, and for whom you do",
        answers={200: bodies.Delegations},
    )
    def get(self, request: Request) -> Response:
        """Those that hold now or later."""
        read_query(request.query_params, NoQuery)
        found = delegations.concerning(caller(request), now=timezone.now())
        return Response({"results": [presenting.delegation(each) for each in found]})

    @documented(
        id="delegate",
        tag="delegations",
        summary="Let a colleague stand in for you",
        request=bodies.Delegate,
        headers=[IDEMPOTENCY_KEY],
        answers={201: bodies.Delegation},
    )
    def post(self, request: Request) -> Response:
        """They decide in your place; the record names both of you."""
        read_query(request.query_params, NoQuery)
        body = read_body(request, bodies.Delegate)
        starts_at = moment_in(body.starts_at, "starts_at")
        ends_at = moment_in(body.ends_at, "ends_at")

        def act() -> Answer:
            with pointing_at(""):
                made = delegations.delegate(
                    caller=who(request),
                    delegate=body.delegate,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    workflow=body.workflow,
                )
            return Answer(status=201, body=presenting.delegation(made))

        return answer_once(request, act)


class DelegationEnd(Endpoint):
    @documented(
        id="end_delegation",
        tag="delegations",
        summary="End a delegation now",
        request=bodies.Nothing,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.Delegation},
    )
    def post(self, request: Request, delegation_id: str) -> Response:
        """What was decided until now stays decided."""
        read_query(request.query_params, NoQuery)
        read_body(request, bodies.Nothing, required=False)
        known = delegation_id.isascii() and delegation_id.isdigit()

        def act() -> Answer:
            ended = delegations.end(
                caller=who(request),
                delegation_id=int(delegation_id[:18]) if known else 0,
            )
            return Answer(status=200, body=presenting.delegation(ended))

        return answer_once(request, act)
