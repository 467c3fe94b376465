"""Django's view of this package, and of one whose choices we narrow."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig


class SiteConfig(AppConfig):
    name = "config"
    verbose_name = "Countersign"

    def ready(self) -> None:
        """Register the checks, and have due runs told of by Celery if it is used."""
        from config import checks  # noqa: F401  # registers itself

        if settings.WORKFLOWS["CELERY"]:
            from config.celery import app
            from workflows import dispatch
            from workflows.publisher import Publisher

            dispatch.add_messenger(Publisher(app).publish)


class CollectedFiles(StaticFilesConfig):
    """Leave out a second API browser that nothing links to (half of all bytes)."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc"]
