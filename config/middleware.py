"""What every request and response passes, besides Django's own middleware."""

import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django_structlog.middlewares import RequestMiddleware

from approvals.views.requests import written_in
from config import errors

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SecurityHeaders:
    """Put the headers on every answer, also on static files and errors."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        api = errors.is_api(request)
        response.headers.setdefault(
            "Content-Security-Policy", settings.API_CSP if api else settings.PAGE_CSP
        )
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if "Cache-Control" not in response:
            patch_cache_control(
                response, **{"no_store": True} if api else {"private": True}
            )
        return response


class SignInFirst(LoginRequiredMiddleware):
    """Leads a browser to the log-in, and tells a script that its person is signed out.

    A script would follow to the page of the log-in and take it for what it asked for.
    What somebody wrote would be lost on the way there; they are shown it first.
    """

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Session"})
        response = super().handle_no_permission(request, view_func)
        if not written_in(request):
            return response
        context = {"sign_in": response["Location"]}
        page = render(request, "401.html", context, status=401)
        page["WWW-Authenticate"] = "Session"
        return page


class RequestLog(RequestMiddleware):
    """One log line per answer: who, what, how it ended. Never the query string."""

    async_capable = False

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Who asked is not looked up in a database that has just been found away."""
        if response.status_code == 503 and not hasattr(request, "_cached_user"):
            request.user = AnonymousUser()
        super().handle_response(request, response)

    def process_got_request_exception(
        self, sender: type[Any], request: HttpRequest, **kwargs: Any
    ) -> None:
        """The line of a lost database is that of its answer: 503, and no fault."""
        if not errors.is_lost_database(sys.exception()):
            super().process_got_request_exception(sender, request, **kwargs)


class RequestLimits:
    """Refuse a body that is too long or compressed before anything reads it.

    No page has an address with NUL in it, and PostgreSQL would raise at such an id;
    REST answers it in its own words.

    Under ASGI `config.limits` has given every body a length. Elsewhere a chunked
    body has none; it is refused, because Django would take it for an empty one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path and not errors.is_api(request):
            raise Http404
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return errors.answer(request, 415, "Send the body uncompressed.")
        length = request.headers.get("Content-Length", "")
        if not length and "Transfer-Encoding" in request.headers:
            return errors.answer(request, 411, "Send the length of the body.")
        most = settings.MAX_REQUEST_BYTES
        if request.content_type == "multipart/form-data":
            most = settings.MAX_UPLOAD_BYTES
        if length.isdigit() and int(length) > most:
            return errors.too_large(request, most)
        return self.get_response(request)
