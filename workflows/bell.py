"""Hand hints over to the server's event loop, from any thread.

Nothing outside that loop may touch the in-memory channel layer: what another loop
sends there arrives seconds late. Without a server in this process there is nobody to
tell, unless the layer reaches other processes: then a thread with a loop of its own
does it, because whoever has just committed must not wait for a Redis.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer

TIMEOUT = 1.0  # seconds until a hint is given up
AT_ONCE = 1000  # hints on their way; more are dropped, pages look by themselves

logger = logging.getLogger(__name__)

_server_loop: asyncio.AbstractEventLoop | None = None
_own_loop: asyncio.AbstractEventLoop | None = None
_lock = threading.Lock()
_telling: set[asyncio.Task[None]] = set()


def set_server_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """The loop the sockets live on; set by the server when it first runs."""
    global _server_loop
    _server_loop = loop


def to_server_loop(
    function: Callable[..., Coroutine[Any, Any, None]], *args: Any
) -> None:
    """Run ``function(*args)`` on the server's loop, soon; never blocks or raises.

    It runs as nobody's doing: the request that rings may be over by then, and its
    thread be another's.
    """
    loop = _server_loop
    if loop is not None and not loop.is_closed():
        loop.call_soon_threadsafe(_tell, function, args, context=Context())
    elif not isinstance(get_channel_layer(), InMemoryChannelLayer | None):
        loop = _loop_of_its_own()
        loop.call_soon_threadsafe(_tell, function, args, context=Context())


def _loop_of_its_own() -> asyncio.AbstractEventLoop:
    global _own_loop
    with _lock:
        if _own_loop is None:
            _own_loop = asyncio.new_event_loop()
            threading.Thread(
                target=_own_loop.run_forever, name="workflows-bell", daemon=True
            ).start()
            atexit.register(_finish, _own_loop)
        return _own_loop


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """Let a process that ends say what it has to say."""
    with suppress(TimeoutError):
        asyncio.run_coroutine_threadsafe(_all_told(), loop).result(TIMEOUT)


async def _all_told() -> None:
    if _telling:
        await asyncio.wait(_telling)


def _tell(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if len(_telling) >= AT_ONCE:
        return
    task = asyncio.get_running_loop().create_task(_quietly(function, args))
    _telling.add(task)
    task.add_done_callback(_telling.discard)


async def _quietly(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        async with asyncio.timeout(TIMEOUT):
            await function(*args)
    except Exception as error:
        logger.warning("nobody could be told: %s: %r", function.__name__, error)
