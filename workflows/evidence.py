"""What admin pages of evidence have in common: nothing is changed, JSON is readable."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflows.json_gate import JSONValue

# Letters by category, blank to the eye.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")


def pretty(text: str) -> SafeString:
    """Stored JSON, indented and escaped."""
    return readable(json.loads(text) if text else None)


def readable(value: JSONValue) -> SafeString:
    """A JSON value, indented and escaped; what no eye sees stands as its number."""
    written = json.dumps(value, indent=2, ensure_ascii=False)
    seen = "".join(
        char if _is_seen(char) else json.dumps(char)[1:-1] for char in written
    )
    return format_html("<pre>{}</pre>", seen)


def _is_seen(char: str) -> bool:
    """Whether an eye can tell that it is there; what isn't stands as its number."""
    return char == "\n" or (char.isprintable() and char not in _BLANK)


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
