from importlib import import_module

from django.apps import AppConfig


class WorkflowsRestConfig(AppConfig):
    """An app of its own, because stored idempotency keys are rows of the API."""

    name = "workflows.rest"
    label = "workflows_rest"
    verbose_name = "Workflows: REST API"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("workflows.rest.openapi")  # its extensions register themselves
