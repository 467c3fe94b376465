"""Tell open pages, after the commit, that something changed. A hint: it may get lost.

Receivers run in whatever thread committed. They only hand a coroutine to the server's
own event loop; nothing outside it touches the channel layer.
"""

from collections import deque
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from approvals import audience
from approvals.signals import approval_changed
from workflows import bell
from workflows.json_gate import JSONObject
from workflows.signals import run_changed

# What was told in this process, and need not be told again by who reads the journal.
# Only what pages have heard is in it: the bell gives up where the database is slow.
told_of_runs: deque[tuple[str, int]] = deque(maxlen=2000)
told_of_approvals: deque[str] = deque(maxlen=2000)


def listen() -> None:
    """Hear every change in this process (call it in `AppConfig.ready`)."""
    approval_changed.connect(on_approval_changed, dispatch_uid=__name__)
    run_changed.connect(on_run_changed, dispatch_uid=__name__)


def on_approval_changed(*, approval_id: str, run_id: str, **_: Any) -> None:
    """An approval opened, got a vote or was closed."""
    bell.to_server_loop(_tell_inboxes, approval_id, run_id)


def on_run_changed(*, run_id: str, seq: int, **_: Any) -> None:
    """A run's journal grew."""
    bell.to_server_loop(_tell_run, run_id, seq)


async def poke_inboxes(approval_id: str, run_id: str) -> None:
    """Tell everybody who may see the approval."""
    groups = await database_sync_to_async(audience.groups_to_tell)(approval_id)
    message: JSONObject = {
        "type": "approval",
        "approval_id": approval_id,
        "run_id": run_id,
    }
    for group in groups:
        await _send(group, message)


async def poke_run(run_id: str, seq: int) -> None:
    """Tell everybody who has the page of this run open."""
    message: JSONObject = {"type": "run", "run_id": run_id, "seq": seq}
    await _send(audience.run_group(run_id), message)


async def _tell_inboxes(approval_id: str, run_id: str) -> None:
    await poke_inboxes(approval_id, run_id)
    told_of_approvals.append(approval_id)


async def _tell_run(run_id: str, seq: int) -> None:
    await poke_run(run_id, seq)
    told_of_runs.append((run_id, seq))


async def _send(group: str, message: JSONObject) -> None:
    layer = get_channel_layer()
    if layer is not None:
        await layer.group_send(group, {"type": "changed", "message": message})
