"""Who may open a WebSocket: pages of this site, and nobody else."""

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    Scope,
    WebSocketScope,
)
from django.conf import settings
from django.http.request import split_domain_port, validate_host

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class ExactOrigin:
    """Refuse a handshake unless scheme, host and port of its Origin are ours.

    Ours is the address that was asked for, if its host is allowed, and each of
    CSRF_TRUSTED_ORIGINS. The validator of Channels accepts every port and scheme of
    an allowed host, and so the pages of any other program on the same machine.
    """

    def __init__(self, app: ASGI3Application) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        assert scope["type"] == "websocket"
        if is_allowed(scope):
            await self.app(scope, receive, send)
        else:
            await refuse(scope, receive, send)


async def refuse(
    _scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """End a handshake with 403."""
    await send({"type": "websocket.close", "code": 4403, "reason": None})


def is_allowed(scope: WebSocketScope) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    origin = _normal(headers.get(b"origin", ""))
    own = _own_origin(scope, headers)
    trusted = {_normal(trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS}
    return bool(origin) and origin in ({own} | trusted)


def _own_origin(scope: WebSocketScope, headers: dict[bytes, str]) -> str:
    host = headers.get(b"host", "")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return ""
    scheme = "https" if _is_secure(scope, headers) else "http"
    return _normal(f"{scheme}://{host}")


def _is_secure(scope: WebSocketScope, headers: dict[bytes, str]) -> bool:
    if not settings.BEHIND_TLS:
        return scope.get("scheme") == "wss"
    name, secure = settings.SECURE_PROXY_SSL_HEADER
    header = name.removeprefix("HTTP_").replace("_", "-").lower().encode()
    return headers.get(header) == secure


def _normal(origin: str) -> str:
    scheme, _, host = origin.lower().partition("://")
    return f"{scheme}://{host.removesuffix(DEFAULT_PORTS.get(scheme, ''))}"
