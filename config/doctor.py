"""What an operator should know of this installation, each with its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from approvals import triggers
from config import broker
from config.checks import clocks_agree, postgresql_is_durable, sqlite_is_durable
from workflows import soundness
from workflows.models import Run

LATE = timedelta(minutes=1)
MANY_JOBS = 100  # that wait in a queue; a worker takes them as they come


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; ``cure`` is empty when it is well."""

    name: str
    found: str
    cure: str = ""


def findings() -> Iterator[Finding]:
    """Look at everything; what can't be looked at is a finding, too."""
    for name, look in LOOKS.items():
        try:
            yield look()
        except DatabaseError as error:
            cure = "Start the database, or correct DATABASE_URL; then run migrate."
            yield Finding(name=name, found=type(error).__name__, cure=cure)


def _database() -> Finding:
    problems = [
        *sqlite_is_durable(databases=["default"]),
        *postgresql_is_durable(databases=["default"]),
        *clocks_agree(databases=["default"]),
    ]
    found = "; ".join(problem.msg for problem in problems) or connection.vendor
    cure = "; ".join(problem.hint or "" for problem in problems)
    return Finding(name="database", found=found, cure=cure)


def _migrations() -> Finding:
    waiting = soundness.waiting_migrations()
    cure = "Run `manage.py migrate`." if waiting else ""
    return Finding(name="migrations", found=f"{waiting} waiting", cure=cure)


def _triggers() -> Finding:
    missing = sorted(set(triggers.NAMES) - triggers.installed(connection))
    cure = "Run `manage.py migrate`; the database must refuse to change evidence."
    found = f"missing: {', '.join(missing)}" if missing else "all installed"
    return Finding(name="audit triggers", found=found, cure=cure if missing else "")


def _debug() -> Finding:
    cure = "Unset DEBUG: error pages would show settings." if settings.DEBUG else ""
    return Finding(name="debug", found=str(settings.DEBUG), cure=cure)


def _transport() -> Finding:
    if settings.BEHIND_TLS:
        return Finding(name="TLS", found="behind a proxy that ends it")
    hosts = set(settings.ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"}
    cure = "Put a proxy that ends TLS in front and set BEHIND_TLS." if hosts else ""
    return Finding(name="TLS", found="none", cure=cure)


def _live_updates() -> Finding:
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return Finding(name="live updates", found="in this process only")
    if trouble := broker.trouble():
        cure = "Start Redis, or correct REDIS_URL; pages poll meanwhile."
        return Finding(name="live updates", found=trouble, cure=cure)
    return Finding(name="live updates", found="through Redis")


def _jobs() -> Finding:
    if not settings.WORKFLOWS["CELERY"]:
        return Finding(name="jobs", found="not sent: workers ask the database")
    if trouble := broker.trouble():
        cure = "Start Redis, or correct REDIS_URL; workers ask the database meanwhile."
        return Finding(name="jobs", found=trouble, cure=cure)
    waiting = {name: number for name, number in broker.waiting().items() if number}
    left = {name for name, number in waiting.items() if number > MANY_JOBS}
    cure = (
        f"Start `celery -A config worker -Q {','.join(sorted(left))}`; or set "
        "CELERY=false if `manage.py run_worker` does the work."
        if left
        else ""
    )
    return Finding(name="jobs", found=f"waiting: {waiting or 'none'}", cure=cure)


def _worker() -> Finding:
    late = Run.objects.filter(due_at__lt=timezone.now() - LATE, lease_owner="")
    number = late.filter(attention="").count()
    cure = "Start the server, or `manage.py run_worker`." if number else ""
    return Finding(name="worker", found=f"{number} runs due for a minute", cure=cure)


def _attention() -> Finding:
    number = Run.objects.exclude(attention="").count()
    cure = "See them in the admin under runs, needs attention." if number else ""
    return Finding(name="attention", found=f"{number} runs need it", cure=cure)


LOOKS: dict[str, Callable[[], Finding]] = {
    "database": _database,
    "migrations": _migrations,
    "audit triggers": _triggers,
    "debug": _debug,
    "TLS": _transport,
    "live updates": _live_updates,
    "jobs": _jobs,
    "worker": _worker,
    "attention": _attention,
}
