"""The Django app of the kitchen sink example."""

from django.apps import AppConfig


class KitchenSinkConfig(AppConfig):
    """Every kind of value and field."""

    name = "examples.kitchen_sink"
    verbose_name = "Kitchen sink example"
