"""Tokens in the admin: whose they are and until when; made, revoked, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken

if TYPE_CHECKING:
    from django.http import HttpRequest

admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):  # type: ignore[misc]  # knox carries no types
    """A new token is shown once, in the message that tells of it."""

    list_display = ("user", "begins_with", "created", "expiry")
    list_select_related = ("user",)
    search_fields = ("token_key", "user__username")
    date_hierarchy = "created"

    @admin.display(description=_("begins with"))
    def begins_with(self, token: AuthToken) -> str:
        return f"{token.token_key}…"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever could change one could make it another person's."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The digest tells a reader nothing."""
        return self.list_display if obj else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.list_display if obj else ()
