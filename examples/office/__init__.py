"""Example: nine small everyday requests, each decided in its own way."""
