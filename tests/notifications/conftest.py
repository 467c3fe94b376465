"""Mail addresses for the cast of the approvals' tests, and the courier by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache

from approvals.notifications.courier import MailChore
from approvals.notifications.spreading import SpreadChore
from tests.approvals.conftest import Desk
from tests.engine.fixtures import threads_ended
from workflows.testing import isolated_registry

__all__ = ["threads_ended"]


class Office(Desk):
    """A desk whose people can be reached."""

    def person(self, name: str, *rest: object) -> User:
        user = super().person(name, *rest)  # type: ignore[arg-type]
        user.email = f"{name}@desk.example"
        user.save()
        return user

    def post(self) -> list[str]:
        """Send all that is due; who got something now, sorted."""
        before = len(mail.outbox)
        while SpreadChore().do_due() or MailChore().do_due():
            pass
        return sorted(to for letter in mail.outbox[before:] for to in letter.to)


@pytest.fixture
def office(db: None, settings: Any) -> Iterator[Office]:
    mails = {"SEND_MAILS": True, "KEEP_MAILS": False}
    settings.APPROVALS = {**settings.APPROVALS, **mails}
    with isolated_registry():
        yield Office()


@pytest.fixture(autouse=True)
def _quiet_minute() -> None:
    """Forget how often links were looked at."""
    cache.clear()
