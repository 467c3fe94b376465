"""The Redis that carries hints between processes: is it there, are jobs left in it?"""

from importlib import import_module
from typing import Any

from django.conf import settings

TIMEOUT = 0.5  # seconds; whoever asks is not to wait for it


def trouble() -> str:
    """Why no hint gets through at present; "" if it does, or none is to be sent."""
    if not settings.REDIS_URL:
        return ""
    try:
        with _client() as client:
            client.ping()
    except Exception as error:
        return f"Redis does not answer ({type(error).__name__})"
    return ""


def waiting() -> dict[str, int]:
    """How many jobs wait in each queue."""
    with _client() as client:
        return {name: client.llen(name) for name in settings.CELERY_TASK_QUEUES}


def _client() -> Any:
    # Redis is an extra: nobody needs its library who has none.
    redis = import_module("redis")
    retry = import_module("redis.retry")
    backoff = import_module("redis.backoff")
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=retry.Retry(backoff.NoBackoff(), 0),
    )
