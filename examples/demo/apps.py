"""The Django app of the demo."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """People and records for trying the product out."""

    name = "examples.demo"
    label = "demo"
    verbose_name = "Demo"
