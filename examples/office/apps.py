"""The Django app of the office example."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """Everyday requests of an office."""

    name = "examples.office"
    verbose_name = "Office example"
