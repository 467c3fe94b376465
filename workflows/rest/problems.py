"""Errors as `application/problem+json` (RFC 9457), by one table of statuses.

Late is 409, not yours is 403, malformed is 400 and unfit is 422. Other apps add
their errors with `register`, so that the table is one and the engine knows no app.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, TypeAlias
from uuid import uuid4

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import RequestDataTooBig as BodyTooBig
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from workflows import errors, soundness
from workflows.json_gate import JSONObject, JSONValue

MEDIA_TYPE = "application/problem+json"
UNEXPECTED = "Something went wrong on our side; the request id finds it in the log."
# A connection lost during a commit leaves open whether there was one.
LOST_DATABASE = (
    "The database can't be reached just now. A change that was asked for may have been "
    "made or not: look, or ask again with the same Idempotency-Key."
)
NOT_MIGRATED = (
    "The database lacks tables that this version needs. "
    "Whoever runs this site makes them with manage.py migrate."
)

logger = logging.getLogger(__name__)
security_logger = logging.getLogger("workflows.security")

Members: TypeAlias = Callable[[Any], JSONObject]

_status_for: dict[type[Exception], int] = {
    errors.WorkflowNotFound: 404,
    errors.RunNotFound: 404,
    errors.StepNotFound: 404,
    errors.ScheduleNotFound: 404,
    errors.StateConflict: 409,
    errors.SchemaMismatch: 422,
    Http404: 404,
    PermissionDenied: 403,
    BodyTooBig: 413,
    SuspiciousOperation: 400,
    MultiPartParserError: 400,
    UnreadablePostError: 400,
    OperationalError: 503,
    InterfaceError: 503,
}
_members_for: dict[type[Exception], Members] = {
    errors.AmbiguousResume: lambda error: {"suspended": error.suspended},
    errors.DefinitionChanged: lambda error: {"difference": error.difference},
}


def register(
    statuses: Mapping[type[Exception], int],
    members: Mapping[type[Exception], Members] | None = None,
) -> None:
    """Add an app's errors to the table; a subclass may have a row of its own."""
    _status_for.update(statuses)
    _members_for.update(members or {})


class Refused(Exception):
    """A request the REST layer itself turns away, and all that the client is told."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str = "",
        errors: Sequence[Mapping[str, JSONValue]] = (),
        headers: Mapping[str, str] | None = None,
        members: JSONObject | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.errors = [dict(error) for error in errors]
        self.headers = dict(headers or {})
        self.members = members or {}


@contextmanager
def pointing_at(pointer: str) -> Iterator[None]:
    """Place the schema errors raised inside at `pointer` of the request's body."""
    try:
        yield
    except errors.SchemaMismatch as error:
        located = [
            {
                "pointer": pointer + json_pointer(item["loc"]),
                "detail": item["msg"],
                "type": item["type"],
            }
            for item in error.errors
        ]
        raise Refused(
            422, str(error), code="schema-mismatch", errors=located
        ) from error


def json_pointer(loc: Sequence[str | int]) -> str:
    """The JSON Pointer (RFC 6901) of an error's place."""
    return "".join(
        "/" + str(part).replace("~", "~0").replace("/", "~1") for part in loc
    )


_SPELT = {"json": "JSON", "nul": "NUL", "utf": "UTF", "id": "ID"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What one error says to a client."""

    status: int
    detail: str
    code: str = ""
    errors: list[JSONObject] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    members: JSONObject = field(default_factory=dict)

    def as_json(self, request_id: str) -> JSONObject:
        phrase = HTTPStatus(self.status).phrase
        kind = f"urn:countersign:problem:{self.code}" if self.code else "about:blank"
        title = _title(self.code) if self.code else phrase
        return {
            **self.members,
            "type": kind,
            "title": title,
            "status": self.status,
            "detail": self.detail or phrase,
            "errors": list[JSONValue](self.errors),
            "request_id": request_id,
        }


def _title(code: str) -> str:
    """A code in words: ``payload-json-invalid`` is "Payload JSON invalid"."""
    words = [_SPELT.get(word, word) for word in code.split("-")]
    return words[0][:1].upper() + " ".join(words)[1:]


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Turn any error of a REST view into its problem; an unknown one is a 500."""
    request: Request = context["request"]
    problem = describe(error)
    request_id = _request_id()
    _log(error, problem, request, request_id)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        got_request_exception.send(sender=None, request=request._request)
    return Response(
        problem.as_json(request_id),
        status=problem.status,
        headers=dict(problem.headers),
        content_type=MEDIA_TYPE,
    )


def describe(error: Exception) -> Problem:
    """The problem an error amounts to; internals of unknown errors are never told."""
    if isinstance(error, Refused):
        return Problem(
            status=error.status,
            detail=error.detail,
            code=error.code,
            errors=error.errors,
            headers=error.headers,
            members=error.members,
        )
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if soundness.lacks_migrations(error):
        return _unavailable(NOT_MIGRATED)
    status = _first(_status_for, error)
    if status is None:
        return Problem(status=500, detail=UNEXPECTED, code="unexpected")
    return _of_table(error, status)


def _of_framework(error: exceptions.APIException) -> Problem:
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Problem(status=error.status_code, detail=str(error.detail), headers=headers)


def _of_table(error: Exception, status: int) -> Problem:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return _unavailable(LOST_DATABASE)
    members = _first(_members_for, error)
    problem = Problem(status=status, detail=str(error))
    if isinstance(error, errors.SchemaMismatch):
        problem = replace(problem, errors=_schema_errors(error))
    if type(error) in _status_for and type(error).__module__.startswith("django."):
        return problem
    return replace(
        problem,
        code=_kebab(type(error).__name__),
        members=members(error) if members else {},
    )


def _unavailable(detail: str) -> Problem:
    headers = {"Retry-After": "2"}
    return Problem(status=503, detail=detail, code="unavailable", headers=headers)


def _schema_errors(error: errors.SchemaMismatch) -> list[JSONObject]:
    return [
        {
            "pointer": json_pointer(item["loc"]),
            "detail": item["msg"],
            "type": item["type"],
        }
        for item in error.errors
    ]


def _first(table: Mapping[type[Exception], Any], error: Exception) -> Any:
    """The row of the nearest class, so that a subclass may overrule its parent."""
    return next((table[kind] for kind in type(error).__mro__ if kind in table), None)


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _request_id() -> str:
    known = structlog.contextvars.get_contextvars().get("request_id")
    return str(known or uuid4())


def _log(error: Exception, problem: Problem, request: Request, request_id: str) -> None:
    """Refused rights go to the security log, our own faults to the error log."""
    facts = {
        "request_id": request_id,
        "status": problem.status,
        "method": request.method,
        "path": request.path,
    }
    if problem.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        user = getattr(request._request, "user", None)
        user_id = getattr(user, "pk", None)
        security_logger.warning("request refused", extra={**facts, "user_id": user_id})
    elif problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request failed", extra=facts, exc_info=error)
