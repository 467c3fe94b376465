"""Refund agent: a machine proposes and drafts, a person edits and approves."""
