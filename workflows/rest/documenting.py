"""How an endpoint says in the OpenAPI document what it takes and gives."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import BaseModel

from workflows.rest.bodies import Problem
from workflows.rest.problems import MEDIA_TYPE
from workflows.rest.query import parameters

View = TypeVar("View", bound=Callable[..., Any])

ALWAYS = (400, 401, 403, 404, 405, 406, 503)
WITH_BODY = (413, 415, 422)

IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    type={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    location=OpenApiParameter.HEADER,
    description="Send the same request with the same key again as often as you like.",
)
PREFER = OpenApiParameter(
    name="Prefer",
    type={"type": "string", "examples": ["wait=20"]},
    location=OpenApiParameter.HEADER,
    description="`wait=N`: answer when the run ended or stopped, at most N seconds on.",
)


def documented(
    *,
    id: str,
    tag: str,
    summary: str,
    answers: Mapping[int, type[BaseModel] | None],
    request: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    headers: Sequence[OpenApiParameter] = (),
    problems: Sequence[int] = (),
    auth: Sequence[str] | None = None,
    stream: str = "",
) -> Callable[[View], View]:
    """Document a method; every problem it can answer with is listed by status.

    ``stream`` is the media type in which its 200 may come as a stream of text.
    """
    statuses = [*ALWAYS, *(WITH_BODY if request else ()), *problems]
    responses: dict[Any, Any] = {
        (status, "application/json") if model else status: OpenApiResponse(
            model, description=HTTPStatus(status).phrase
        )
        for status, model in answers.items()
    }
    if stream:
        responses[200, stream] = OpenApiResponse(str, description="OK")
    for status in sorted(statuses):
        responses[status, MEDIA_TYPE] = OpenApiResponse(
            Problem, description=HTTPStatus(status).phrase
        )
    return extend_schema(
        operation_id=id,
        tags=[tag],
        summary=summary,
        request={"application/json": request} if request else None,
        parameters=[*(parameters(query) if query else ()), *headers],
        responses=responses,
        auth=list(auth) if auth is not None else None,
    )
