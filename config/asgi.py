"""The ASGI application: pages and REST over HTTP, live updates over WebSockets.

Loading it starts the embedded worker, because Daphne announces no start-up and
`AppConfig.ready` runs in every command.
"""

import asyncio
import os
from typing import Any, cast

import django
from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    Scope,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# Below this line because these import models, which need the applications loaded.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

from approvals.live import websocket_urlpatterns  # noqa: E402
from config.access_log import leave_out_tokens  # noqa: E402
from config.handler import Handler  # noqa: E402
from config.limits import KnownLength, ShortFrames  # noqa: E402
from config.origin import ExactOrigin, refuse  # noqa: E402
from config.start import require_sound_server  # noqa: E402
from workflows import bell, worker  # noqa: E402

# Without the last route an unknown path would be an exception, answered with 500.
routes: list[Any] = [*websocket_urlpatterns, re_path(r"", cast(Any, refuse))]
sockets = cast(ASGI3Application, AuthMiddlewareStack(URLRouter(routes)))
guarded_sockets = ExactOrigin(ShortFrames(sockets))


async def live(
    scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Serve a socket, and tell the engine on which loop sockets live."""
    bell.set_server_loop(asyncio.get_running_loop())
    await guarded_sockets(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "http": KnownLength(cast(ASGI3Application, Handler())),
        "websocket": live,
    }
)

if settings.CHECK_ON_START:
    require_sound_server()
leave_out_tokens()
if settings.WORKFLOWS["EMBEDDED_WORKER"]:
    worker.start_in_background()
