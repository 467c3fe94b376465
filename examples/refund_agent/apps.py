"""The Django app of the refund agent example."""

from django.apps import AppConfig


class RefundAgentConfig(AppConfig):
    """Refunds proposed by an agent."""

    name = "examples.refund_agent"
    verbose_name = "Refund agent example"
