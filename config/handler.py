"""Django's ASGI handler: one thread for each request, and the same ones again.

All our middleware and pages are plain functions. Django enters that chain on a thread,
but goes back to the event loop for its innermost part and to the thread again for the
view; with many requests at once each of these turns queues behind all the others. And
it makes that thread anew for each request, and with it a connection to the database.
"""

from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

KEPT = 8  # idle threads; those of a rush beyond that end with it


class Handler(ASGIHandler):
    """Answers a request on one thread, middleware and view together; an async view
    still runs on the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self._idle: list[Executor] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        threads = SyncToAsync.context_to_thread_executor
        async with ThreadSensitiveContext() as context:
            threads[context] = self._lend()
            await super().__call__(scope, receive, send)
            # The last thing the request did was done there, so nothing keeps it busy.
            # A stream, which would keep it for long, gave it up and has another.
            if (thread := threads.pop(context, None)) is not None:
                self._take_back(thread)

    def _lend(self) -> Executor:
        return self._idle.pop() if self._idle else ThreadPoolExecutor(1, "web")

    def _take_back(self, thread: Executor) -> None:
        if len(self._idle) < KEPT:
            self._idle.append(thread)
        else:
            thread.submit(connections.close_all)
            thread.shutdown(wait=False)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """What the whole chain answers."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
