"""The desk of the approvals' tests, and browsers without scripts."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.approvals.conftest import Desk, desk

__all__ = ["Desk", "desk"]

Browser = Callable[[User], Client]


@pytest.fixture
def browser() -> Browser:
    """A browser in which somebody is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def allow(user: User, *codenames: str) -> User:
    """The same person with permissions of the engine or the inbox."""
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)
