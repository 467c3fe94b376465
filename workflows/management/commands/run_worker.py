"""``manage.py run_worker``: execute due runs, beside the web server or without one."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows import process, queues, soundness, testing
from workflows.worker import Worker


class Command(BaseCommand):
    help = "Execute due runs until stopped (SIGTERM or Ctrl-C ends it gracefully)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-idle", action="store_true", help="stop when nothing is due"
        )
        parser.add_argument(
            "--queues", help="take the runs of these only, as in heavy,default"
        )

    def handle(self, *args: Any, until_idle: bool, **options: Any) -> None:
        served = _named(options["queues"])
        if until_idle:
            asyncio.run(_until_idle(served))
        else:
            _require_sound()
            asyncio.run(_until_stopped(served))
        testing.stop_engine()


def _require_sound() -> None:
    try:
        soundness.require()
    except ImproperlyConfigured as fault:
        raise CommandError(str(fault)) from fault


def _named(names: str | None) -> set[str] | None:
    if names is None:
        return None
    served = {name.strip() for name in names.split(",")}
    try:
        queues.require_known(served)
    except ImproperlyConfigured as fault:
        raise CommandError(str(fault)) from fault
    return served


async def _until_idle(served: set[str] | None) -> None:
    worker = Worker(await process.engine(), served=served)
    await worker.run_until_idle(slow_chores=True)


async def _until_stopped(served: set[str] | None) -> None:
    worker = Worker(await process.engine(), served=served)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    await worker.run()
