"""Who may do what, as Django's model backend says it, by one plain statement."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType

from workflows.rows import execute


class StoredPermissions(ModelBackend):
    """Signs in by the stored password, with the permissions of account and groups.

    Django's own asks two queries whose composition takes longer than most pages' other
    statements; nearly every page and act asks for a permission.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        plain = user_obj.is_active and not user_obj.is_anonymous and obj is None
        if not plain or user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            found = execute(_held(), [user_obj.pk, user_obj.pk]).fetchall()
            user_obj._perm_cache = {f"{label}.{name}" for label, name in found}
        held: set[str] = user_obj._perm_cache
        return held


@cache
def _held() -> str:
    own, members = (
        through._meta.db_table
        for through in (User.user_permissions.through, User.groups.through)
    )
    given = Group.permissions.through._meta.db_table
    return f"""
        SELECT c.app_label, p.codename FROM {Permission._meta.db_table} p
        JOIN {ContentType._meta.db_table} c ON c.id = p.content_type_id
        WHERE p.id IN (
            SELECT permission_id FROM {own} WHERE user_id = %s
            UNION
            SELECT g.permission_id FROM {given} g
            JOIN {members} m ON m.group_id = g.group_id WHERE m.user_id = %s)
    """
