"""Pages of one server hear what a worker beside it did, also without a Redis."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.layers import channel_layers
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client

from approvals import live
from approvals.models import Approval
from tests.durability.test_celery import ACCESS, started
from tests.servers import ServerProcess
from tests.workers import RUN_WORKER
from workflows import bell

application = AuthMiddlewareStack(URLRouter(live.websocket_urlpatterns))
PATIENCE = 20  # seconds


@pytest.fixture
def cookie(shared: ServerProcess) -> bytes:
    """A supervisor's, who may see everything."""
    channel_layers.backends.clear()
    live.LiveConsumer.open_sockets.clear()
    client = Client()
    client.force_login(User.objects.create_superuser("supervisor"))
    return f"sessionid={client.cookies['sessionid'].value}".encode()


async def opened(path: str, cookie: bytes) -> WebsocketCommunicator:
    socket = WebsocketCommunicator(application, path, headers=[(b"cookie", cookie)])
    connected, code = await socket.connect()
    assert connected, code
    return socket


async def heard(socket: WebsocketCommunicator) -> dict[str, object]:
    found: dict[str, object] = json.loads(await socket.receive_from(PATIENCE))
    return found


async def test_what_a_worker_beside_the_server_does_is_seen_about_a_second_later(
    shared: ServerProcess, cookie: bytes
) -> None:
    (run,) = await sync_to_async(started)("access-request", ACCESS)
    inbox = await opened("/ws/inbox/", cookie)
    page = await opened(f"/ws/runs/{run.id}/", cookie)
    worker = asyncio.create_task(
        sync_to_async(shared.manage, thread_sensitive=False)(
            *RUN_WORKER[1:], "--until-idle"
        )
    )
    await worker
    told = await heard(page)
    assert (told["type"], told["run_id"]) == ("run", run.id)
    head = len(await run.aevents())
    while told["seq"] != head:  # a slow worker is seen on its way
        told = await heard(page)
    approval = await Approval.objects.aget(run=run.id)
    assert (await heard(inbox))["approval_id"] == approval.pk
    # Nothing is told twice, also not what this process does itself.
    assert await page.receive_nothing(1.5)
    bell.set_server_loop(asyncio.get_running_loop())
    await run.acancel()
    assert (await heard(page))["seq"] == len(await run.aevents())
    assert await page.receive_nothing(1.5)
    bell.set_server_loop(None)
    await page.disconnect()
    await inbox.disconnect()
