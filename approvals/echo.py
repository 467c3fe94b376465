"""Notice that the channel layer forgot who listens, and have pages open anew.

A Redis that was emptied keeps its connections and loses every group: sockets stay open
and hear nothing. So while it has sockets open, a process calls to itself through the
layer; when no echo comes, it gives them up. Their pages open others and look at what
they missed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from channels.layers import InMemoryChannelLayer, get_channel_layer

from approvals.loop_tasks import OncePerLoop

PAUSE = 1.0  # seconds between two calls
PATIENCE = 3.0  # seconds until the echo of one must be there; servers may be busy

logger = logging.getLogger(__name__)

_calling = OncePerLoop()


def begin(anybody: Callable[[], bool], give_up: Callable[[], Awaitable[None]]) -> None:
    """Call as long as there is anybody to tell; ``give_up`` when no echo comes."""
    layer = get_channel_layer()
    if not isinstance(layer, InMemoryChannelLayer):  # that one forgets nothing
        _calling.begin(lambda: _call(layer, anybody, give_up))


async def _call(
    layer: Any, anybody: Callable[[], bool], give_up: Callable[[], Awaitable[None]]
) -> None:
    channel = await layer.new_channel()
    group = f"echo.{uuid4().hex}"
    joined = False
    while anybody():
        try:
            if not joined:
                await asyncio.wait_for(layer.group_add(group, channel), PATIENCE)
            joined = True
            await asyncio.wait_for(_echo(layer, group, channel), PATIENCE)
        except Exception as error:  # of whatever layer is installed
            joined = False
            logger.warning("the channel layer gave no echo: %r", error)
            await give_up()
        await asyncio.sleep(PAUSE)


async def _echo(layer: Any, group: str, channel: str) -> None:
    call = uuid4().hex
    await layer.group_send(group, {"type": "echo", "call": call})
    while (await layer.receive(channel))["call"] != call:
        pass  # an older one, late
