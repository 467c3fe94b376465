"""What the views ask of a request."""

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from approvals import drafts
from approvals.locking import Caller
from approvals.schema_forms.controls import is_secret
from approvals.statuses import Channel
from approvals.visible_text import is_blank

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OTHERS = frozenset({"cross-site", "same-site"})  # where a form may come from besides us
WORDS = ("text", "reason")  # the fields for words of every form but those of answers

View = Callable[..., HttpResponse]


def posted_from(page: str) -> Callable[[View], View]:
    """Only a POST does it; a link to it, as after signing in, leads to its page."""

    def decorated(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def posted(request: HttpRequest, **path: str) -> HttpResponse:
            if request.method == "POST":
                return view(request, **path)
            return redirect(page, *[*path.values()][:1])

        return posted

    return decorated


def reader(request: HttpRequest) -> "User":
    """The signed-in person; LoginRequiredMiddleware lets nobody else through."""
    return cast("User", request.user)


def caller_of(request: HttpRequest, channel: Channel = Channel.PAGE) -> Caller:
    """The same person as the services and the audit chain name them."""
    return Caller(
        user=reader(request),
        channel=channel,
        now=timezone.now(),
        address=client_address(request),
    )


def advances(request: HttpRequest) -> bool:
    """Whether each answer leads to the next request in this browser."""
    return request.COOKIES.get("advance", "") == "on"


def version_in(request: HttpRequest, name: str = "version") -> int | None:
    """The version of the content that the form was about, if it says one."""
    version = request.POST.get(name, "")[:9]
    return int(version) if version.isascii() and version.isdigit() else None


def written_in(request: HttpRequest) -> list[str]:
    """What somebody wrote into a form of ours that can't be taken, to be copied.

    No choices and no secrets; no more of it than a draft holds. What another site had
    somebody send is not theirs.
    """
    if request.headers.get("Sec-Fetch-Site") in OTHERS:
        return []
    named = " ".join(request.POST.getlist("written")).split()
    texts, room = [], drafts.LONGEST
    for name in dict.fromkeys([*WORDS, *named]):
        for text in [] if is_secret(name) else request.POST.getlist(name):
            room -= len(text)
            if room >= 0 and not is_blank(text):
                texts.append(text)
    return texts


def names_in(typed: str) -> list[str]:
    """Names with commas, semicolons or line ends between them."""
    names = (name.strip() for name in re.split(r"[,;\n]+", typed))
    return [name for name in names if name]


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a script asked for a part of the page and not for the page."""
    return bool(getattr(request, "htmx", False))


def client_address(request: HttpRequest) -> str | None:
    """Where the person is, as far as the configured proxies say."""
    return BaseThrottle().get_ident(cast(Request, request))[:64] or None
