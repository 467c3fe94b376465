"""Who calls: a token in the `Authorization` header, else the browser's session."""

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TOKEN = re.compile(rb"[0-9A-Za-z_-]{16,255}")


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc]
    """Hashed, expiring tokens. Reading one writes nothing, whatever it contains."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not TOKEN.fullmatch(token):
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)

    def _cleanup_token(self, auth_token: Any) -> bool:
        """Whether the token is over; the original deletes rows here, also on a GET."""
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()


def still_signed_in(request: Request) -> "User | None":
    """Who made this request, if their token or session holds to this moment."""
    if request.auth is not None:
        try:
            user, _token = TokenAuthentication().authenticate(request)
        except AuthenticationFailed:
            return None
    else:
        user = _user_of_session(request)
    return user if user.is_authenticated else None


def _user_of_session(request: Request) -> Any:
    """Read from the store, because the request has kept what it once read."""
    sessions = import_module(settings.SESSION_ENGINE)
    fresh = HttpRequest()
    fresh.session = sessions.SessionStore(request._request.session.session_key)
    return get_user(fresh)
