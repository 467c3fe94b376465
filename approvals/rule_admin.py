"""Delegations, programs and their owners, and what was said, in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals.models import ApprovalComment, Delegation, ServiceAccount
from approvals.secrets import cover_of
from approvals.visible_text import plain
from workflows.evidence import Evidence, pretty

if TYPE_CHECKING:
    CommentAdminBase = admin.ModelAdmin[ApprovalComment]
    DelegationAdminBase = admin.ModelAdmin[Delegation]
    ServiceAccountAdminBase = admin.ModelAdmin[ServiceAccount]
else:
    CommentAdminBase = DelegationAdminBase = ServiceAccountAdminBase = admin.ModelAdmin


@admin.register(Delegation)
class DelegationAdmin(Evidence, DelegationAdminBase):
    list_display = ("delegator", "delegate", "starts_at", "ends_at", "workflow")
    list_filter = ("workflow",)
    list_select_related = ("delegator", "delegate")
    search_fields = ("delegator__username", "delegate__username")
    date_hierarchy = "starts_at"


@admin.register(ApprovalComment)
class CommentAdmin(Evidence, CommentAdminBase):
    list_display = ("approval", "author", "kind", "version", "at")
    list_filter = ("kind",)
    list_select_related = ("approval", "author")
    search_fields = ("=approval__id", "author__username")
    date_hierarchy = "at"
    exclude = ("text", "patch")
    readonly_fields = ("said", "changed")

    @admin.display(description=_("text"))
    def said(self, comment: ApprovalComment) -> str:
        return plain(cover_of(comment.approval).text(comment.text))

    @admin.display(description=_("what was changed"))
    def changed(self, comment: ApprovalComment) -> SafeString:
        return pretty(comment.patch)


@admin.register(ServiceAccount)
class ServiceAccountAdmin(ServiceAccountAdminBase):
    """The one table here that is configuration, and no evidence."""

    list_display = ("user", "owner")
    list_select_related = ("user", "owner")
    search_fields = ("user__username", "owner__username")
    raw_id_fields = ("user", "owner")
