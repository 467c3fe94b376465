"""Expense claims: paid at once, or after one approval, or after two."""
