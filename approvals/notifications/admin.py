"""Webhooks in the admin: subscriptions to edit, deliveries to read and send again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from approvals.notifications import outbox
from approvals.notifications.kinds import Kind
from approvals.notifications.models import Mail, Webhook, WebhookDelivery
from approvals.notifications.webhooks import signing
from workflows.evidence import Evidence, pretty

if TYPE_CHECKING:
    MailAdminBase = admin.ModelAdmin[Mail]
    WebhookAdminBase = admin.ModelAdmin[Webhook]
    DeliveryAdminBase = admin.ModelAdmin[WebhookDelivery]
    WebhookFormBase = forms.ModelForm[Webhook]
else:
    MailAdminBase = WebhookAdminBase = DeliveryAdminBase = admin.ModelAdmin
    WebhookFormBase = forms.ModelForm


class WebhookForm(WebhookFormBase):
    kinds = forms.MultipleChoiceField(
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None means all."),
    )


@admin.register(Webhook)
class WebhookAdmin(WebhookAdminBase):
    form = WebhookForm
    list_display = ("url", "active", "created_at")
    fields = ("url", "kinds", "active", "secret")
    readonly_fields = ("secret",)

    @admin.display(description=_("secret"))
    def secret(self, webhook: Webhook) -> str:
        return signing.secret_of(webhook.seed) if webhook.pk else "–"


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(Evidence, DeliveryAdminBase):
    list_display = (
        *("event_id", "webhook", "notice", "status"),
        *("answer", "attempts", "due_at", "done_at", "error"),
    )
    list_filter = ("status", "webhook")
    list_select_related = ("webhook", "notice")
    search_fields = ("=notice__approval__id",)
    ordering = ("-id",)
    show_full_result_count = False
    exclude = ("body",)
    readonly_fields = ("event_id", "readable_body")
    actions = ("replay",)

    @admin.display(description=_("body"))
    def readable_body(self, delivery: WebhookDelivery) -> SafeString:
        return pretty(delivery.body)

    @admin.action(description=_("Send again"), permissions=["replay"])
    def replay(self, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
        count = outbox.replay(chosen)
        words = ngettext(
            "%(count)s delivery is sent again.",
            "%(count)s deliveries are sent again.",
            count,
        )
        messages.success(request, words % {"count": count})

    def has_replay_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("notifications.change_webhook")


@admin.register(Mail)
class MailAdmin(Evidence, MailAdminBase):
    list_display = (
        *("notice", "recipient", "status", "daily", "attempts"),
        *("due_at", "done_at", "error"),
    )
    list_filter = ("status", "daily", "notice__kind")
    list_select_related = ("recipient", "notice")
    ordering = ("-id",)
    show_full_result_count = False
    exclude = ("subject", "text", "html")
