"""Permissions by one statement are those that Django's own backend gives."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.backends import StoredPermissions

pytestmark = pytest.mark.django_db


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


@pytest.fixture
def operator() -> User:
    """Three permissions: one of her own, one of two groups, one of both ways."""
    user = User.objects.create_user("olga")
    for name in ("operators", "admins"):
        group = Group.objects.create(name=name)
        group.permissions.add(permission("operate_run"), permission("view_run"))
        user.groups.add(group)
    user.user_permissions.add(permission("assign_approval"), permission("view_run"))
    other = Group.objects.create(name="others")
    other.permissions.add(permission("delete_user"))
    User.objects.create_user("otto").groups.add(other)
    return user


def test_they_are_those_of_the_account_and_of_its_groups(operator: User) -> None:
    held = StoredPermissions().get_all_permissions(operator)
    again = User.objects.get(pk=operator.pk)
    assert held == ModelBackend().get_all_permissions(again)
    assert held == {
        "approvals.assign_approval",
        "workflows.operate_run",
        "workflows.view_run",
    }


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": True}])
def test_they_are_as_django_says_for(operator: User, change: dict[str, bool]) -> None:
    User.objects.filter(pk=operator.pk).update(**change)
    first, second = (User.objects.get(pk=operator.pk) for _ in range(2))
    held = StoredPermissions().get_all_permissions(first)
    assert held == ModelBackend().get_all_permissions(second)
    assert bool(held) == ("is_superuser" in change)


def test_a_stranger_and_single_objects_have_none(operator: User) -> None:
    backend = StoredPermissions()
    assert backend.get_all_permissions(AnonymousUser()) == set()
    assert backend.get_all_permissions(operator, operator) == set()


def test_a_person_is_asked_for_once(operator: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert operator.has_perm("workflows.operate_run")
        assert not operator.has_perm("auth.delete_user")
        assert operator.has_module_perms("approvals")
    assert len(queries) == 1
