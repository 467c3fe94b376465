"""Answers for what goes wrong outside any view: problem JSON or a page."""

import sys

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from workflows import soundness
from workflows.rest.problems import LOST_DATABASE, MEDIA_TYPE, NOT_MIGRATED, Problem

API_PREFIX = "/api/"
API_PAGES = ("/api/docs/",)
FAULT = "Something went wrong here; it has been logged."


def is_lost_database(error: BaseException | None) -> bool:
    """Whether the database went away, or could not take anything just now."""
    return isinstance(error, OperationalError | InterfaceError)


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
    if isinstance(exception, RequestDataTooBig):  # a form with files, in its texts
        return too_large(request, settings.MAX_REQUEST_BYTES)
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


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    """413 for a body of more bytes than this; nothing was done with it."""
    if is_api(request):
        return answer(request, 413, f"The body may have {most} bytes.")
    page = render_to_string("413.html", {"most": most}, request)
    return HttpResponse(page, status=413)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 for a fault of ours; 503 with a time to come back for a lost database, or
    for one that lacks migrations."""
    error = sys.exception()
    if soundness.lacks_migrations(error):
        return _unavailable(request, "not_migrated.html", NOT_MIGRATED)
    if is_lost_database(error):
        return _unavailable(request, "503.html", LOST_DATABASE)
    if is_api(request):
        return answer(request, 500, FAULT)
    return HttpResponse(_fault_page(request, "500.html"), status=500)


def _unavailable(request: HttpRequest, template: str, detail: str) -> HttpResponse:
    if is_api(request):
        response = answer(request, 503, detail)
    else:
        response = HttpResponse(_fault_page(request, template), status=503)
    response["Retry-After"] = "2"
    return response


def _incident() -> str:
    """What the log calls this request by."""
    incident: str = structlog.contextvars.get_contextvars().get("request_id", "")
    return incident


def _fault_page(request: HttpRequest, template: str) -> str:
    """A page that needs nothing that may be broken, and leads back to where one was."""
    again = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    return render_to_string(template, {"incident": _incident(), "again": again})
