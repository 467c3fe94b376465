"""What admin pages of evidence have in common: nothing is changed, JSON is readable."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def pretty(text: str) -> SafeString:
    """Stored JSON, indented and escaped."""
    value = json.loads(text) if text else None
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


def link(name: str, label: str, *args: Any) -> SafeString:
    """A link to a page of the product or of the admin."""
    return format_html('<a href="{}">{}</a>', reverse(name, args=args), label)


class Evidence:
    """What happened stays as it happened."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
