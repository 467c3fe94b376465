"""What every endpoint of the REST API shares."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

from django.http import HttpRequest
from pydantic import BaseModel, ValidationError
from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workflows.rest.authentication import TokenAuthentication
from workflows.rest.parsing import BodyRequest, StrictJSONParser, empty_body
from workflows.rest.problems import Refused, exception_handler, json_pointer

Body = TypeVar("Body", bound=BaseModel)


class ByHeaderOnly(DefaultContentNegotiation):
    """The Accept header chooses the format; `?format=` is no parameter of ours."""

    settings: Any = SimpleNamespace(URL_FORMAT_OVERRIDE=None)


class Endpoint(APIView):
    """JSON in, JSON out, signed in; errors are problems, answers are never cached."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = ByHeaderOnly
    metadata_class = None

    def initialize_request(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> BodyRequest:
        return BodyRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def get_exception_handler(self) -> Callable[..., Response]:
        return exception_handler


def read_body(request: Request, model: type[Body], *, required: bool = True) -> Body:
    """The body as `model`, strictly; unknown fields are refused, not dropped."""
    if required or request.stream.getvalue().strip():
        data = _read_object(request)
    else:
        data = {}
    try:
        return model.model_validate(data, strict=True)
    except ValidationError as error:
        raise _unfit(error) from error


def _read_object(request: Request) -> Any:
    if not request.stream.getvalue().strip():
        raise empty_body()
    return request.data


def _unfit(error: ValidationError) -> Refused:
    errors = [
        {
            "pointer": json_pointer(item["loc"]),
            "detail": (
                "unknown field" if item["type"] == "extra_forbidden" else item["msg"]
            ),
            "type": item["type"],
        }
        for item in error.errors(include_url=False, include_input=False)
    ]
    return Refused(
        422,
        "The body does not fit what is asked for.",
        code="schema-mismatch",
        errors=errors,
    )
