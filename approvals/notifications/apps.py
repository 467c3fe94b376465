"""How notifications join the engine when Django starts."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "approvals.notifications"
    label = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        # Imported here because models are ready from here on only.
        from approvals.notifications import locales
        from approvals.notifications.attention import AttentionChore
        from approvals.notifications.courier import MailChore
        from approvals.notifications.hooks import NotificationHooks
        from approvals.notifications.spreading import SpreadChore
        from approvals.notifications.webhooks.sending import WebhookChore
        from workflows import hooks

        user_logged_in.connect(locales.remember, dispatch_uid=locales.__name__)
        hooks.register(NotificationHooks())
        hooks.add_slow_chore(AttentionChore())
        hooks.add_slow_chore(SpreadChore())
        hooks.add_slow_chore(MailChore())
        hooks.add_slow_chore(WebhookChore())
