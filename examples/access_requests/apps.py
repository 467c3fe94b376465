"""The Django app of the access requests example."""

from django.apps import AppConfig


class AccessRequestsConfig(AppConfig):
    """Production access for some hours."""

    name = "examples.access_requests"
    verbose_name = "Access requests example"
    default_auto_field = "django.db.models.BigAutoField"
