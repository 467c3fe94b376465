"""Example: one question and one answer that hold every kind of value and field."""
