"""The inbox in Django's admin: read-only evidence, with links both ways.

Nothing here writes: whoever may decide does so on the approval's own page, where the
rules are asked and the audit row is written. Operators act by ``acting_admin``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals import receipts, secrets
from approvals import rule_admin as rule_admin
from approvals.acting_admin import OperatorActs
from approvals.models import Approval, ApprovalCandidate, AuditRow, Decision
from approvals.visible_text import plain
from workflows import json_gate
from workflows.evidence import Evidence, pretty

if TYPE_CHECKING:
    AuditRowAdminBase = admin.ModelAdmin[AuditRow]
    CandidateInlineBase = admin.TabularInline[ApprovalCandidate, Approval]
    DecisionAdminBase = admin.ModelAdmin[Decision]
    DecisionInlineBase = admin.TabularInline[Decision, Approval]
else:
    AuditRowAdminBase = DecisionAdminBase = admin.ModelAdmin
    CandidateInlineBase = DecisionInlineBase = admin.TabularInline


class CandidateInline(Evidence, CandidateInlineBase):
    model = ApprovalCandidate
    verbose_name_plural = _("who was asked")
    extra = 0


class DecisionInline(Evidence, DecisionInlineBase):
    model = Decision
    fk_name = "approval"
    fields = ("decided_by", "verdict", "closing", "channel", "at", "readable_answer")
    readonly_fields = ("readable_answer",)
    show_change_link = True
    extra = 0

    @admin.display(description=_("answer"))
    def readable_answer(self, decision: Decision) -> SafeString:
        return pretty(json_gate.dumps(secrets.masked_answer(decision)))


@admin.register(Approval)
class ApprovalAdmin(Evidence, OperatorActs):
    list_display = (
        "shown_title",
        "status",
        "outcome",
        "workflow",
        "step_path",
        "priority",
        "due_at",
        "initiator",
        "needs_assignment",
        "created_at",
    )
    list_filter = ("status", "needs_assignment", "priority", "workflow", "outcome")
    list_select_related = ("initiator",)
    search_fields = (
        *("=id", "=run__id", "title", "summary"),
        "=candidates__user__username",
    )
    search_help_text = _("Id, run id, title, key facts, or user name of who is asked")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    show_full_result_count = False
    inlines = (CandidateInline, DecisionInline)
    exclude = (
        *("title", "purged", "priority_rank", "summary", "run", "suspension"),
        "proposal",
    )
    readonly_fields = ("page", "run_link", "facts", "question", "shown_digest", "chain")

    @admin.display(description=_("approval"), ordering="title")
    def shown_title(self, approval: Approval) -> str:
        return plain(approval.title)

    @admin.display(description=_("page"))
    def page(self, approval: Approval) -> SafeString:
        return link(approval.get_absolute_url(), plain(approval.title))

    @admin.display(description=_("run"))
    def run_link(self, approval: Approval) -> SafeString:
        return link(admin_url("workflows_run", approval.run_id), approval.run_id)

    @admin.display(description=_("key facts"))
    def facts(self, approval: Approval) -> SafeString:
        shown = (
            [plain(str(part)) for part in fact[:2]] for fact in approval.summary_value
        )
        return format_html_join("", "{}: {}<br>", shown)

    @admin.display(description=_("question"))
    def question(self, approval: Approval) -> SafeString:
        return pretty(json_gate.dumps(secrets.masked_question(approval)))

    @admin.display(description=_("digest"))
    def shown_digest(self, approval: Approval) -> str:
        return approval.digest

    @admin.display(description=_("audit rows"))
    def chain(self, approval: Approval) -> SafeString:
        where = f"{reverse('admin:approvals_auditrow_changelist')}?q={approval.pk}"
        return link(where, _("show"))


@admin.register(Decision)
class DecisionAdmin(Evidence, DecisionAdminBase):
    list_display = ("approval", "verdict", "decided_by", "closing", "channel", "at")
    list_filter = ("closing", "rejection", "channel", "approval__workflow")
    list_select_related = ("approval", "decided_by")
    search_fields = ("=approval__id", "approval__title", "decided_by__username")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    show_full_result_count = False
    exclude = ("answer", "approval", "shown", "proposal", "patch")
    readonly_fields = ("approval_link", "readable_answer", "receipt_page", "receipt")

    @admin.display(description=_("approval"))
    def approval_link(self, decision: Decision) -> SafeString:
        url = admin_url("approvals_approval", decision.approval_id)
        return link(url, plain(decision.approval.title))

    @admin.display(description=_("answer"))
    def readable_answer(self, decision: Decision) -> SafeString:
        return pretty(json_gate.dumps(secrets.masked_answer(decision)))

    @admin.display(description=_("page"))
    def receipt_page(self, decision: Decision) -> SafeString:
        keys = [decision.approval_id, decision.pk]
        return link(reverse("approvals:receipt", args=keys), _("receipt"))

    @admin.display(description=_("receipt"))
    def receipt(self, decision: Decision) -> SafeString:
        return pretty(json_gate.dumps(receipts.receipt_of(decision)))


@admin.register(AuditRow)
class AuditRowAdmin(Evidence, AuditRowAdminBase):
    list_display = (
        "seq",
        "at",
        "action",
        "outcome",
        "actor",
        "channel",
        "object_type",
        "object_id",
    )
    list_filter = ("action", "channel", "tenant")
    list_select_related = ("actor",)
    search_fields = ("=object_id", "=run_id", "=hash", "actor__username")
    date_hierarchy = "at"
    ordering = ("tenant", "-seq")
    show_full_result_count = False
    readonly_fields = ("object_link", "run_link")

    @admin.display(description=_("what it is about"))
    def object_link(self, row: AuditRow) -> SafeString:
        model = "workflows_run" if row.object_type == "run" else "approvals_approval"
        return link(admin_url(model, row.object_id), row.object_id)

    @admin.display(description=_("run"))
    def run_link(self, row: AuditRow) -> SafeString:
        return link(admin_url("workflows_run", row.run_id), row.run_id)


def link(url: str, words: Any) -> SafeString:
    """A link; only the words where there is nothing to link to."""
    if not url:
        return format_html("{}", words)
    return format_html('<a href="{}">{}</a>', url, words)


def admin_url(model: str, key: str) -> str:
    """The admin page of a row; empty when it has none."""
    if not key:
        return ""
    try:
        return reverse(f"admin:{model}_change", args=[key])
    except NoReverseMatch:
        return ""
