"""Signed messages to programs elsewhere. Off until somebody lists the hosts allowed."""
