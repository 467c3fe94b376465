"""What stops the start of a server, beside a database nobody should work with.

What may come and go (Redis, a broker) is never among it; `manage.py doctor` and
`/readyz` report that.
"""

import fcntl
import os
import time
from typing import Any, cast

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from workflows import soundness

SERVER_LOCK = 5_026_110  # any number: the key of an advisory lock
PATIENCE = 3.0  # seconds for a server that was killed a moment ago to be gone
# So that the lock of a machine that was lost is soon gone with it.
KEEPALIVES = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)

_held: list[Any] = []


def require_sound_server() -> None:
    """Raise ``ImproperlyConfigured``, naming fault and cure, if work would go wrong.

    Without a layer between processes there may be one server: pages of a second one
    would not hear of what happens in the first.
    """
    soundness.require()
    if not isinstance(get_channel_layer(), InMemoryChannelLayer):
        return
    end = time.monotonic() + PATIENCE
    while not _is_the_only_server():
        if time.monotonic() > end:
            raise ImproperlyConfigured(
                "Another server uses this database, and live updates stay inside each "
                "process. Set REDIS_URL for both, or start one of them only."
            )
        time.sleep(0.1)


def _is_the_only_server() -> bool:
    """Take the lock that lasts as long as this process."""
    if connection.vendor == "sqlite":
        return _locked_beside(str(connection.settings_dict["NAME"]))
    return _locked_within()


def _locked_beside(database: str) -> bool:
    descriptor = os.open(f"{database}-server", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _held.append(descriptor)
    return True


def _locked_within() -> bool:
    """On a connection of its own: those of the pool come and go."""
    own = cast(Any, connection).Database.connect(
        **{
            **connection.get_connection_params(),
            "options": KEEPALIVES,
            "autocommit": True,
        }
    )
    row = own.execute("SELECT pg_try_advisory_lock(%s)", [SERVER_LOCK]).fetchone()
    if not row[0]:
        own.close()
        return False
    _held.append(own)
    return True
