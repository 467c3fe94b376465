"""Reading a request's body: strict JSON, bounded, whatever its transfer encoding.

The framework takes a body without Content-Length for an empty one, so a chunked
body would reach a view as `{}`. Here the body itself is read, up to the limit.
"""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http.request import RawPostDataException
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from workflows import json_gate
from workflows.errors import PayloadRejected
from workflows.json_gate import JSONObject
from workflows.rest.problems import Refused, json_pointer

# A body wraps payloads: one level around them, and a few values beside them.
ENVELOPE_VALUES = 16
# JSON that can't be read is 400; JSON that reads well but can't be kept is 422.
STATUS_FOR_FAULT = {
    "nul": 422,
    "surrogate": 422,
    "integer_range": 422,
    "too_many_values": 422,
    "too_large": 413,
}
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class BodyRequest(Request):
    """A request whose body is read by its bytes, not by its announced length."""

    def _load_stream(self) -> None:
        self._stream = BytesIO(_read_body(self))


class StrictJSONParser(BaseParser):
    """Accepts one JSON object in UTF-8; anything else is refused with its reason."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> JSONObject:
        return parse_object(stream.read())


def parse_object(body: bytes) -> JSONObject:
    """The object a body holds; `{}` is an object, an empty body is none."""
    if not body.strip():
        raise empty_body()
    if body.startswith(BYTE_ORDER_MARKS) or b"\x00" in body[:4]:
        raise Refused(400, "The body must be UTF-8 without BOM.", code="not-utf-8")
    try:
        value = json_gate.parse(body, body_limits())
    except PayloadRejected as error:
        raise _refusal(error) from error
    if not isinstance(value, dict):
        raise Refused(400, "The body must be an object.", code="not-an-object")
    return value


def empty_body() -> Refused:
    return Refused(400, "A JSON object is required; the body is empty.", code="no-body")


def body_limits() -> json_gate.Limits:
    """Of the whole body; each payload in it is held to its own, tighter ones later."""
    limits = json_gate.limits()
    return replace(
        limits,
        max_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or limits.max_bytes,
        max_depth=limits.max_depth + 1,
        max_values=limits.max_values + ENVELOPE_VALUES,
    )


def _read_body(request: Request) -> bytes:
    django_request = request._request
    encoding = django_request.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() not in {"", "identity"}:
        raise Refused(415, f"Content-Encoding {encoding[:40]!r} is not accepted.")
    if isinstance(django_request, WSGIRequest) and "chunked" in (
        django_request.headers.get("Transfer-Encoding", "").lower()
    ):
        # WSGI shows a body without length as an empty one.
        raise Refused(411, "A Content-Length is required here.")
    limit = body_limits().max_bytes
    try:
        body = _first_bytes(request, limit + 1)
    except RawPostDataException as error:
        raise Refused(415, "The body must be application/json.") from error
    if len(body) > limit:
        raise Refused(413, f"The body is larger than {limit} bytes.", code="too-large")
    return body


def _first_bytes(request: Request, count: int) -> bytes:
    django_request: Any = request._request
    if django_request._read_started:
        return bytes(django_request.body[:count])
    body: bytes = django_request.read(count)
    return body


def _refusal(error: PayloadRejected) -> Refused:
    kind = error.errors[0]["type"]
    detail = str(error)
    if kind == "too_deep":  # counted within a payload, as everywhere else
        detail = f"nested deeper than {json_gate.limits().max_depth}"
    errors = [
        {"pointer": json_pointer(item["loc"]), "detail": item["msg"], "type": kind}
        for item in error.errors
    ]
    if kind in {"json_invalid", "too_deep"}:
        errors = []
    return Refused(
        STATUS_FOR_FAULT.get(kind, 400),
        detail,
        code=f"payload-{kind.replace('_', '-')}",
        errors=errors,
    )
