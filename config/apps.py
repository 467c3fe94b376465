"""Django's view of this package, and of those whose choices or names we change."""

from axes.apps import AppConfig as AxesConfig
from django.apps import AppConfig
from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.utils.translation import gettext_lazy as _


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


class SignInAttempts(AxesConfig):  # type: ignore[misc]  # carries no types
    """Called in the admin by what it keeps."""

    verbose_name = _("Sign-in attempts")


class Tokens(AppConfig):
    """Called in the admin by what it keeps."""

    name = "knox"
    verbose_name = _("API tokens")
