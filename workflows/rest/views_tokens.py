"""Tokens for programs: hashed at rest, shown once, expiring, revocable."""

from typing import Any

from django.contrib.auth import authenticate
from rest_framework.request import Request
from rest_framework.response import Response

from workflows.rest import bodies, tokens
from workflows.rest.authentication import TokenAuthentication
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import documented
from workflows.rest.presenting import instant
from workflows.rest.problems import Refused
from workflows.rest.query import NoQuery, read_query


class TokenNew(Endpoint):
    """Needs no session and sets no cookie, so no other site can make use of it."""

    authentication_classes = []
    permission_classes = []

    @documented(
        id="create_token",
        tag="token",
        summary="A token for a user name and password",
        request=bodies.Credentials,
        answers={201: bodies.Token},
        problems=(429,),
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Send it as `Authorization: Token …`; it is not shown again."""
        read_query(request.query_params, NoQuery)
        body = read_body(request, bodies.Credentials)
        user = _authenticated(request, body)
        issued = tokens.issue(user=user)
        answer = {"token": issued.token, "expiry": instant(issued.expiry)}
        return Response(answer, status=201)


class TokenCurrent(Endpoint):
    authentication_classes = [TokenAuthentication]

    @documented(
        id="revoke_token",
        tag="token",
        summary="Revoke the token this request carries",
        answers={204: None},
    )
    def delete(self, request: Request) -> Response:
        """From now on it is nothing."""
        read_query(request.query_params, NoQuery)
        tokens.revoke(request.auth)
        return Response(status=204)


def _authenticated(request: Request, body: bodies.Credentials) -> Any:
    """The user; one answer for every wrong pair, too many of which lock the door."""
    django_request: Any = request._request
    user = authenticate(django_request, username=body.username, password=body.password)
    if getattr(django_request, "axes_locked_out", False):
        # The middleware would put a page in place of our answer.
        django_request.axes_locked_out = False
        raise Refused(
            429,
            "Too many wrong passwords; wait before you try again.",
            code="locked-out",
            headers={"Retry-After": "900"},
        )
    if user is None:
        raise Refused(
            401,
            "User name and password don't fit together.",
            headers={"WWW-Authenticate": "Token"},
        )
    return user
