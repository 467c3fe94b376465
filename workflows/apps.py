from __future__ import annotations

from django.apps import AppConfig

from workflows import registry


class WorkflowsConfig(AppConfig):
    name = "workflows"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import every app's ``workflows.py`` and listen to the engine's signal."""
        # Models may be imported only once the app registry is ready.
        from workflows import dispatch

        dispatch.connect()
        registry.autodiscover()
