"""Answers for what goes wrong outside any view: problem JSON or a page."""

import sys

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from workflows.rest.problems import MEDIA_TYPE, Problem

API_PREFIX = "/api/"
API_PAGES = ("/api/docs/",)
FAULT = "Something went wrong here; it has been logged."
LOST_DATABASE = "The database does not answer just now; nothing was changed."


def is_api(request: HttpRequest) -> bool:
    """Whether a machine asked, who reads problem JSON."""
    return request.path.startswith(API_PREFIX) and request.path not in API_PAGES


def answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """An error in the form that the asker reads."""
    if not is_api(request):
        return HttpResponse(detail, status=status, content_type="text/plain")
    body = Problem(status=status, detail=detail).as_json(_incident())
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer(request, 400, "The request is malformed.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer(request, 403, "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer(request, 404, "There is nothing here.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 for a fault of ours; 503 with a time to come back for a lost database."""
    lost = isinstance(sys.exception(), OperationalError | InterfaceError)
    status, detail = (503, LOST_DATABASE) if lost else (500, FAULT)
    if is_api(request):
        response = answer(request, status, detail)
    else:
        response = HttpResponse(_fault_page(request), status=status)
    if lost:
        response["Retry-After"] = "2"
    return response


def _incident() -> str:
    """What the log calls this request by."""
    incident: str = structlog.contextvars.get_contextvars().get("request_id", "")
    return incident


def _fault_page(request: HttpRequest) -> str:
    """A page that needs nothing that may be broken, and leads back to where one was."""
    again = request.get_full_path() if request.method == "GET" else ""
    return render_to_string("500.html", {"incident": _incident(), "again": again})
