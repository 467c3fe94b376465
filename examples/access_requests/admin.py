"""Grants in the admin: evidence, to be read only."""

from django.contrib import admin
from django.http import HttpRequest

from .models import Grant


@admin.register(Grant)
class GrantAdmin(admin.ModelAdmin[Grant]):
    """Who has, or had, access to what."""

    list_display = [
        "engineer",
        "system",
        "level",
        "granted_at",
        "expires_at",
        "revoked_at",
    ]
    list_filter = ["system", "level"]
    search_fields = ["engineer", "key"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only the workflow grants access."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Grant | None = None
    ) -> bool:
        """Evidence is not edited."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Grant | None = None
    ) -> bool:
        """Evidence is not deleted."""
        return False
