"""What stops the start of a worker or server: a database nobody should work with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.core.checks import Error, Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, connections


def require() -> None:
    """Raise ``ImproperlyConfigured``, naming fault and cure.

    The faults are those of all checks under Django's ``database`` tag. What may come
    and go, such as a broker, is never among them.
    """
    # In a thread, because whoever loads an application may run an event loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_require).result()


def _require() -> None:
    try:
        connection.ensure_connection()
        found = run_checks(tags=[Tags.database], databases=["default"])
    except OperationalError as error:
        raise ImproperlyConfigured(
            f"The database does not answer ({str(error).strip()}). "
            "Start it, or correct DATABASE_URL."
        ) from error
    finally:
        connections.close_all()
    if faults := [message for message in found if isinstance(message, Error)]:
        raise ImproperlyConfigured(
            "\n".join(f"{fault.msg} {fault.hint or ''}" for fault in faults)
        )
