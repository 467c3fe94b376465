"""The Django app of the expenses example."""

from django.apps import AppConfig


class ExpensesConfig(AppConfig):
    """Expense claims."""

    name = "examples.expenses"
    verbose_name = "Expenses example"
